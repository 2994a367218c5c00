"""Rows per second of the changed-only upsert beside the bare driver writing the same rows; `python -m bench.ingest`.

Bare driver: sqlite3's `executemany` of a plain INSERT, psycopg's COPY `write_row`, of values that are converted already, into an empty
table, in one transaction. The upsert starts from Python values and includes its commit. Repetitions are interleaved, medians divided.
On PostgreSQL also what others take for the same rows: see bench.ingest_peers.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine

from bench import ingest_peers as peers
from store.binding import bound_batches
from store.engine import open_engine
from store.schema import coverage
from store.schema_version import upgrade
from store.write import Written, upsert, writing
from tests.support.postgres import Cluster, PostgresMissing

COLUMNS = tuple(coverage.c.keys())
TECHNOLOGIES = ("2g", "3g", "4g", "5g", "broadband")
OPERATORS = ("op-a", "op-b", "op-c", "op-d", "op-e")
OBSERVED_AT = datetime(2026, 11, 1, tzinfo=UTC)
STORED_AT = datetime(2026, 11, 21, 3, 4, 5, 678_901, tzinfo=UTC)

Rows = list[tuple[Any, ...]]
Times = dict[str, list[float]]
Bare = Callable[[Engine, Rows], None]


def coverage_rows(count: int) -> Rows:
    """Claims as five operators declare them: 25 for each village, every seventh "none"."""
    return [_claim(number) for number in range(count)]


def _claim(number: int) -> tuple[Any, ...]:
    village, rest = divmod(number, len(OPERATORS) * len(TECHNOLOGIES))
    operator, technology = OPERATORS[rest // len(TECHNOLOGIES)], TECHNOLOGIES[rest % len(TECHNOLOGIES)]
    status = "covered" if number % 7 else "none"
    key = (f"V11-{village:05d}", operator, technology, "declared", f"bao-cao-{operator}", OBSERVED_AT)
    return (*key, status, STORED_AT, STORED_AT, STORED_AT, f"coverage-{operator}", True)


def with_changes(rows: Rows, one_in: int) -> Rows:
    """The next report: every row stored later, one in so many with another status. A changed one makes a former version too."""
    status, stored_at = COLUMNS.index("status"), COLUMNS.index("stored_at")
    later = STORED_AT + timedelta(days=30)
    return [
        (*row[:status], "weak" if number % one_in == 0 else row[status], *row[status + 1 : stored_at], later, *row[stored_at + 1 :])
        for number, row in enumerate(rows)
    ]


def ready_for(engine: Engine, rows: Rows) -> Rows:
    return [row for columns in bound_batches(coverage, COLUMNS, rows, engine.dialect) for row in zip(*columns, strict=True)]


def timed(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(new_store: Callable[[], AbstractContextManager[Engine]], bare: Bare, rows: Rows, repeats: int) -> Times:
    """Seconds of every repetition, by case. The upsert's counts are checked as it goes."""
    changed = with_changes(rows, one_in=20)
    status = COLUMNS.index("status")
    differing = sum(one[status] != other[status] for one, other in zip(rows, changed, strict=True))
    cases = {
        "new": (rows, Written(len(rows), 0, 0)),
        "unchanged": (rows, Written(0, 0, len(rows))),
        "changed": (changed, Written(0, differing, len(rows) - differing)),
    }
    times: Times = {name: [] for name in ("bare", *cases)}
    for _ in range(repeats):
        with new_store() as engine:
            times["bare"].append(timed(partial(bare, engine, ready_for(engine, rows))))
        with new_store() as engine:
            for name, (incoming, expected) in cases.items():
                times[name].append(timed(partial(_ingest, engine, incoming, expected)))
    return times


def _ingest(engine: Engine, rows: Rows, expected: Written) -> None:
    with writing(engine) as connection:
        written = upsert(connection, coverage, COLUMNS, rows)
    if written != expected:
        raise AssertionError(f"{written} instead of {expected}")


def measure_peers(new_store: Callable[[], AbstractContextManager[Engine]], rows: Rows, folder: Path, repeats: int) -> Times:
    """Seconds of every repetition, of new rows only: the peers know no others."""
    layer = peers.with_points(COLUMNS, rows)
    path = peers.save(layer, folder) if peers.has_ogr2ogr() else None
    times: Times = {"to_postgis": [], "ogr2ogr": []}
    for _ in range(repeats):
        works = {"to_postgis": lambda engine: peers.by_geopandas(engine, layer)}
        if path is not None:
            works["ogr2ogr"] = lambda engine: peers.by_ogr2ogr(engine, path)
        for name, work in works.items():
            with new_store() as engine:
                peers.make_table(engine)
                times[name].append(timed(partial(work, engine)))
                if peers.count(engine) != len(rows):
                    raise AssertionError(f"{name} did not write every row")
    return {name: seconds for name, seconds in times.items() if seconds}


def measure_text(new_store: Callable[[], AbstractContextManager[Engine]], rows: Rows, repeats: int) -> Times:
    """Seconds of a COPY whose text is there before the clock starts: what the server alone takes."""
    times: list[float] = []
    for _ in range(repeats):
        with new_store() as engine:
            lines = ("\t".join("\\N" if value is None else str(value) for value in row) for row in ready_for(engine, rows))
            times.append(timed(partial(_copy_text, engine, "\n".join(lines) + "\n")))
    return {"COPY of ready text": times}


def _copy_text(engine: Engine, text: str) -> None:
    with closing(engine.raw_connection()) as connection:
        cursor = cast(Any, connection.driver_connection).cursor()
        with cursor.copy(f"COPY coverage ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            copy.write(text)
        connection.commit()


@contextmanager
def new_sqlite(template: Path) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{shutil.copy(template, folder)}")
        engine.connect().close()
        yield engine
        engine.dispose()


def bare_sqlite(engine: Engine, rows: Rows) -> None:
    statement = f"INSERT INTO coverage ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(statement, rows)
        connection.commit()


@contextmanager
def new_postgres(cluster: Cluster, template: str) -> Iterator[Engine]:
    name = cluster.new_database(template)
    engine = open_engine(cluster.url(name))
    engine.connect().close()
    yield engine
    engine.dispose()
    cluster.drop_database(name)


def bare_postgres(engine: Engine, rows: Rows) -> None:
    with closing(engine.raw_connection()) as connection:
        cursor = cast(Any, connection.driver_connection).cursor()
        with cursor.copy(f"COPY coverage ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()


def report(database: str, rows: int, times: Times) -> None:
    median = {case: statistics.median(seconds) for case, seconds in times.items()}
    cells = [f"{rows / median['bare']:>12,.0f}"]
    cells += [f"{rows / median[case]:>9,.0f} ({median['bare'] / median[case]:.2f})" for case in ("new", "unchanged", "changed")]
    print(f"| {database:<10} | {rows:>7,} | {' | '.join(cells)} |", flush=True)


def report_peers(rows: int, times: Times) -> None:
    """The others' rates, each with how many times as fast the upsert is."""
    median = {case: statistics.median(seconds) for case, seconds in times.items()}
    others = [name for name in ("to_postgis", "ogr2ogr", "COPY of ready text") if name in median]
    cells = [f"{name} {rows / median[name]:,.0f} ({median[name] / median['new']:.2f})" for name in others]
    print(f"  {rows:>7,} rows: upsert {rows / median['new']:,.0f}, {', '.join(cells)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[15_000, 300_000])
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    print("rows/s; in brackets the ratio to the bare driver")
    print("| database   |    rows |  bare driver |   upsert, new    | all unchanged    | 5 % changed      |")
    print("|------------|--------:|-------------:|-----------------:|-----------------:|-----------------:|")
    _measure_sqlite(arguments.rows, arguments.repeats)
    try:
        cluster = Cluster()
    except PostgresMissing as missing:
        print(f"PostgreSQL was not measured: {missing}")
        return
    try:
        _measure_postgres(cluster, arguments.rows, arguments.repeats)
    finally:
        cluster.remove()


def _measure_sqlite(counts: list[int], repeats: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "ioc.db"
        _migrate(f"sqlite:///{template}")
        for count in counts:
            report("SQLite", count, measure(lambda: new_sqlite(template), bare_sqlite, coverage_rows(count), repeats))


def _measure_postgres(cluster: Cluster, counts: list[int], repeats: int) -> None:
    template = cluster.new_database()
    _migrate(cluster.url(template))
    said = []
    for count in counts:
        rows, store = coverage_rows(count), partial(new_postgres, cluster, template)
        times = measure(store, bare_postgres, rows, repeats)
        report("PostgreSQL", count, times)
        with tempfile.TemporaryDirectory() as folder:
            said.append((count, times | measure_peers(store, rows, Path(folder), min(repeats, 3)) | measure_text(store, rows, repeats)))
    print(
        "\nPostgreSQL, new rows a second, with a point in each for to_postgis and ogr2ogr; in brackets how many times as fast the upsert is"
    )
    for count, times in said:
        report_peers(count, times)


def _migrate(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()


if __name__ == "__main__":
    main()
