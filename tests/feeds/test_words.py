"""Words for states and coverage are read as people write them; one that nothing explains is asked once and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from feeds.cells import Cells, Unreadable
from feeds.config import load
from feeds.errors import ConfigError
from feeds.kinds import coverage, meetings, system_status
from feeds.pipeline import Pipeline
from feeds.records import Field
from feeds.run import Run
from feeds.states import WORDS as STATES
from feeds.tables import Row, Table
from feeds.words import FLAGS, WordReader, codes_of, label, usual, vocabulary, word
from store import names, schema
from store.engine import open_engine
from store.names import Decision
from store.transactions import reading, writing
from tests.feeds.conftest import fill

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
DAY = date(2026, 11, 21)
SHARED: dict[str, Any] = {"required": False, "type": "code", "words": coverage.WORDS, "vocabulary": "coverage"}
FIELDS = (
    Field("4g", **SHARED),
    Field("5g", **SHARED),
    Field("state", type="code", words=STATES),
    Field("power", required=False, type="flag"),
)


def read(name: str, *values: Any, declared: dict[str, dict[str, str]] | None = None, said: dict[str, Decision] | None = None) -> list[Any]:
    reader = WordReader("sheet", declared or {}, lambda: said or {}, DAY)
    table = reader.read(Table((name,), [Row(2, {name: value}) for value in values]), FIELDS, {})
    return [row.values[name] for row in table.rows]


@pytest.mark.parametrize(
    ("status", "written"),
    [
        (
            "covered",
            ["Có", "CÓ SÓNG", "co song", "TRUE", True, 1, 1.0, "1.0", "x", "X", "v", "✓", "✔", "+", "100 %", "tốt", "Đã phủ sóng.", "Rồi"],
        ),
        ("weak", ["lõm", "Lõm sóng", "sóng yếu", "có sóng yếu", "Co song yeu", "chập chờn", "phủ một phần", "không ổn định", "Kém"]),
        ("none", ["Không", "KHONG", "trắng sóng", "Chưa có sóng", "Mất sóng", "không có sóng", "chưa phủ", 0, "0", False, "No signal"]),
    ],
)
def test_coverage_is_read_in_the_usual_words(status: str, written: list[Any]) -> None:
    assert read("4g", *written) == [status] * len(written)


def test_states_and_flags_are_read_in_the_usual_words() -> None:
    assert read("state", "Đang hoạt động", "hoat dong", "✓", "OK") == ["up"] * 4
    assert read("state", "Mất kết nối", "không hoạt động", "Hỏng", "gián đoạn") == ["down"] * 4
    assert read("state", "N/A", "chưa rõ") == ["unknown"] * 2
    assert read("power", "Có", "x", "✓", "rồi", "Chưa", "KHONG", 0) == [True, True, True, True, False, False, False]


@pytest.mark.parametrize("written", ["C", "K", "-", "–", "T", "50%", "trung bình", "cò"])
def test_what_may_mean_two_things_is_asked(written: str) -> None:
    (cell,) = read("4g", written)
    assert isinstance(cell, Unreadable)
    assert cell.question is not None
    assert (cell.question.what, cell.question.structure) == ("word", "coverage")
    assert [candidate.name for candidate in cell.question.candidates] == ["Có sóng", "Sóng yếu, lõm sóng", "Không có sóng"]


def test_what_says_that_nothing_is_known_is_an_empty_cell_and_not_none() -> None:
    assert read("4g", "N/A", "#N/A", "không rõ", "Chưa có số liệu", None, " ") == [None] * 5 + [" "]


def test_no_word_belongs_to_two_codes() -> None:
    for words in (coverage.WORDS, STATES, system_status.WORDS, FLAGS, meetings.READY, meetings.STATUS):
        of: dict[str, str] = {}
        for code, written in words.items():
            for text in (code, *written):
                assert of.setdefault(word(text), code) == code, text


def test_without_accents_only_what_is_one_word() -> None:
    known = usual({"a": ("chừa",), "b": ("chưa",), "c": ("xóng",)})
    assert "chua" not in known
    assert known["xong"] == "c"


def test_the_feeds_own_words_win_over_everything() -> None:
    declared = {"coverage": {"C": "covered", "x": "none"}, "5g": {"C": "weak"}}
    assert read("4g", "c", "X", "có", declared=declared) == ["covered", "none", "covered"]
    assert read("5g", "C", declared=declared) == ["weak"]


def test_every_code_has_a_name_for_a_person() -> None:
    from feeds.registry import all_kinds

    for kind in all_kinds().values():
        for item in kind.fields(kind.Options()):
            for code in codes_of(item) if vocabulary(item) else ():
                assert label(vocabulary(item), code) != code, (kind.key, item.name, code)


def test_the_row_keeps_what_came() -> None:
    table = WordReader("sheet", {}, dict, DAY).read(Table(("4g",), [Row(2, {"4g": "Có sóng"})]), FIELDS, {})
    assert (table.rows[0].values, table.rows[0].came) == ({"4g": "covered"}, {"4g": "Có sóng"})
    assert Cells(table.rows[0], {"4g": "4g"}).text("4g") == "covered"


# ── Through the pipeline ─────────────────────────────────────────────────────────────────────────────────────────────────

FEED = """[feeds.sheet]
connector = "folder"
kind = "coverage"
folder = "drop"
settle_s = 0.0
operator = "op-a"
technologies = ["4g", "5g"]
title = "Phủ sóng"
title_en = "Coverage"
source = "Nguồn mẫu"
every_s = 5
late_after_s = 30
stale_after_s = 60
"""


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_url)
    fill(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def piped(engine: Engine, drop: Path, more: str = "") -> Pipeline:
    (drop.parent / "feeds.toml").write_text(FEED + more, encoding="utf-8")
    (feed,) = load(drop.parent / "feeds.toml", {}).values()
    times = (NOW + timedelta(minutes=n) for n in range(1000))
    return Pipeline(engine, feed, "test", now=lambda: next(times))


def sheet(drop: Path, name: str, *rows: str) -> None:
    (drop / name).write_text("\n".join(["Mã thôn;Ngày báo cáo;4g;5g", *rows]), encoding="utf-8")


def statuses(engine: Engine) -> dict[tuple[str, str], str]:
    c = schema.coverage.c
    with reading(engine) as connection:
        return {(row[0], row[1]): row[2] for row in connection.execute(select(c.village_id, c.technology, c.status))}


def counts(run: Run) -> tuple[str, int, int, int]:
    return run.state, run.rows_read, run.stored.added, len(run.rejections)


def test_a_new_word_is_one_question_and_its_rows_are_taken_once_it_is_answered(engine: Engine, drop: Path) -> None:
    sheet(drop, "a.csv", "V11-0001;05/11/2026;C;có", "V11-0002;05/11/2026;c;không", "V11-0003;05/11/2026;có;có")
    pipeline = piped(engine, drop)
    assert [counts(run) for run in pipeline.run()] == [("partial", 3, 1, 2)]
    with reading(engine) as connection:
        (review,) = names.reviews(connection).to_dict("records")
        assert names.waiting_counts(connection) == {review["id"]: 2}
    assert (review["what"], review["structure"], review["name"], review["rows"]) == ("word", "coverage", "c", 2)
    with writing(engine) as connection:
        assert names.settle(connection, review["id"], code="up", by="Lò Thị An", at=NOW) == "no_place"
        assert names.settle(connection, review["id"], code="covered", by="Lò Thị An", at=NOW) == "settled"
    assert [counts(run) for run in pipeline.run()] == [("ok", 2, 2, 0)]
    assert statuses(engine)[("V11-0001", "4g")] == "covered"
    sheet(drop, "b.csv", "V11-0004;06/11/2026;C;có")
    assert [counts(run) for run in pipeline.run()] == [("ok", 1, 1, 0)]
    with reading(engine) as connection:
        assert names.count_open(connection) == 0


def test_a_word_may_be_answered_to_say_nothing(engine: Engine, drop: Path) -> None:
    sheet(drop, "a.csv", "V11-0001;05/11/2026;-;có")
    pipeline = piped(engine, drop)
    assert pipeline.run()[0].error_code == "run.all_rejected"
    with writing(engine) as connection:
        (review,) = names.reviews(connection)["id"]
        assert names.settle(connection, review, code=None, by="Lò Thị An", at=NOW) == "settled"
    assert [counts(run) for run in pipeline.run()] == [("ok", 1, 1, 0)]
    assert statuses(engine) == {("V11-0001", "5g"): "covered"}


@pytest.mark.parametrize("said", ['[feeds.sheet.empty]\ncoverage = "none"\n', '[feeds.sheet.empty]\n5g = "none"\n', 'empty = "none"\n'])
def test_an_empty_cell_means_what_the_feed_declares_and_nothing_else(engine: Engine, drop: Path, said: str) -> None:
    sheet(drop, "a.csv", "V11-0001;05/11/2026;x;", "V11-0002;05/11/2026;N/A;x")
    piped(engine, drop, said).run()
    assert statuses(engine) == {("V11-0001", "4g"): "covered", ("V11-0001", "5g"): "none", ("V11-0002", "5g"): "covered"}


@pytest.mark.parametrize(
    ("more", "code", "meant"),
    [
        ('[feeds.sheet.words.coverage]\nC = "coverd"\n', "config.unknown_code_meant", "covered"),
        ('[feeds.sheet.words.covrage]\nC = "covered"\n', "config.unknown_column_meant", "coverage"),
        ('[feeds.sheet.empty]\n4g = "non"\n', "config.unknown_code_meant", "none"),
        ('[feeds.sheet.words]\nobserved_at = { C = "covered" }\n', "config.unknown_column", None),
        ("[feeds.sheet.words]\ncoverage = 1\n", "config.bad_value", None),
        ('empty = "nothing"\n#\n', "config.bad_value", None),
    ],
)
def test_mistakes_in_declared_words_are_named(drop: Path, more: str, code: str, meant: str | None) -> None:
    (drop.parent / "feeds.toml").write_text(FEED + more, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(drop.parent / "feeds.toml", {})
    (problem,) = caught.value.problems
    assert (problem.code, problem.values.get("meant")) == (code, meant)
    assert problem.line > 12
