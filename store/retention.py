"""Until when what is old may be forgotten: the store's own time, which a wrong clock moves by one day a pass at most.

The store remembers the newest moment that it trusts. A clock that is more than a day ahead of it has leapt, or nobody worked for so long:
nothing is forgotten until the clock has gone on evenly for a day; then the trusted moment follows, a day each pass. Everything that deletes
by age asks here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from store.schema import feed_heard, feed_runs, meta

STEP = timedelta(days=1)
EVENLY_FOR_S = 86_400.0
TRUSTED, HELD = "trusted_at", "clock_held_at"  # in meta, ISO 8601 in UTC
PIECE_ROWS = 50_000  # of each table, in one pass


class Pass(NamedTuple):
    """One pass of forgetting. at: what "now" is for it; ahead: how far the clock is ahead of what is trusted; then nothing is forgotten."""

    at: datetime
    ahead: timedelta | None


def begin(connection: Connection, wall: datetime) -> None:
    """Before the first write of a worker: trust the newest moment that the store speaks of, or the clock of a store that is new."""
    if _moment(connection, TRUSTED) is None:
        newest = [connection.scalar(select(func.max(column))) for column in (feed_runs.c.finished_at, feed_heard.c.heard_at)]
        _put(connection, TRUSTED, max((moment for moment in newest if moment is not None), default=wall))


def look(connection: Connection, wall: datetime, evenly_s: float) -> Pass:
    """What "now" is for this pass, and remember it. evenly_s: for how long the clock has gone on without a leap, as this process saw."""
    begin(connection, wall)
    trusted = _moment(connection, TRUSTED) or wall
    if wall <= trusted:
        _put(connection, HELD, None)
        return Pass(wall, None)
    ahead = wall - trusted
    if ahead > STEP and evenly_s < EVENLY_FOR_S:
        _put(connection, HELD, wall)
        return Pass(trusted, ahead)
    trusted = min(wall, trusted + STEP)
    _put(connection, TRUSTED, trusted)
    _put(connection, HELD, None)
    return Pass(trusted, None)


def held(connection: Connection) -> tuple[datetime, datetime] | None:
    """The moment that is trusted and the one that the clock said, while nothing is forgotten for that; else None."""
    trusted, said = _moment(connection, TRUSTED), _moment(connection, HELD)
    return None if trusted is None or said is None else (trusted, said)


def is_ahead(connection: Connection, wall: datetime) -> bool:
    """Whether a clock is more than a day ahead of what the store trusts."""
    trusted = _moment(connection, TRUSTED)
    return trusted is not None and wall - trusted > STEP


def _moment(connection: Connection, key: str) -> datetime | None:
    said = connection.scalar(select(meta.c.value).where(meta.c.key == key))
    return None if said is None else datetime.fromisoformat(said).astimezone(UTC)


def _put(connection: Connection, key: str, moment: datetime | None) -> None:
    connection.execute(delete(meta).where(meta.c.key == key))
    if moment is not None:
        connection.execute(insert(meta).values(key=key, value=moment.astimezone(UTC).isoformat()))
