"""Names are listed, settled and asked again from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from feeds.errors import RowError
from store import names
from store.engine import open_engine
from store.schema import meta
from store.transactions import writing
from store.write import upsert
from tests.feeds.test_naming import AFTER, AT, cells, fill, read
from tests.support.programs import run


@pytest.fixture
def asked(sqlite_url: str) -> tuple[str, str]:
    """The URL of a store with one open name, and its id."""
    engine = open_engine(sqlite_url)
    fill(engine)
    with pytest.raises(RowError) as caught:
        read(engine).unit(cells(unit_name="Xã Thanh An"), AFTER)
    question = caught.value.question
    assert question is not None
    with writing(engine) as connection:
        names.note_reviews(connection, "sheet", [question], item="a.csv", at=AT)
        raw = {"Xã": "Xã Thanh An"}
        names.wait(connection, "sheet", [names.Waiting(names.row_hash(raw), question.review_id("sheet"), "a.csv", 2, raw, AT)], at=AT)
        upsert(connection, meta, ("key", "value"), [("province", "11")], ignore=())
    engine.dispose()
    return sqlite_url, question.review_id("sheet")


def ioc(store: str, folder: Path, *arguments: str) -> tuple[int, str]:
    done = run(("names", *arguments), {"IOC_STORE": store, "IOC_HOME": str(folder)}, folder)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_name_is_listed_settled_and_asked_again(asked: tuple[str, str], tmp_path: Path) -> None:
    store, review = asked
    code, said = ioc(store, tmp_path, "list")
    assert code == 0
    for part in (review, "Xã Thanh An", "2025-08-31", "1 dòng chờ", "03360  Xã Núa Ngam  50 % equal", "03127  Phường Điện Biên Phủ"):
        assert part in said
    assert ioc(store, tmp_path, "settle", review, "03360", "--by", "Lò Thị An")[0] == 0
    assert "Không có tên nào" in ioc(store, tmp_path, "list")[1]
    assert "= Xã Núa Ngam (03360)  Lò Thị An" in ioc(store, tmp_path, "list", "--all")[1]
    assert ioc(store, tmp_path, "forget", review, "--by", "Lò Thị An")[0] == 0
    assert review in ioc(store, tmp_path, "list")[1]
    assert ioc(store, tmp_path, "settle", review, "--none", "--by", "Lò Thị An")[0] == 0
    assert "không phải đơn vị nào" in ioc(store, tmp_path, "list", "--all")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("settle", "REVIEW", "99999", "--by", "An"), "99999"),
        (("settle", "REVIEW", "03352", "--by", "An"), "03352"),
        (("settle", "ffffffffff", "03360", "--by", "An"), "ffffffffff"),
        (("settle", "REVIEW", "--by", "An"), "--none"),
        (("settle", "REVIEW", "03360", "--none", "--by", "An"), "--none"),
        (("settle", "REVIEW", "03360", "--by", " "), "--by"),
        (("settle", "REVIEW", "03360"), "--by"),
        (("forget", "ffffffffff", "--by", "An"), "ffffffffff"),
    ],
)
def test_what_cannot_be_settled_is_said_in_a_sentence(
    asked: tuple[str, str], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    store, review = asked
    code, text = ioc(store, tmp_path, *(review if part == "REVIEW" else part for part in arguments))
    assert (code, said in text, len(text.splitlines())) == (2, True, 1)


def test_settling_asks_the_feed_to_run(asked: tuple[str, str]) -> None:
    from store import runs

    engine: Engine = open_engine(asked[0])
    declared = {"key": "sheet", "title_vi": "x", "title_en": "x", "connector": "folder", "kind": "x", "source": "x"}
    ages = {"every_s": 5, "late_after_s": 5, "stale_after_s": 5, "enabled": True, "synthetic": False}
    with writing(engine) as connection:
        runs.register_feeds(connection, [{**declared, **ages}])
        assert names.settle(connection, asked[1], code="03360", by="An", at=AT) == "settled"
        assert runs.take_requests(connection) == ["sheet"]
    engine.dispose()
