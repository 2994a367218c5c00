"""Availability of 150 video endpoints, a sample of each every 30 s for 30 days, from sums and from raw samples; `python -m bench.series`.

Everything is written by the worker's own `add_samples`: an hour as it comes (150 samples in a transaction), the other days an hour in a
transaction. Times include a connection of the pool, the transaction and the DataFrame.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine, text

from store.availability import availability
from store.engine import open_engine
from store.samples import DAY_S, HOUR_S, Sample, add_samples, make_room
from store.schema_version import upgrade
from store.transactions import reading, writing
from tests.support.postgres import Cluster, PostgresMissing

NOW = datetime(2026, 11, 21, 3, 20, tzinfo=UTC)
SPAN_S = 30
TABLES = ("series_samples", "series_hourly", "series_daily")
WINDOWS = {"24 h": timedelta(days=1), "30 days": timedelta(days=30)}
_RAW = text(
    "SELECT key, sum(CASE WHEN up THEN span_s ELSE 0 END) AS up_s, sum(CASE WHEN up IS NOT NULL THEN span_s ELSE 0 END) AS known_s "
    "FROM series_samples JOIN series ON id = series_id WHERE ts >= :first AND ts < :end GROUP BY key"
)


def samples_of(endpoints: list[str], first: int, end: int, chance: random.Random) -> list[Sample]:
    """All endpoints' samples with first <= ts < end: up but for a few, with a latency."""
    return [
        Sample(ts, id_, None if (luck := chance.random()) < 0.01 else luck > 0.03, round(5 + 40 * luck, 1), SPAN_S)
        for ts in range(first, end, SPAN_S)
        for id_ in endpoints
    ]


def load(engine: Engine, endpoints: list[str], days: int) -> tuple[float, float]:
    """Write all samples; samples per second as they come, and by the hour."""
    chance, now = random.Random(1), int(NOW.timestamp())
    for day in range(days + 1):
        make_room(engine, NOW - timedelta(days=day))
    by_hour = [rate(engine, samples_of(endpoints, ts, ts + HOUR_S, chance)) for ts in range(now - days * DAY_S, now - HOUR_S, HOUR_S)]
    as_they_come = [rate(engine, samples_of(endpoints, ts, ts + SPAN_S, chance)) for ts in range(now - HOUR_S, now, SPAN_S)]
    return statistics.median(as_they_come), statistics.median(by_hour)


def rate(engine: Engine, samples: list[Sample]) -> float:
    started = time.perf_counter()
    with writing(engine) as connection:
        if add_samples(connection, samples) != len(samples):
            raise AssertionError("a sample was there already")
    return len(samples) / (time.perf_counter() - started)


def from_sums(engine: Engine, window: timedelta) -> pd.DataFrame:
    with reading(engine) as connection:
        return availability(connection, NOW - window, NOW)


def from_raw(engine: Engine, window: timedelta) -> pd.DataFrame:
    with reading(engine) as connection:
        rows = connection.execute(_RAW, {"first": int((NOW - window).timestamp()), "end": int(NOW.timestamp())}).all()
    frame = pd.DataFrame(rows, columns=["endpoint_id", "up_s", "known_s"]).sort_values("endpoint_id", ignore_index=True)
    return frame.assign(up_pct=100 * frame["up_s"] / frame["known_s"])


def percentiles(ask: Callable[[], object], repeats: int) -> str:
    ask()
    took_ms = []
    for _ in range(repeats):
        started = time.perf_counter()
        ask()
        took_ms.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(took_ms):.1f} / {statistics.quantiles(took_ms, n=20)[-1]:.1f}"


def bytes_of(engine: Engine) -> dict[str, int]:
    """Bytes of each table with its indexes."""
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            sizes = connection.exec_driver_sql("SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE 'series@_%' ESCAPE '@' GROUP BY name")
            return {str(name): int(size) for name, size in sizes}
        sizes = connection.exec_driver_sql(
            "SELECT root, sum(pg_total_relation_size(relid)) FROM unnest(%s::text[]) AS root, pg_partition_tree(root::regclass) GROUP BY 1",
            (["series_samples"],),
        )
        plain = connection.exec_driver_sql(
            "SELECT n, pg_total_relation_size(n::regclass) FROM unnest(%s::text[]) AS n", (list(TABLES[1:]),)
        )
        return {str(name): int(size) for name, size in (*sizes, *plain)}


def report(name: str, engine: Engine, count: int, days: int) -> None:
    endpoints = [f"HN11-{number:03d}" for number in range(1, count + 1)]
    as_they_come, by_hour = load(engine, endpoints, days)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    print(f"\n{name}: {count} endpoints, every {SPAN_S} s, {days} days")
    print(f"  written: {as_they_come:,.0f} samples/s as they come, {by_hour:,.0f} by the hour")
    for window, length in WINDOWS.items():
        pd.testing.assert_series_equal(from_sums(engine, length)["up_pct"], from_raw(engine, length)["up_pct"])
        quick = percentiles(lambda length=length: from_sums(engine, length), 200)
        slow = percentiles(lambda length=length: from_raw(engine, length), 7)
        print(f"  {window:<8} p50 / p95 of availability: {quick} ms from sums, {slow} ms from raw samples")
    sizes = {table: size / days for table, size in bytes_of(engine).items()}
    raw, sums = sizes["series_samples"], sizes["series_hourly"] + sizes["series_daily"]
    print(f"  a day: {raw / 1e6:.1f} MB raw ({raw / (count * DAY_S / SPAN_S):.0f} bytes a sample), {sums / 1e3:.0f} kB of sums")
    print(
        f"  a year with 7 days of raw samples: {(8 * raw + 365 * sums) / 1e6:.0f} MB, with 30 days {(31 * raw + 365 * sums) / 1e6:.0f} MB"
    )


def stores() -> Iterator[tuple[str, str]]:
    """Name and URL of an empty store on each database that this machine has."""
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{Path(folder) / 'ioc.db'}"
    try:
        cluster = Cluster()
    except PostgresMissing as missing:
        print(f"PostgreSQL was not measured: {missing}")
        return
    try:
        yield "PostgreSQL", cluster.url(cluster.new_database())
    finally:
        cluster.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=150)
    parser.add_argument("--days", type=int, default=30)
    arguments = parser.parse_args()
    for name, url in stores():
        engine = open_engine(url)
        upgrade(engine)
        report(name, engine, arguments.endpoints, arguments.days)
        engine.dispose()


if __name__ == "__main__":
    main()
