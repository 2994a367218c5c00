"""Samples of what is up or down: written once, counted once into their hour and their local day, forgotten after some days.

Which samples have been counted is known by the samples that are kept. So one that comes later than they are kept is turned away: it
could have been counted before. All writers hold the store's one write transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, select

from store import partitions
from store.schema import meta, series, series_samples
from store.transactions import reading, writing

DAY_S, HOUR_S = 86_400, 3600
LOCAL_HOURS = 7  # Asia/Ho_Chi_Minh, all year
ENDPOINT = "endpoint"
REMOVED = " removed "  # between a register and the moment in the `what` of a series whose key is no longer there
KEPT_FROM = "samples_kept_from"  # in meta: seconds since 1970 UTC; older samples are forgotten, or never came

_BATCH = 1000
_FORGOTTEN_AT_A_TIME = 5000
_FORGOTTEN_IN_A_PASS = 1_000_000
_MOST_US = 2_000_000_000
_SAMPLE = ("ts", "series_id", "latency_us", "span_s", "up")
_SUM = ("series_id", "up_s", "down_s", "unknown_s")
_TYPES = {"ts": "bigint", "span_s": "smallint", "up": "boolean"}

Sums = dict[tuple[int, int], list[int]]


class Sample(NamedTuple):
    """ts: seconds since 1970 UTC; id: in its register; up: None when unknown; span_s: the seconds from ts on that it speaks for."""

    ts: int
    id: str
    up: bool | None
    latency_ms: float | None
    span_s: int


def add_samples(connection: Connection, samples: Sequence[Sample], what: str = ENDPOINT) -> int:
    """Keep the samples that are new by (ts, id) and count them into their hour and day; how many were new.

    what: the register that the ids are of. A sample that is there already stays as it is and is not counted twice; one that is
    older than samples are kept is left out.
    """
    oldest_ts = kept_from(connection)
    ids = _series_ids(connection, what, {sample.id for sample in samples})
    rows = [(s.ts, ids[s.id], _microseconds(s.latency_ms), s.span_s, s.up) for s in samples if s.ts >= oldest_ts]
    hours: Sums = {}
    count = 0
    for ts, series_id, span_s, up in _insert_new(connection, rows):
        count += 1
        sums = hours.setdefault((ts // HOUR_S, series_id), [0, 0, 0])
        sums[2 if up is None else 0 if up else 1] += span_s
    _add(connection, "series_hourly", "hour", hours)
    _add(connection, "series_daily", "day", _by_day(hours))
    return count


def forget(engine: Engine, now: datetime, kept: timedelta) -> int:
    """Forget raw samples of UTC days that ended before `kept` ago; the sums stay. How many went, or on PostgreSQL how many days.

    Takes several short write transactions, so that nobody waits long for their turn, and leaves the rest of very many to the next pass.
    """
    before_ts = int((now - kept).timestamp()) // DAY_S * DAY_S
    with writing(engine) as connection:
        if before_ts > kept_from(connection):
            _keep_from(connection, before_ts)
        if connection.dialect.name == "postgresql":
            return partitions.drop_before(connection, before_ts)
    forgotten = 0
    while forgotten < _FORGOTTEN_IN_A_PASS:
        with writing(engine) as connection:
            gone = _forget_some(connection, before_ts)
        if not gone:
            return forgotten
        forgotten += gone
    return forgotten


def make_room(engine: Engine, now: datetime) -> None:
    """On PostgreSQL: partitions for today and the days to come, and for days whose samples came before their partition.

    A transaction for each, because a day's samples take a while to move.
    """
    if engine.dialect.name != "postgresql":
        return
    with reading(engine) as connection:
        missing = partitions.missing(connection, int(now.timestamp()))
    for day in missing:
        with writing(engine) as connection:
            partitions.make(connection, day)


def series_of(what: str, known_at: datetime | None = None) -> ColumnElement[bool]:
    """The series of a register, as far as their keys were there at a moment: one that was removed later was still there."""
    live = series.c.what == what
    if known_at is None:
        return live
    return live | (series.c.what.startswith(what + REMOVED) & (series.c.removed_at > known_at))


def kept_from(connection: Connection) -> int:
    """Seconds since 1970 UTC: raw samples of then and later are all there; 0 when none was ever forgotten."""
    return int(connection.scalar(select(meta.c.value).where(meta.c.key == KEPT_FROM)) or 0)


def _keep_from(connection: Connection, ts: int) -> None:
    statement = "INSERT INTO meta (key, value) VALUES ('{}', '{}') ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    connection.exec_driver_sql(statement.format(KEPT_FROM, ts))


def _forget_some(connection: Connection, before_ts: int) -> int:
    ts = series_samples.c.ts
    nth = connection.scalar(select(ts).where(ts < before_ts).order_by(ts).offset(_FORGOTTEN_AT_A_TIME).limit(1))
    return connection.execute(series_samples.delete().where(ts <= nth if nth is not None else ts < before_ts)).rowcount


def _series_ids(connection: Connection, what: str, keys: set[str]) -> dict[str, int]:
    """Key → id of the series of `what`; those of new keys are made."""
    s = series.c
    known = {row.key: row.id for row in connection.execute(select(s.key, s.id).where(s.what == what))}
    missing = sorted(keys - set(known))
    if missing:
        first = (connection.scalar(select(s.id).order_by(s.id.desc()).limit(1)) or 0) + 1
        known |= {key: id_ for id_, key in enumerate(missing, first)}
        connection.execute(series.insert(), [{"id": known[key], "what": what, "key": key} for key in missing])
    return known


def _microseconds(latency_ms: float | None) -> int | None:
    """None for what no answer can take, such as a negative time or half an hour."""
    if latency_ms is None or not 0 <= latency_ms * 1000 <= _MOST_US:
        return None
    return round(latency_ms * 1000)


def _insert_new(connection: Connection, rows: list[tuple[Any, ...]]) -> Iterator[Any]:
    """Insert the rows whose key is new, and give (ts, series_id, span_s, up) of each."""
    end = "ON CONFLICT DO NOTHING RETURNING ts, series_id, span_s, up"
    for start in range(0, len(rows), _BATCH):
        yield from _insert(connection, "series_samples", _SAMPLE, rows[start : start + _BATCH], end).all()


def _add(connection: Connection, table: str, period: str, sums: Sums) -> None:
    rows = [(*key, *values) for key, values in sorted(sums.items())]
    more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _SUM[1:])
    end = f"ON CONFLICT ({period}, series_id) DO UPDATE SET {more}"
    for start in range(0, len(rows), _BATCH):
        _insert(connection, table, (period, *_SUM), rows[start : start + _BATCH], end)


def _by_day(hours: Sums) -> Sums:
    days: Sums = {}
    for (hour, series_id), sums in hours.items():
        day = days.setdefault(((hour + LOCAL_HOURS) // 24, series_id), [0, 0, 0])
        for position, seconds in enumerate(sums):
            day[position] += seconds
    return days


def _insert(connection: Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]], end: str) -> Any:
    """One statement for all rows: as arrays on PostgreSQL, value by value on SQLite."""
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        arrays = ", ".join(f"%s::{_TYPES.get(name, 'integer')}[]" for name in columns)
        values = tuple(map(list, zip(*rows, strict=True)))
        return connection.exec_driver_sql(f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {end}", values)
    one = f"({', '.join('?' * len(columns))})"
    flat = tuple(value for row in rows for value in row)
    return connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * len(rows))} {end}", flat)
