"""The village's page shows each word with its source, method and time, and says which counts and why; figures say by what they count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from ioc.api.context import Context
from ioc.layouts.map import parts
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.summary import summarise
from ioc.text import Words
from ioc.views.figure import age, notes
from ioc.views.panel import selected_figure
from ioc.views.place import claims_table
from ioc.village_words import village_words
from store.precedence import Precedence, declare
from store.schema import coverage
from store.write import upsert, writing
from tests.ioc.test_gaps import DECLARED, texts

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def village(snapshots: Snapshots) -> str:
    """One that op-a covers with 4G, says the sample."""
    found = snapshots.get()
    covered = found.coverage.cube.best("4g", "op-a") == 2
    return str(found.places.villages["id"][covered].iloc[0])


def say(engine: Engine, village: str, method: str, source: str, status: str, days_ago: float, synthetic: bool = False) -> None:
    at = NOW - days_ago * DAY
    with writing(engine) as connection:
        upsert(connection, coverage, DECLARED, [(village, "op-a", "4g", method, source, at, status, at, at, at, None, synthetic)])


def words_of(snapshots: Snapshots, village: str) -> dict[str, tuple[bool, str]]:
    """By source: whether its word about op-a's 4G counts, and why."""
    snapshot = snapshots.get()
    said = village_words(snapshot, village, snapshots.village_claims(snapshot, village))
    return {word.source: (word.counts, word.reason) for word in said if (word.operator, word.technology) == ("op-a", "4g")}


def test_one_word_is_the_only_one(snapshots: Snapshots, village: str) -> None:
    assert words_of(snapshots, village) == {"mô phỏng": (True, "only")}


def test_the_newest_of_a_method_counts_and_the_older_says_so(snapshots: Snapshots, province: Engine, village: str) -> None:
    say(province, village, "declared", "Nhà mạng A", "none", 3)
    assert words_of(snapshots, village) == {"mô phỏng": (False, "older"), "Nhà mạng A": (True, "newest")}


def test_a_young_measurement_counts_before_declarations(snapshots: Snapshots, province: Engine, village: str) -> None:
    say(province, village, "measured", "Đo kiểm", "none", 80)
    assert words_of(snapshots, village) == {"mô phỏng": (False, "behind_measured"), "Đo kiểm": (True, "young_measured")}
    with writing(province) as connection:
        declare(connection, Precedence(79), NOW)
    assert words_of(snapshots, village) == {"mô phỏng": (True, "declared_before"), "Đo kiểm": (False, "behind_declared")}


def test_a_renamed_source_says_its_name_of_today(snapshots: Snapshots, province: Engine, village: str) -> None:
    say(province, village, "declared", "Sở mới", "weak", 900)
    say(province, village, "declared", "Sở cũ", "covered", 800)
    with writing(province) as connection:
        declare(connection, Precedence(replaced={"Sở cũ": "Sở mới"}), NOW)
    assert words_of(snapshots, village) == {"mô phỏng": (False, "older"), "Sở cũ": (False, "replaced"), "Sở mới": (True, "newest")}


def test_the_page_shows_every_word(snapshots: Snapshots, province: Engine, village: str) -> None:
    say(province, village, "measured", "Đo kiểm 2026", "none", 200)
    shown = texts(parts(Context.of(snapshots, "b"), Selection.parse(f"village={village}"))["panel"])
    for said in ("đo kiểm: không", "Đo kiểm 2026", "không tính: tính theo khai báo", "được tính: khai báo đứng trước", "hơn 90 ngày"):
        assert said in shown


def test_a_measurement_lowers_the_figure_and_its_note_says_what_disagrees(snapshots: Snapshots, province: Engine, village: str) -> None:
    def figure(key: str = "villages_4g_pct"):
        return next(figure for figure in summarise(snapshots.get()).figures if figure.key == key)

    before = figure()
    assert "trái ngược" not in notes(before, Words("vi"))
    say(province, village, "measured", "Đo kiểm", "none", 200)
    assert figure().numerator == before.numerator
    assert "theo khai báo mới nhất · 1 thôn, bản có đo kiểm trái ngược" in notes(figure(), Words("vi"))
    say(province, village, "measured", "Đo kiểm", "none", 10)
    others = ("op-b", "op-c", "op-d")
    with writing(province) as connection:
        at = NOW - DAY
        rows = [(village, other, "4g", "measured", "Đo kiểm", at, "none", at, at, at, None, False) for other in others]
        upsert(connection, coverage, DECLARED, rows)
    assert figure().numerator == before.numerator - 1
    assert "1 thôn, bản theo đo kiểm mới nhất" in notes(figure(), Words("vi"))
    assert "1 thôn, bản có khai báo trái ngược" in notes(figure(), Words("vi"))


def test_an_operator_is_as_old_in_a_village_as_its_words_are_in_the_commune(snapshots: Snapshots, province: Engine, village: str) -> None:
    say(province, village, "measured", "Đo kiểm", "covered", 20 / 24)
    snapshot, words = snapshots.get(), Words("vi")
    claims = snapshots.village_claims(snapshot, village)
    table = claims_table(snapshot, village, claims, words).children[0].children
    (row,) = [row for row in table.children[1].children if "Nhà mạng mẫu A" in texts(row)]
    code = snapshot.places.villages["commune"].iloc[snapshot.places.village_position[village]]
    commune = selected_figure(snapshot, Selection.parse("tech=4g&op=op-a"), str(code))
    assert texts(age(commune, snapshot, words)) in texts(row)
    assert "20 giờ trước" not in texts(row)
