"""How long things were up: from sums by local day and by hour, with raw samples where a window cuts an hour.

availability = up / (up + down). A second that no sample speaks for (the worker was down, the source was silent) and one whose state
was unknown count as neither; the share of the window that is known says how much the figure is worth.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from store.samples import ENDPOINT, HOUR_S, LOCAL_HOURS, kept_from, series_of
from store.schema import series

_SUMS = {"up_s": "up", "down_s": "NOT up", "unknown_s": "up IS NULL"}  # column → the samples that count into it
_PERIODS = {"series_samples": "ts", "series_hourly": "hour", "series_daily": "day"}


class _Part(NamedTuple):
    """Rows of one table with first <= period < end, added (1) or taken away (-1)."""

    table: str
    first: int
    end: int
    sign: int = 1


def availability(
    connection: Connection,
    from_at: datetime,
    to_at: datetime,
    endpoint_ids: Collection[str] | None = None,
    what: str = ENDPOINT,
    known_at: datetime | None = None,
) -> pd.DataFrame:
    """How long each endpoint was up from `from_at` until before `to_at`, for those that have any sample there.

    Columns: endpoint_id, up_pct (NaN when nothing is known), known_pct (of the window), up_s, down_s, unknown_s. Where raw samples are
    forgotten already, an hour that the window cuts is left out, of the window too. endpoint_ids: None for all; what: the register
    that they are of; known_at: with those that were removed from it since. A sample does not say when it was stored: one that came
    late counts as if it had been known from its time on.
    Raises ValueError when the window ends before it begins.
    """
    start, end = math.ceil(from_at.timestamp()), math.ceil(to_at.timestamp())
    if end < start:
        raise ValueError(f"the window ends at {to_at}, before it begins at {from_at}")
    start, end = _window(start, end, kept_from(connection))
    names = _names(connection, what, endpoint_ids, known_at)
    rows = connection.exec_driver_sql(_statement(_parts(start, end)))
    parts = np.array([tuple(row) for row in rows.all()], np.int64).reshape(-1, 1 + len(_SUMS))
    sums = np.zeros((max([*names, *parts[:, 0].tolist()], default=0) + 1, len(_SUMS)), np.int64)
    np.add.at(sums, parts[:, 0], parts[:, 1:])
    return _frame(names, sums, end - start)


def _window(start: int, end: int, oldest_ts: int) -> tuple[int, int]:
    """The window without hours that it cuts and whose raw samples are forgotten."""
    if _floor(start) < oldest_ts:
        start = _ceil(start)
    if _floor(end) < oldest_ts:
        end = _floor(end)
    return start, max(start, end)


def _parts(start: int, end: int) -> Iterator[_Part]:
    """What makes up the window. A cut hour is its own sum without what lies outside, or only what lies inside if that is less to read."""
    first, last = _floor(start), _ceil(end)
    if first == _floor(end):
        yield _Part("series_samples", start, end)
        return
    if start - first > HOUR_S // 2:
        first += HOUR_S
        yield _Part("series_samples", start, first)
    elif start > first:
        yield _Part("series_samples", first, start, -1)
    if last > end:
        yield _Part("series_samples", end, last, -1)
    yield from _sums(first // HOUR_S, last // HOUR_S)


def _sums(first: int, end: int) -> Iterator[_Part]:
    """Whole local days where there are any, and the hours before and after."""
    day, last_day = -(-(first + LOCAL_HOURS) // 24), (end + LOCAL_HOURS) // 24
    if day >= last_day:
        yield _Part("series_hourly", first, end)
        return
    yield _Part("series_hourly", first, day * 24 - LOCAL_HOURS)
    yield _Part("series_daily", day, last_day)
    yield _Part("series_hourly", last_day * 24 - LOCAL_HOURS, end)


def _statement(parts: Iterable[_Part]) -> str:
    """Seconds up, down and unknown of every series in each part, to be added up: the database would sort them all for that."""
    of_parts = [
        f"SELECT series_id, {', '.join(_total(part, column) for column in _SUMS)} FROM {part.table} "
        f"WHERE {_PERIODS[part.table]} >= {part.first} AND {_PERIODS[part.table]} < {part.end} GROUP BY series_id"
        for part in parts
    ]
    return " UNION ALL ".join(of_parts)


def _total(part: _Part, column: str) -> str:
    seconds = f"CASE WHEN {_SUMS[column]} THEN span_s ELSE 0 END" if part.table == "series_samples" else column
    return f"{'-' if part.sign < 0 else ''}sum({seconds}) AS {column}"


def _names(connection: Connection, what: str, keys: Collection[str] | None, known_at: datetime | None) -> dict[int, str]:
    rows = connection.execute(select(series.c.id, series.c.key).where(series_of(what, known_at))).all()
    return {id_: key for id_, key in rows if keys is None or key in keys}


def _frame(names: dict[int, str], sums: np.ndarray[Any, Any], window_s: int) -> pd.DataFrame:
    ids = np.array(sorted(names, key=names.__getitem__), np.int64)
    mine = sums[ids] if len(ids) else np.zeros((0, 3), np.int64)
    seen = mine.sum(axis=1) > 0
    ids, mine = ids[seen], mine[seen]
    up, known = mine[:, 0], mine[:, 0] + mine[:, 1]
    with np.errstate(invalid="ignore"):
        up_pct = np.where(known > 0, 100 * up / np.maximum(known, 1), np.nan)
    known_pct = np.minimum(100 * known / max(window_s, 1), 100.0)
    columns = {"endpoint_id": [names[id_] for id_ in ids.tolist()], "up_pct": up_pct, "known_pct": known_pct}
    return pd.DataFrame(columns | {"up_s": up, "down_s": mine[:, 1], "unknown_s": mine[:, 2]})


def _floor(ts: int) -> int:
    return ts // HOUR_S * HOUR_S


def _ceil(ts: int) -> int:
    return -(-ts // HOUR_S) * HOUR_S
