"""Of the rows that one file has refused, the first thousand are kept with their reasons, and every place says how many there are."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from feeds.reasons import note_text
from feeds.records import MOST_ASKING, MOST_KEPT, Rejection, Rejections, bounded
from feeds.trial import try_file
from ioc.metrics import Metrics
from store import schema
from store.names import WORD, Question
from tests.feeds.test_pipeline import COVERAGE, make, recorded, rows

BAD = 20_000
SHEET = "Mã thôn,Ngày,4G\nV11-0001,2026-10-31,có\n" + "".join(f"V99-{n:05},2026-10-31,có\n" for n in range(BAD))
QUESTION = Question(WORD, "coverage", "", "lơ mơ", "", "", date(2026, 11, 1), "row.word_unknown", ())


def rejected(number: int, code: str = "row.missing", question: Question | None = None) -> Rejection:
    return Rejection(number, code, {"column": "Mã"}, {"Mã": None}, question)


def test_a_file_of_bad_rows_is_counted_in_full_and_kept_in_part(province: Engine, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    (tmp_path / "drop" / "m.csv").write_text(SHEET)
    (run,) = pipeline.run()
    assert (run.state, run.rows_read, run.stored.added, run.rejections.total, len(run.rejections)) == (
        "partial",
        BAD + 1,
        1,
        BAD,
        MOST_KEPT,
    )
    assert rows(province, schema.quarantine) == MOST_KEPT
    (noted,) = recorded(province)
    assert noted.rows_rejected == BAD
    assert [(note["code"], note["count"], note["values"]["reason_code"]) for note in noted.notes] == [
        ("note.more_rejected", BAD - MOST_KEPT, "row.unknown_village")
    ]
    why = (tmp_path / "drop" / "archive" / "m.csv.why.txt").read_text("utf-8-sig")
    assert f"trừ {BAD} dòng" in why
    assert f"{BAD - MOST_KEPT} dòng không nêu từng dòng, vì lý do như sau: " in why
    metrics = Metrics(province, lambda: 0)
    assert metrics.registry.get_sample_value("ioc_quarantined_rows", {"feed": "coverage"}) == BAD


def test_a_trial_says_how_many_there_would_be(province: Engine, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    (tmp_path / "m.csv").write_text(SHEET)
    (trial,) = try_file(province, pipeline.feed, tmp_path / "m.csv")
    assert (trial.rows, trial.rejections.total) == (BAD + 1, BAD)
    (told,) = [note_text("en", note) for note in trial.notes if note.code == "note.more_rejected"]
    assert told.startswith(
        f"{BAD - MOST_KEPT} more rows turned away that are not kept one by one; "
        f"for a reason such as: There is no village V99-{MOST_KEPT:05}"
    )


def test_each_reason_is_counted_and_rows_that_ask_are_kept() -> None:
    found = Rejections(rejected(n) for n in range(MOST_KEPT))
    for n in range(5):
        found.append(rejected(n, "row.bad_number"))
    found.extend([rejected(7), rejected(8, question=QUESTION)])
    assert (found.total, len(found)) == (MOST_KEPT + 7, MOST_KEPT + 1)
    assert {code: count for code, (count, _) in found.more.items()} == {"row.bad_number": 5, "row.missing": 1}


def test_rows_that_ask_are_not_kept_without_end() -> None:
    found = Rejections(rejected(n, question=QUESTION) for n in range(MOST_ASKING + MOST_KEPT + 10))
    assert len(found) <= MOST_ASKING + MOST_KEPT
    assert found.total == MOST_ASKING + MOST_KEPT + 10


def test_counts_survive_another_process_new_numbers_and_being_joined() -> None:
    found = Rejections(rejected(n) for n in range(1, MOST_KEPT + 3))
    again = pickle.loads(pickle.dumps(found)).renumbered([n + 10 for n in range(MOST_KEPT + 3)])
    assert (again.total, len(again), again[0].number, again.more["row.missing"][0]) == (MOST_KEPT + 2, MOST_KEPT, 10, 2)
    joined = Rejections.joined(again, [rejected(1), rejected(2)])
    assert (joined.total, joined.more["row.missing"][0], again.more["row.missing"][0]) == (MOST_KEPT + 4, 4, 2)
    assert bounded([rejected(1)]).total == 1
