"""A department's workbook of 300 villages becomes 300 right villages and their coverage by configuration alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from feeds.config import load
from feeds.guess.declaration import as_toml
from feeds.guess.guessing import guess
from feeds.guess.said import Said
from feeds.pipeline import Pipeline
from feeds.registry import registry
from feeds.worker import register
from store.schema import coverage, place_units, units, villages
from tests.support.department_book import WORDS, Book, department_book

NAME = "Vùng phủ sóng thôn bản 11-2026.xlsx"
OPERATORS = '[operators.viettel]\nname = "Viettel"\n[operators.vnpt]\nname = "VNPT"\n'
ABOUT = 'title = "Thôn bản"\ntitle_en = "Villages"\nconnector = "folder"\nfolder = "drop"\nafter = "leave"\nsettle_s = 0.02\n'
ABOUT += 'source = "Sở KH&CN"\nevery_s = 60\nspeaks = "hằng tháng chậm nhất ngày 5"\nsheets = "*"\n'
DECLARED = f"""{OPERATORS}
[feeds.villages]
kind = "villages"
{ABOUT}
[feeds.villages.columns]
id = "{{Mã xã}}-{{TT}}"

[feeds.coverage]
kind = "coverage"
form = "long"
{ABOUT}
[feeds.coverage.columns]
village_id = "{{Mã xã}}-{{TT}}"
[feeds.coverage.unpivot]
headers = "{{operator}} / {{technology}}"
value = "status"
[feeds.coverage.words.coverage]
C = "covered"
"""


@pytest.fixture
def dien_bien(open_store: Callable[[str], Engine]) -> Engine:
    return open_store("11")


@pytest.fixture
def book(dien_bien: Engine) -> Book:
    of_today = (units.c.level == "commune") & units.c.valid_to.is_(None)
    with dien_bien.connect() as connection:
        found = connection.execute(select(units.c.code, units.c.full_name, units.c.lon, units.c.lat).where(of_today).order_by(units.c.code))
        return department_book([tuple(row) for row in found][:6], 50, 3)


@pytest.fixture
def home(tmp_path: Path, book: Book) -> Path:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / NAME).write_bytes(book.data)
    return tmp_path


def take(engine: Engine, home: Path, text: str) -> None:
    """Run the feeds of a configuration, villages first."""
    (home / "feeds.toml").write_text(text, encoding="utf-8")
    feeds = load(home / "feeds.toml", {})
    register(engine, feeds)
    for feed in sorted(feeds.values(), key=lambda feed: feed.kind.key != "villages"):
        (run,) = Pipeline(engine, feed, "test").run()
        assert run.state in ("ok", "unchanged")
        assert (run.error_code, [(row.number, row.code, row.values) for row in run.rejections]) == (None, [])


def assert_right(engine: Engine, book: Book) -> None:
    """What the store has is what the workbook means, and nothing invented is left among the villages of today."""
    v, p = villages.c, place_units.c
    lies = select(v.id, v.name, p.unit_code, v.households, v.population).join_from(
        villages, place_units, (p.place_id == v.id) & (p.place_kind == "village")
    )
    claims = select(coverage.c.village_id, coverage.c.operator, coverage.c.technology, coverage.c.status).where(
        coverage.c.synthetic.is_(False)
    )
    with engine.connect() as connection:
        found = {row.id: tuple(row)[1:] for row in connection.execute(lies.where(v.synthetic.is_(False)))}
        said = {(row.village_id, row.operator, row.technology): row.status for row in connection.execute(claims)}
    assert found == book.villages
    assert len(found) == 300
    assert said == book.claims
    assert set(said.values()) == {"covered", "weak", "none"}


def test_three_hundred_villages_and_their_coverage_by_configuration_alone(dien_bien: Engine, home: Path, book: Book) -> None:
    take(dien_bien, home, DECLARED)
    assert_right(dien_bien, book)


def test_the_proposals_for_the_same_file_end_with_the_same(dien_bien: Engine, home: Path, book: Book) -> None:
    """What a person adds is what the file does not say: the register of operators and what C means."""
    file = home / "drop" / NAME
    (home / "feeds.toml").write_text(DECLARED, encoding="utf-8")
    register(dien_bien, load(home / "feeds.toml", {}))
    proposed = guess(dien_bien, file, registry(), Said("villages", values={"source": "Sở KH&CN"}))
    assert (proposed.trial.error, proposed.trial.rows, proposed.trial.rejections) == (None, 300, [])
    assert {doubt.code for doubt in proposed.doubts} == {"speaks", "id_joined"}
    here = {"folder": "drop", "after": "leave", "settle_s": 0.02}
    text = OPERATORS + as_toml("villages", {**proposed.table, **here})
    take(dien_bien, home, text)
    of_coverage = guess(dien_bien, file, registry(), Said("coverage", values={"source": "Sở KH&CN"}))
    assert of_coverage.table["unpivot"] == {"headers": ["{operator} / {technology}"], "value": "status"}
    assert "“C”" in str([doubt.values for doubt in of_coverage.doubts if doubt.code == "words"])
    table = {**of_coverage.table, **here, "words": {"coverage": {word: meant for word, meant in WORDS.items() if word == "C"}}}
    take(dien_bien, home, text + as_toml("coverage", table))
    assert_right(dien_bien, book)
