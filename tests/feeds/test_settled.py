"""Rows whose names nobody can tell wait for a person, and go through once he has settled them, each counted once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel
from sqlalchemy import Connection, Engine, func, select

from feeds.cells import LOCAL, Cells
from feeds.columns import resolve
from feeds.config import load
from feeds.errors import RowError
from feeds.naming import Naming
from feeds.pipeline import Pipeline
from feeds.records import Field, Parsed, Stamp, Stored, rejection
from feeds.registry import Kind
from feeds.run import Run
from feeds.tables import Table
from store import names, schema
from store.transactions import reading, writing
from store.write import upsert
from tests.feeds.test_naming import fill

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
FEED = """[feeds.population]
connector = "folder"
kind = "dossiers"
folder = "drop"
settle_s = 0.0
title = "Dân số"
title_en = "Population"
source = "Nguồn mẫu"
every_s = 5
late_after_s = 30
stale_after_s = 60
"""
COLUMNS = ("indicator", "unit_code", "scope", "label_vi", "period", "source", "label_en", "value", "comparator", "stored_at", "synthetic")


class Options(BaseModel):
    """Nothing to say."""


class People(NamedTuple):
    unit: str
    period: str
    value: int


FIELDS = (Field("Xã"), Field("Ngày"), Field("Dân"))


def parse(table: Table, mapping: Mapping[str, str], naming: Naming, options: Options, stamp: Stamp) -> Parsed:
    headers, records, rejections = resolve(table, FIELDS, mapping), [], []
    mine = naming.of(stamp.feed)
    for row in table.rows:
        cells = Cells(row, headers)
        try:
            at = cells.moment("Ngày")
            records.append(People(mine.unit(cells, at.astimezone(LOCAL).date(), name="Xã"), str(at.date()), cells.whole("Dân")))
        except RowError as error:
            rejections.append(rejection(row, error))
    return Parsed(len(table.rows), records, rejections, NOW)


def store(connection: Connection, records: list[People], stamp: Stamp, options: Options) -> Stored:
    rows = [("people", r.unit, "commune", "", r.period, stamp.source, "", r.value, "=", stamp.stored_at, False) for r in records]
    return Stored(*upsert(connection, schema.indicator_values, COLUMNS, rows))


KIND = Kind("people", Options, lambda options: FIELDS, lambda connection: Naming.read(connection), parse, store)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


@pytest.fixture
def pipeline(engine: Engine, drop: Path) -> Pipeline:
    fill(engine)
    (drop.parent / "feeds.toml").write_text(FEED, encoding="utf-8")
    (feed,) = load(drop.parent / "feeds.toml", {}).values()
    times = (NOW + timedelta(minutes=n) for n in range(10_000))
    return Pipeline(engine, replace(feed, kind=KIND, kind_options=Options()), "test", now=lambda: next(times))


def sheet(drop: Path, name: str, *rows: str) -> None:
    (drop / name).write_text("\n".join(["Xã;Ngày;Dân", *rows]), encoding="utf-8")


def people(engine: Engine) -> dict[tuple[str, str], float]:
    v = schema.indicator_values.c
    with reading(engine) as connection:
        return {(row.unit_code, row.period): row.value for row in connection.execute(select(v.unit_code, v.period, v.value))}


def reviews(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        waiting = names.waiting_counts(connection)
        return [{**row, "waiting": waiting.get(row["id"], 0)} for row in names.reviews(connection).to_dict("records")]


def decide(engine: Engine, review: str, decision: str = names.CHOSEN, code: str | None = None) -> None:
    with writing(engine) as connection:
        assert names.decide(connection, review, decision=decision, code=code, by="Lò Thị An", at=NOW)


def counts(run: Run) -> tuple[str, str | None, int, int, int]:
    return run.state, run.item, run.rows_read, run.stored.added, len(run.rejections)


def test_a_row_waits_for_its_name_and_is_taken_once_it_is_settled(engine: Engine, pipeline: Pipeline, drop: Path) -> None:
    sheet(drop, "a.csv", "Xã Núa Ngam;31/08/2025;100", "Xã Thanh An;31/08/2025;7", "Xã Thanh An;30/09/2025;8")
    (run,) = pipeline.run()
    assert counts(run) == ("partial", "a.csv", 3, 1, 2)
    (review,) = reviews(engine)
    assert (review["name"], review["rows"], review["waiting"], review["day"]) == ("Xã Thanh An", 2, 2, date(2025, 9, 30))
    assert counts(pipeline.run()[0]) == ("unchanged", None, 0, 0, 0)
    decide(engine, review["id"], code="03127")
    assert [counts(run) for run in pipeline.run()] == [("ok", "a.csv", 2, 2, 0)]
    assert people(engine) == {("03360", "2025-08-30"): 100, ("03127", "2025-08-30"): 7, ("03127", "2025-09-29"): 8}
    assert reviews(engine)[0]["waiting"] == 0
    assert counts(pipeline.run()[0]) == ("unchanged", None, 0, 0, 0)


def test_the_next_file_needs_nobody(engine: Engine, pipeline: Pipeline, drop: Path) -> None:
    sheet(drop, "a.csv", "Xã Thanh An;31/08/2025;7", "Xã Núa Ngam;31/08/2025;100")
    pipeline.run()
    decide(engine, reviews(engine)[0]["id"], code="03127")
    sheet(drop, "b.csv", "Xã Thanh An;30/09/2025;8")
    assert [counts(run) for run in pipeline.run()] == [("ok", "a.csv", 1, 1, 0), ("ok", "b.csv", 1, 1, 0)]


def test_the_same_file_twice_waits_and_counts_once(engine: Engine, pipeline: Pipeline, drop: Path) -> None:
    for name in ("a.csv", "b.csv"):
        sheet(drop, name, "Xã Thanh An;31/08/2025;7", "Xã Núa Ngam;31/08/2025;100", *([] if name == "a.csv" else [";;"]))
        pipeline.run()
    (review,) = reviews(engine)
    assert review["waiting"] == 1
    decide(engine, review["id"], code="03127")
    assert [counts(run) for run in pipeline.run()] == [("ok", "b.csv", 1, 1, 0)]


def test_a_row_that_fails_otherwise_keeps_its_number_and_waits_no_more(engine: Engine, pipeline: Pipeline, drop: Path) -> None:
    sheet(drop, "a.csv", "Xã Núa Ngam;31/08/2025;100", "Xã Thanh An;31/08/2025;")
    pipeline.run()
    decide(engine, reviews(engine)[0]["id"], code="03127")
    (run,) = pipeline.run()
    assert (run.state, run.error_code, [(row.number, row.code) for row in run.rejections]) == (
        "failed",
        "run.all_rejected",
        [(3, "row.missing")],
    )
    assert counts(pipeline.run()[0]) == ("unchanged", None, 0, 0, 0)


def test_rows_of_an_ignored_name_wait_on_until_it_is_asked_again(engine: Engine, pipeline: Pipeline, drop: Path) -> None:
    sheet(drop, "a.csv", "Xã Thanh An;31/08/2025;7", "Xã Núa Ngam;31/08/2025;100")
    pipeline.run()
    (review,) = reviews(engine)
    decide(engine, review["id"], names.IGNORED)
    assert counts(pipeline.run()[0]) == ("unchanged", None, 0, 0, 0)
    decide(engine, review["id"], names.FORGOTTEN)
    decide(engine, review["id"], code="03127")
    assert [counts(run) for run in pipeline.run()] == [("ok", "a.csv", 1, 1, 0)]


def test_a_store_that_breaks_off_leaves_the_rows_waiting(engine: Engine, pipeline: Pipeline, drop: Path) -> None:
    sheet(drop, "a.csv", "Xã Thanh An;31/08/2025;7", "Xã Núa Ngam;31/08/2025;100")
    pipeline.run()
    decide(engine, reviews(engine)[0]["id"], code="03127")
    broken = replace(pipeline.feed, kind=replace(KIND, store=_broken))
    (run, _) = (*Pipeline(engine, broken, "test", now=lambda: NOW).run(), None)[:2]
    assert (run.state, run.error_code) == ("failed", "run.unforeseen")
    assert reviews(engine)[0]["waiting"] == 1
    assert [counts(run) for run in pipeline.run()] == [("ok", "a.csv", 1, 1, 0)]


def _broken(*_: object) -> Stored:
    raise ZeroDivisionError


def test_a_name_in_a_flood_of_rows_keeps_the_newest(engine: Engine) -> None:
    said = [(n, NOW + timedelta(seconds=n)) for n in range(names.MOST_WAITING + 3)]
    rows = [names.Waiting(f"{n:032x}", "review", "a.csv", n, {"Xã": "?", "n": n}, at) for n, at in said]
    with writing(engine) as connection:
        names.wait(connection, "feed", rows, at=NOW)
        w = schema.name_waiting.c
        assert connection.execute(select(func.count(), func.min(w.row_number))).one() == (names.MOST_WAITING, 3)
