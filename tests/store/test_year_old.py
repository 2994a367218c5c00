"""A store of the first version, a year old, becomes one of today while others read it, and every row is there with its values."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect

from ioc.snapshots import Snapshots
from store import schema_version
from store.availability import availability
from store.engine import open_engine
from store.samples import Sample, add_samples, forget, make_room
from store.schema import coverage
from store.schema.history import twin_of
from store.transactions import reading, writing
from store.write import upsert
from tests.support.year_old import DAY, END, ENDPOINTS, SAMPLE_EVERY_S, SAMPLED_FROM, START, make_year_old

# What became of a table of the first version that is no more: its rows as they were, read from where they are now.
_SERIES = "JOIN series ON id = series_id WHERE what = 'endpoint'"
ELSEWHERE = {
    "endpoint_samples": "SELECT ts, key AS endpoint_id, up, CAST(latency_us AS double precision) / 1000 AS latency_ms "
    f"FROM series_samples {_SERIES} AND span_s = 30",
    "endpoint_hourly": "SELECT key AS endpoint_id, 3600 * hour AS hour_ts, (up_s + down_s + unknown_s) / 30 AS samples, "
    f"up_s / 30 AS up_samples, unknown_s / 30 AS unknown_samples FROM series_hourly {_SERIES}",
}
ADDED = {"meta": {("samples_kept_from", str(int(SAMPLED_FROM.timestamp())))}}

# What the dashboard of the first version asks, and how many rows there are.
READS = {
    "SELECT e.id, e.name, s.state, s.since_at FROM endpoints AS e JOIN endpoint_state AS s ON s.endpoint_id = e.id": 4,
    "SELECT endpoint_id, at, state FROM endpoint_changes ORDER BY at DESC LIMIT 50": 50,
    "SELECT village_id, operator, technology, max(observed_at) FROM coverage GROUP BY 1, 2, 3": 50,
    "SELECT centre_id, received, on_time FROM dossiers WHERE period = '2026-10'": 2,
    "SELECT code, name, outline FROM units": 3,
    "SELECT key, title_vi, late_after_s, last_ok_at FROM feeds": 2,
    "SELECT layer, version FROM versions": 7,
}

Tables = dict[str, tuple[str, list[tuple[Any, ...]]]]


@pytest.fixture
def old(empty_store_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_store_url)
    make_year_old(engine)
    yield engine
    engine.dispose()


class Reader(threading.Thread):
    """A dashboard of the first version: asks on a connection of its own, again and again, until told to stop."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._engine = open_engine(url)
        self.started, self.stop = threading.Event(), threading.Event()
        self.wrong, self.answers = list[tuple[str, int]](), 0

    def run(self) -> None:
        while not self.stop.is_set():
            for question, expected in READS.items():
                with reading(self._engine) as connection:
                    found = len(connection.exec_driver_sql(question).all())
                if found != expected:
                    self.wrong.append((question, found))
                self.answers += 1
                self.started.set()
        self._engine.dispose()


def tables_of(connection: Connection) -> Tables:
    """Every table's columns and rows, as the database gives them."""
    names = set(inspect(connection).get_table_names()) - {"alembic_version", "spatial_ref_sys"}
    columns = {name: ", ".join(connection.exec_driver_sql(f"SELECT * FROM {name} LIMIT 0").keys()) for name in sorted(names)}
    return {name: (listed, rows_of(connection, f"SELECT {listed} FROM {name}")) for name, listed in columns.items()}


def rows_of(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in connection.exec_driver_sql(statement)), key=repr)


def test_an_upgrade_while_others_read_keeps_every_row_and_its_values(old: Engine, empty_store_url: str) -> None:
    with old.connect() as connection:
        before = tables_of(connection)
    assert all(rows for _, rows in before.values()), "the store has something in every table"
    reader = Reader(empty_store_url)
    reader.start()
    reader.started.wait(30)
    at_the_start = reader.answers
    schema_version.upgrade(old)
    at_the_end = reader.answers
    reader.stop.set()
    reader.join()
    assert reader.wrong == []
    assert at_the_end > at_the_start, "readers were answered during the upgrade"
    with old.connect() as connection:
        assert schema_version.current(connection) == schema_version.newest()
        for table, (columns, rows) in before.items():
            source = f"({ELSEWHERE[table]}) AS elsewhere" if table in ELSEWHERE else table
            after = rows_of(connection, f"SELECT {columns} FROM {source}")
            assert [row for row in after if row not in ADDED.get(table, ())] == rows, table


def test_the_upgraded_store_works(old: Engine) -> None:
    schema_version.upgrade(old)
    schema_version.check(old)
    _sums_are_consistent(old)
    _availability_is_that_of_the_year(old)
    _samples_go_on_and_none_is_counted_twice(old)
    _former_versions_begin_with_the_next_correction(old)
    _screens_of_now_and_of_then_are_shown(old)


def _sums_are_consistent(engine: Engine) -> None:
    with reading(engine) as connection:
        days = rows_of(connection, "SELECT day, series_id, up_s, down_s, unknown_s FROM series_daily")
        of_hours = "SELECT (hour + 7) / 24, series_id, sum(up_s), sum(down_s), sum(unknown_s) FROM series_hourly GROUP BY 1, 2"
        assert days == [tuple(map(int, row)) for row in rows_of(connection, of_hours)]
        assert len(days) == 365 * len(ENDPOINTS)
        hours = f"SELECT hour, series_id, up_s, down_s, unknown_s FROM series_hourly WHERE hour >= {int(SAMPLED_FROM.timestamp()) // 3600}"
        raw = ", ".join(f"sum(CASE WHEN {which} THEN span_s ELSE 0 END)" for which in ("up", "NOT up", "up IS NULL"))
        of_samples = f"SELECT ts / 3600, series_id, {raw} FROM series_samples GROUP BY 1, 2"
        assert rows_of(connection, hours) == rows_of(connection, of_samples)


def _availability_is_that_of_the_year(engine: Engine) -> None:
    with reading(engine) as connection:
        year, week = availability(connection, START, END), availability(connection, SAMPLED_FROM, END)
    assert list(year["endpoint_id"]) == list(week["endpoint_id"]) == list(ENDPOINTS)
    hours = 358 * 24 * 3600
    assert (year["known_pct"] > 90 * hours / (365 * 86_400)).all()
    assert (week["known_pct"] < 100 * 30 / SAMPLE_EVERY_S + 0.01).all()
    assert week["up_pct"].between(85, 98).all()


def _samples_go_on_and_none_is_counted_twice(engine: Engine) -> None:
    make_room(engine, END)
    first, last = int(SAMPLED_FROM.timestamp()), int(END.timestamp())
    with writing(engine) as connection:
        again = [Sample(ts, ENDPOINTS[0], True, None, 30) for ts in (first - 3600, first, last - SAMPLE_EVERY_S)]
        assert add_samples(connection, again) == 0
        assert add_samples(connection, [Sample(last, ENDPOINTS[0], True, 1.5, 30), Sample(last, "DC11-005", False, None, 30)]) == 2
    forget(engine, END + DAY, timedelta(days=7))
    with reading(engine) as connection:
        (kept_from,) = rows_of(connection, "SELECT min(ts) FROM series_samples")
    assert first < kept_from[0] <= int((END - 6 * DAY).timestamp())


def _former_versions_begin_with_the_next_correction(engine: Engine) -> None:
    with reading(engine) as connection:
        twins = [name for name in inspect(connection).get_table_names() if name.endswith("_history")]
        assert twins
        assert {name: rows_of(connection, f"SELECT * FROM {name}") for name in twins} == {name: [] for name in twins}
        row = connection.execute(coverage.select().limit(1)).mappings().one()
    with writing(engine) as connection:
        corrected = {**row, "status": "weak" if row["status"] != "weak" else "none", "stored_at": END + DAY}
        upsert(connection, coverage, tuple(corrected), [tuple(corrected.values())])
    with reading(engine) as connection:
        (former,) = connection.execute(twin_of(coverage).select()).mappings().all()
        assert {name: former[name] for name in row} == dict(row)


def _screens_of_now_and_of_then_are_shown(engine: Engine) -> None:
    snapshots = Snapshots(engine)
    assert len(snapshots.get().places.endpoints) == len(ENDPOINTS)
    assert set(snapshots.get((START + 100 * DAY).date()).conditions.endpoint_states["state"]) <= {"up", "down"}
