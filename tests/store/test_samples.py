"""Samples are counted once, whatever comes late, twice or after a restart; the sums are those of a recount; old ones are forgotten."""

from __future__ import annotations

import random
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from store import partitions
from store.engine import open_engine
from store.samples import Sample, add_samples, forget, kept_from, make_room
from store.schema import series, series_daily, series_hourly, series_samples
from store.transactions import reading, writing

NOON = datetime(2026, 11, 21, 5, tzinfo=UTC)
TS = int(NOON.timestamp())
HOUR_S, DAY_S = 3600, 86_400


def up(ts: int, id_: str = "E1", *, state: bool | None = True, latency_ms: float | None = 12.5, span_s: int = 30) -> Sample:
    return Sample(ts, id_, state, latency_ms, span_s)


def add(engine: Engine, *samples: Sample, what: str = "endpoint") -> int:
    with writing(engine) as connection:
        return add_samples(connection, samples, what)


def rows(engine: Engine, table: Any) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]


def recount(engine: Engine, period: str) -> dict[tuple[int, int], list[int]]:
    """Seconds up, down and unknown by (hour or local day, series), from the raw samples alone."""
    sums: dict[tuple[int, int], list[int]] = {}
    for ts, id_, _, span_s, state in rows(engine, series_samples):
        at = ts // HOUR_S if period == "hour" else (ts + 7 * HOUR_S) // DAY_S
        sums.setdefault((at, id_), [0, 0, 0])[{True: 0, False: 1, None: 2}[state]] += span_s
    return sums


def summed(engine: Engine, table: Any) -> dict[tuple[int, int], list[int]]:
    return {(row[0], row[1]): list(row[2:]) for row in rows(engine, table)}


def some_samples(chance: random.Random, count: int) -> list[Sample]:
    """Of three endpoints over three days, around midnight in Viet Nam and in UTC, many of them twice with another state."""
    spots = [TS + chance.randrange(-3 * DAY_S, DAY_S) // 30 * 30 for _ in range(count // 3)]
    return [up(chance.choice(spots), f"E{chance.randrange(3)}", state=chance.choice([True, False, None])) for _ in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_the_sums_are_those_of_a_recount_whatever_comes_late_or_twice(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    samples = some_samples(chance, 900)
    first = {(sample.ts, sample.id): sample.up for sample in reversed(samples)}
    added = 0
    while samples:
        size = chance.randrange(1, 200)
        batch, samples = samples[:size], samples[size:]
        added += add(engine, *batch)
        add(engine, *chance.sample(batch, len(batch) // 2))
        if chance.random() < 0.2:
            engine.dispose()
    assert added == len(first) == len(rows(engine, series_samples))
    names = {row[0]: row[2] for row in rows(engine, series)}
    assert {(ts, names[id_]): state for ts, id_, _, _, state in rows(engine, series_samples)} == first
    assert summed(engine, series_hourly) == recount(engine, "hour")
    assert summed(engine, series_daily) == recount(engine, "day")


def test_a_batch_that_fails_counts_nothing(engine: Engine) -> None:
    def fail() -> None:
        with writing(engine) as connection:
            add_samples(connection, [up(TS)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (rows(engine, series_samples), rows(engine, series_hourly), rows(engine, series_daily)) == ([], [], [])
    assert add(engine, up(TS)) == 1


def test_a_local_day_begins_at_seventeen_utc(engine: Engine) -> None:
    midnight = int(datetime(2026, 11, 20, 17, tzinfo=UTC).timestamp())
    add(engine, up(midnight - 30), up(midnight))
    days = [day for day, *_ in rows(engine, series_daily)]
    assert [date(1970, 1, 1) + timedelta(days=day) for day in days] == [date(2026, 11, 20), date(2026, 11, 21)]


def test_the_same_id_in_two_registers_is_two_series(engine: Engine) -> None:
    assert add(engine, up(TS, "1")) + add(engine, up(TS, "1", state=False), what="system") == 2
    assert [(row[1], row[2]) for row in rows(engine, series)] == [("endpoint", "1"), ("system", "1")]
    assert [row[2:] for row in rows(engine, series_hourly)] == [(30, 0, 0), (0, 30, 0)]


def test_a_latency_that_cannot_be_is_none(engine: Engine) -> None:
    latencies = [None, 0.0, 1.2345678, -1.0, 1e300, float("nan"), float("inf")]
    add(engine, *(up(TS + 30 * number, latency_ms=latency) for number, latency in enumerate(latencies)))
    assert [row[2] for row in rows(engine, series_samples)] == [None, 0, 1235, None, None, None, None]


def test_nothing_to_add_is_nothing(engine: Engine) -> None:
    assert add(engine) == 0
    assert rows(engine, series) == []


def test_old_samples_are_forgotten_sums_stay_and_what_comes_after_that_is_turned_away(engine: Engine) -> None:
    old = [up(TS - 9 * DAY_S + 30 * number) for number in range(200)]
    new = [up(TS - 7 * DAY_S), up(TS)]
    add(engine, *old, *new)
    hours, days = rows(engine, series_hourly), rows(engine, series_daily)
    make_room(engine, NOON)
    forget(engine, NOON, timedelta(days=7))
    assert [row[0] for row in rows(engine, series_samples)] == [sample.ts for sample in new]
    assert add(engine, old[0], up(old[0].ts, "E2")) == 0, "it may have been counted before"
    assert (rows(engine, series_hourly), rows(engine, series_daily)) == (hours, days)
    with reading(engine) as connection:
        assert kept_from(connection) == (TS - 7 * DAY_S) // DAY_S * DAY_S


def test_a_clock_that_was_ahead_forgets_no_less_afterwards(engine: Engine) -> None:
    forget(engine, NOON + timedelta(days=3), timedelta(days=7))
    forget(engine, NOON, timedelta(days=7))
    with reading(engine) as connection:
        assert kept_from(connection) == (TS - 4 * DAY_S) // DAY_S * DAY_S


def test_forgetting_many_samples_lets_other_writers_in(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299999) "
            f"INSERT INTO series_samples (ts, series_id, span_s, up) SELECT {TS - 20 * DAY_S} + i / 150 * 30, i % 150, 30, 1 FROM n"
        )
    forgetting = threading.Thread(target=forget, args=(engine, NOON, timedelta(days=7)))
    forgetting.start()
    written = 0
    while forgetting.is_alive():
        written += add(engine, up(TS + 30 * written))
    assert written > 5, "a writer waits for a batch, not for all of them"
    assert [row[0] for row in rows(engine, series_samples)] == [TS + 30 * number for number in range(written)]
    engine.dispose()


def tables_of(engine: Engine) -> dict[str, int]:
    """Partition → how many samples lie in it."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT tableoid::regclass::text, count(*) FROM series_samples GROUP BY 1 ORDER BY 1")
        return dict(tuple(row) for row in found)


def test_a_sample_of_a_day_without_a_partition_is_taken_and_moves_when_there_is_one(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    add(engine, up(TS), up(TS - 2 * DAY_S))
    assert tables_of(engine) == {"series_samples_other": 2}
    make_room(engine, NOON)
    assert tables_of(engine) == {"series_samples_20261119": 1, "series_samples_20261121": 1}
    assert add(engine, up(TS), up(TS - 2 * DAY_S), up(TS - 5 * DAY_S), up(TS + DAY_S)) == 2
    assert tables_of(engine)["series_samples_20261122"] == 1
    make_room(engine, NOON)
    with engine.connect() as connection:
        made = [f"{datetime.fromtimestamp(day * DAY_S, UTC):%d}" for day in partitions.days(connection)]
    assert made == ["16", "19", "21", "22", "23", "24"]
    assert forget(engine, NOON + timedelta(days=6), timedelta(days=7)) == 2
    assert tables_of(engine) == {"series_samples_20261121": 1, "series_samples_20261122": 1}
    engine.dispose()


def test_a_reader_who_takes_long_delays_the_forgetting_and_nothing_else(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    add(engine, up(TS - 9 * DAY_S), up(TS))
    make_room(engine, NOON)
    with reading(engine) as connection:
        assert len(connection.execute(select(series_samples)).all()) == 2
        assert forget(engine, NOON, timedelta(days=7)) == 0
        assert add(engine, up(TS + 30)) == 1
    assert forget(engine, NOON, timedelta(days=7)) == 1
    assert len(rows(engine, series_samples)) == 2
    engine.dispose()
