"""Numbers about the installation are the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store import operations, runs
from store.engine import open_engine
from store.errors import StoreDamagedError, StoreFullError
from store.transactions import reading, writing

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def ran(engine: Engine, feed: str, state: str, ago: timedelta, rejected: int = 0, **rows: int) -> None:
    with writing(engine) as connection:
        at = NOW - ago
        run_id = runs.record_run(
            connection, feed=feed, started_at=at, finished_at=at, state=state, worker="w", rows_rejected=rejected, **rows
        )
        refused = [runs.Refused(number, "row.missing", {}, {}) for number in range(rejected)]
        runs.quarantine_rows(connection, run_id, feed=feed, rows=refused, stored_at=at)


def test_runs_are_counted_by_feed_and_state_since_a_moment(engine: Engine) -> None:
    ran(engine, "a", "ok", timedelta(hours=1), rows_read=5, rows_added=4, rows_unchanged=1)
    ran(engine, "a", "ok", timedelta(hours=2), rows_read=3, rows_changed=3)
    ran(engine, "a", "failed", timedelta(hours=3))
    ran(engine, "b", "partial", timedelta(hours=1), rejected=2, rows_read=2)
    ran(engine, "b", "ok", timedelta(hours=25), rows_read=100)
    with reading(engine) as connection:
        found = operations.run_counts(connection, NOW - timedelta(hours=24))
        assert operations.quarantine_counts(connection) == {"b": 2}
        assert operations.newest_stored_at(connection) == NOW - timedelta(hours=1)
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("a", "failed", 1, 0, 0, 0, 0, 0),
        ("a", "ok", 2, 8, 4, 3, 1, 0),
        ("b", "partial", 1, 2, 0, 0, 0, 2),
    ]


def test_refused_rows_that_are_only_counted_are_set_aside_too(engine: Engine) -> None:
    ran(engine, "a", "partial", timedelta(hours=1), rejected=2, rows_read=5)
    with writing(engine) as connection:
        run_id = runs.record_run(connection, feed="a", started_at=NOW, finished_at=NOW, state="failed", worker="w", rows_rejected=1_000_000)
        runs.quarantine_rows(connection, run_id, feed="a", rows=[runs.Refused(2, "row.missing", {}, {})], stored_at=NOW)
    with reading(engine) as connection:
        assert operations.quarantine_counts(connection) == {"a": 1_000_002}


def test_what_broke_its_reader_is_told_with_its_reference(engine: Engine) -> None:
    with writing(engine) as connection:
        for hours, code in ((3, "run.unforeseen"), (2, "run.parse_memory"), (1, "run.timeout"), (0, "run.parse_time")):
            at = NOW - timedelta(hours=hours)
            told = {"error_code": code, "error_args": {"reference": f"r{hours}"}, "item": f"{hours}.xlsx"}
            runs.record_run(connection, feed="a", started_at=at, finished_at=at, state="failed", worker="w", **told)
    with reading(engine) as connection:
        found = operations.broken_contents(connection, NOW - timedelta(hours=2))
    assert [(row["item"], row["error_args"]["reference"]) for _, row in found.iterrows()] == [("0.xlsx", "r0"), ("2.xlsx", "r2")]


def test_an_empty_store_has_no_runs_and_a_size(engine: Engine) -> None:
    with reading(engine) as connection:
        assert len(operations.run_counts(connection, NOW)) == 0
        assert operations.newest_stored_at(connection) is None
        assert operations.quarantine_counts(connection) == {}
        assert (operations.store_bytes(connection) or 0) > 10_000
        assert operations.damage(connection) is None
        assert all(operations.server_facts(connection).values())


def test_a_damaged_file_is_found(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    ran(engine, "a", "ok", timedelta(0))
    engine.dispose()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    data = bytearray(path.read_bytes())
    data[4096 * 5 : 4096 * 60] = b"\xff" * (4096 * 55)
    path.write_bytes(data)
    damaged = open_engine(sqlite_url)
    with pytest.raises(StoreDamagedError), reading(damaged):
        pass


def test_a_damaged_page_that_nobody_reads_yet_is_found(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    for _ in range(200):
        ran(engine, "a", "ok", timedelta(0), rejected=5)
    engine.dispose()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    data = bytearray(path.read_bytes())
    data[-4096 * 3 :] = b"\xff" * (4096 * 3)
    path.write_bytes(data)
    with reading(open_engine(sqlite_url)) as connection:
        assert operations.damage(connection) is not None


def test_a_full_disk_is_said_and_nothing_is_half_written(sqlite_url: str) -> None:
    """`max_page_count` gives the same error as a disk without room."""
    engine = open_engine(sqlite_url)

    def fill() -> None:
        with writing(engine) as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            for number in range(1000):
                runs.record_run(connection, feed="a" * 500, started_at=NOW, finished_at=NOW, state="ok", worker=str(number))

    with pytest.raises(StoreFullError):
        fill()
    with reading(engine) as connection:
        assert len(operations.run_counts(connection, NOW - timedelta(hours=1))) == 0
