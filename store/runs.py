"""Writes about the feeds themselves: which there are, what each run did, which rows it refused, who works.

All of them go into the caller's transaction, a run's record into the one that writes its rows. What a screen shows about feeds hangs
on the version of the layer "feeds". A worker's beat raises no version: open pages would wake at every one.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from store.hidden import without_secrets
from store.retention import PIECE_ROWS
from store.schema import feed_heard, feed_runs, feeds, quarantine, workers
from store.write import Written, bump, upsert

LAYER = feeds.name
MINUTE_S, HOUR_S = 60, 3600
DECLARED = (
    "key",
    "title_vi",
    "title_en",
    "connector",
    "kind",
    "source",
    "every_s",
    "late_after_s",
    "stale_after_s",
    "enabled",
    "synthetic",
)
PROMISED = ("speaks", "grace_s", "calendar")
AHEAD = timedelta(minutes=5)
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
WORKER = ("name", "host", "pid", "leader", "started_at", "beat_at")


class Refused(NamedTuple):
    """A row that a run did not take. row_number: as the person who opens the file counts; reason_code: key in the catalogue."""

    row_number: int
    reason_code: str
    reason_args: Mapping[str, object]
    raw: object


def register_feeds(connection: Connection, declared: Sequence[Mapping[str, Any]], stored_at: datetime | None = None) -> Written:
    """Make the store's feeds those of the configuration.

    declared: one mapping for each feed, with the columns `DECLARED` and, for a promise in words, `PROMISED`. What a feed has been
    through (last success, requests) stays. A feed that is no longer declared is kept, with its runs, as not enabled.
    """
    at = stored_at or datetime.now(UTC)
    rows = [(*(feed[name] for name in DECLARED), *(feed.get(name) for name in PROMISED), at) for feed in declared]
    written = upsert(connection, feeds, (*DECLARED, *PROMISED, "stored_at"), rows)
    gone = feeds.c.key.not_in([feed["key"] for feed in declared]) & feeds.c.enabled.is_(True)
    disabled = connection.execute(update(feeds).where(gone).values(enabled=False, next_run_at=None, stored_at=at)).rowcount
    if disabled:
        bump(connection, LAYER)
    return written._replace(changed=written.changed + disabled)


def record_run(connection: Connection, **columns: Any) -> int:
    """Write one run, columns as in feed_runs, those that are None left out; its id."""
    given = {name: value for name, value in columns.items() if value is not None}
    for name in {"error_args", "notes"} & given.keys():
        given[name] = as_json(given[name], written=without_secrets)
    if "item" in given:
        given["item"] = storable(given["item"])
    run_id = connection.execute(insert(feed_runs).values(**given).returning(feed_runs.c.id)).scalar_one()
    bump(connection, LAYER)
    return int(run_id)


def quarantine_rows(
    connection: Connection, run_id: int, *, feed: str, rows: Iterable[Refused], stored_at: datetime, item: str | None = None
) -> int:
    """Keep the rows that a run refused, whatever is in them; their number. item: the file or address that they came from."""
    values = [
        {
            "run_id": run_id,
            "feed": feed,
            "item": None if item is None else storable(item),
            "row_number": row_number,
            "reason_code": reason_code,
            "reason_args": as_json(reason_args),
            "raw": as_json(raw),
            "stored_at": stored_at,
        }
        for row_number, reason_code, reason_args, raw in rows
    ]
    if values:
        connection.execute(insert(quarantine), values)
    return len(values)


def feed_succeeded(connection: Connection, feed: str, *, at: datetime, true_at: datetime | None) -> None:
    """Note that a run ended well. true_at: the newest moment that its source spoke about; an older one than known changes nothing.

    A source cannot know what is yet to come: a moment after `at` counts as `at`, or the feed would stay fresh until then, and
    `ahead_s` says by how much it was ahead.
    """
    known = connection.execute(select(feeds.c.true_at).where(feeds.c.key == feed)).scalar()
    newest = max((min(moment, at) for moment in (known, true_at) if moment is not None), default=None)
    values: dict[str, Any] = {"last_ok_at": at, "true_at": newest}
    if true_at is not None:
        values["ahead_s"] = int((true_at - at).total_seconds()) if true_at - at > AHEAD else None
    connection.execute(update(feeds).where(feeds.c.key == feed).values(**values))
    _hear(connection, feed, at, newest)
    bump(connection, LAYER)


def _hear(connection: Connection, feed: str, at: datetime, true_at: datetime | None) -> None:
    """Remember for this minute how far the feed has been heard."""
    seconds = int(at.timestamp())
    insert_ = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    heard = insert_(feed_heard).values(feed=feed, minute_ts=seconds - seconds % MINUTE_S, heard_at=at, true_at=true_at)
    newest = {"heard_at": heard.excluded.heard_at, "true_at": heard.excluded.true_at}
    connection.execute(heard.on_conflict_do_update(index_elements=["feed", "minute_ts"], set_=newest))


def feeds_due(connection: Connection, next_run_at: Mapping[str, datetime | None]) -> None:
    """Note when each feed runs next; None: not planned."""
    rows = [{"feed": feed, "at": at} for feed, at in next_run_at.items()]
    if rows:
        connection.execute(update(feeds).where(feeds.c.key == bindparam("feed")).values(next_run_at=bindparam("at")), rows)


def request_run(connection: Connection, feed: str, at: datetime) -> bool:
    """Ask the worker to run a feed now. False when there is no such feed, or it is not enabled."""
    asked = update(feeds).where(feeds.c.key == feed, feeds.c.enabled.is_(True)).values(run_requested_at=at)
    if not connection.execute(asked).rowcount:
        return False
    bump(connection, LAYER)
    return True


def take_requests(connection: Connection) -> list[str]:
    """The feeds that somebody wants run now, first asked first, and forget the requests."""
    asked = select(feeds.c.key).where(feeds.c.run_requested_at.is_not(None)).order_by(feeds.c.run_requested_at, feeds.c.key)
    keys = list(connection.execute(asked).scalars())
    if keys:
        connection.execute(update(feeds).where(feeds.c.key.in_(keys)).values(run_requested_at=None))
        bump(connection, LAYER)
    return keys


def beat(connection: Connection, name: str, *, host: str, pid: int, leader: bool, started_at: datetime, at: datetime) -> None:
    """Say that a worker is alive at a moment. The layer "workers" rises when it is a new one or its part has changed."""
    same = (workers.c.name == name, workers.c.pid == pid, workers.c.leader.is_(leader), workers.c.started_at == started_at)
    if not connection.execute(update(workers).where(*same).values(beat_at=at)).rowcount:
        upsert(connection, workers, WORKER, [(name, host, pid, leader, started_at, at)])


def prune_runs(connection: Connection, thin_before: datetime, drop_before: datetime, most: int = PIECE_ROWS) -> int:
    """Thin out the runs that finished before a moment, to the last of each feed and hour, and forget those before an earlier one.

    most: runs at a time, the oldest first. A run takes the rows that it refused along; the last run of every feed stays. Their number.
    """
    last = select(func.max(feed_runs.c.id)).group_by(feed_runs.c.feed)
    last_of_hour = (
        select(func.max(feed_runs.c.id)).where(feed_runs.c.finished_at < thin_before).group_by(feed_runs.c.feed, _hour(connection))
    )
    thinned = (feed_runs.c.finished_at < thin_before) & feed_runs.c.id.not_in(last_of_hour)
    forgotten = feed_runs.c.finished_at < drop_before
    old = select(feed_runs.c.id).where(thinned | forgotten, feed_runs.c.id.not_in(last)).order_by(feed_runs.c.id).limit(most)
    connection.execute(delete(quarantine).where(quarantine.c.run_id.in_(old)))
    pruned = connection.execute(delete(feed_runs).where(feed_runs.c.id.in_(old))).rowcount
    if pruned:
        bump(connection, LAYER)
    return pruned


def _hour(connection: Connection) -> ColumnElement[Any]:
    """The hour in which a run finished."""
    at = feed_runs.c.finished_at
    return func.strftime("%Y-%m-%d %H", at) if connection.dialect.name == "sqlite" else func.date_trunc("hour", at)


def prune_heard(connection: Connection, thin_before: datetime, drop_before: datetime, most: int = PIECE_ROWS) -> int:
    """Thin out how far feeds had been heard by minutes before a moment, to the last of each hour, and forget what is older still.

    most: rows at a time, the oldest first.
    """
    minute = feed_heard.c.minute_ts
    before_ts = int(thin_before.timestamp())
    before_ts -= before_ts % HOUR_S
    later = feed_heard.alias("later")
    same_hour = (later.c.feed == feed_heard.c.feed) & (later.c.minute_ts > minute) & (later.c.minute_ts < minute - minute % HOUR_S + HOUR_S)
    thinned = (minute < before_ts) & select(later.c.feed).where(same_hour).exists()
    forgotten = minute < int(drop_before.timestamp())
    old = select(feed_heard.c.feed, minute).where(thinned | forgotten).order_by(minute).limit(most)
    return connection.execute(delete(feed_heard).where(tuple_(feed_heard.c.feed, minute).in_(old))).rowcount


def prune_workers(connection: Connection, before: datetime) -> int:
    """Forget the workers that have not beaten since a moment; their number."""
    pruned = connection.execute(delete(workers).where(workers.c.beat_at < before)).rowcount
    if pruned:
        bump(connection, workers.name)
    return pruned


def as_json(value: object, written: Callable[[str], str] = str) -> Any:
    """`value` as JSON can hold it, on both databases: other types as text, a NaN as null, what is no character as U+FFFD.

    written: applied to each text.
    """
    return _plain(json.loads(json.dumps(value, default=str, skipkeys=True)), written)


def _plain(value: Any, written: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {_plain(key, written): _plain(part, written) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, written) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return written(storable(value)) if isinstance(value, str) else value


def storable(text: str) -> str:
    """Text with U+FFFD where no database keeps what stood there: NUL, and halves of surrogate pairs (also of a file's name)."""
    return _NO_TEXT.sub("\ufffd", text)


def leader(connection: Connection) -> str | None:
    """The name of the worker that last said it leads; None when none has."""
    newest = select(workers.c.name).where(workers.c.leader).order_by(workers.c.beat_at.desc()).limit(1)
    return connection.execute(newest).scalar()
