"""Reads of what changes by the minute: endpoint states, dossiers, feeds, runs, workers, indicators and targets.

known_at: None for all that is known now, else what was known then.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, cast, func, or_, select

from store.frames import frame, mapping, rows
from store.history import as_known
from store.samples import DAY_S, ENDPOINT, HOUR_S, LOCAL_HOURS, series_of
from store.schema import (
    dossiers,
    endpoint_changes,
    endpoint_state,
    feed_heard,
    feed_runs,
    feeds,
    indicator_values,
    indicators,
    meta,
    quarantine,
    series,
    series_daily,
    series_hourly,
    targets,
    versions,
    workers,
)

SAMPLED_DAYS, SAMPLED_HOURS = 400, 48  # how far back an endpoint's last samples are looked for
HEARD_BEFORE, HEARD_AFTER = timedelta(days=2), timedelta(days=1)  # how far from a moment its words are looked for


def endpoint_states(connection: Connection) -> pd.DataFrame:
    """Current state of every endpoint that has one: endpoint_id, state, since_at, observed_at, latency_ms, detail, source, feed."""
    s = endpoint_state.c
    columns = (s.endpoint_id, s.state, s.since_at, s.observed_at, s.latency_ms, s.detail, s.source, s.feed, s.synthetic)
    return frame(connection, select(*columns).order_by(s.endpoint_id))


def endpoint_states_at(connection: Connection, at: datetime, known_at: datetime | None = None) -> pd.DataFrame:
    """State of every endpoint at a past moment, from its changes.

    Columns: those of `endpoint_states`. observed_at: the last word about the endpoint itself by then, as far as the store remembers: from
    its samples (to the hour, beyond two days to the day), not later than its source had spoken; else since when it was so. latency_ms
    and feed are not kept.
    """
    c = as_known(endpoint_changes, known_at).c
    newest_first = func.row_number().over(partition_by=c.endpoint_id, order_by=c.at.desc()).label("place")
    last = (
        select(c.endpoint_id, c.state, c.at.label("since_at"), c.detail, c.source, c.synthetic, newest_first).where(c.at <= at).subquery()
    )
    columns = (last.c[name] for name in ("endpoint_id", "state", "since_at", "detail", "source", "synthetic"))
    states = frame(connection, select(*columns).where(last.c.place == 1).order_by(last.c.endpoint_id))
    spoken, sampled, exact = (
        _spoken_until(connection, at, known_at),
        _sampled_until(connection, at, known_at),
        _last_words(connection, at, known_at),
    )

    def observed_at(row: Any) -> datetime:
        since_at: datetime = row.since_at
        bounds = [by for by in (spoken.get(row.source), sampled.get(row.endpoint_id)) if by is not None]
        return max(since_at, exact.get(row.endpoint_id) or min(bounds, default=since_at))

    return states.assign(observed_at=[observed_at(row) for row in rows(states)], latency_ms=math.nan, feed=None)


def _last_words(connection: Connection, at: datetime, known_at: datetime | None) -> dict[str, datetime]:
    """When the last word about each endpoint was said, of those about which none has been said since the moment."""
    s = endpoint_state.c
    statement = select(s.endpoint_id, s.observed_at).where(s.observed_at <= at)
    if known_at is not None:
        statement = statement.where(s.stored_at <= known_at)
    return {row.endpoint_id: row.observed_at for row in connection.execute(statement)}


def _sampled_until(connection: Connection, at: datetime, known_at: datetime | None) -> dict[str, datetime]:
    """By endpoint: the start of the last local day or hour with samples, and as many seconds on as they speak for; not after `at`."""
    seconds, found = int(at.timestamp()), dict[str, int]()
    for table, period, length_s, ahead_s, periods in (
        (series_daily, series_daily.c.day, DAY_S, LOCAL_HOURS * HOUR_S, SAMPLED_DAYS),
        (series_hourly, series_hourly.c.hour, HOUR_S, 0, SAMPLED_HOURS),
    ):
        last = (seconds + ahead_s) // length_s
        end = func.max(cast(period, BigInteger) * length_s - ahead_s + table.c.up_s + table.c.down_s + table.c.unknown_s)
        wanted = select(series.c.key, end.label("end")).join_from(table, series, series.c.id == table.c.series_id)
        ends = connection.execute(wanted.where(series_of(ENDPOINT, known_at), period.between(last - periods, last)).group_by(series.c.key))
        found |= {row.key: int(row.end) for row in ends}
    return {key: datetime.fromtimestamp(min(end, seconds), UTC) for key, end in found.items()}


def _spoken_until(connection: Connection, at: datetime, known_at: datetime | None) -> dict[str, datetime]:
    """Up to when each source of endpoint states had spoken by a moment, as far as was known."""
    known, h = as_known(feeds, known_at), feed_heard.c
    around = h.minute_ts.between(int((at - HEARD_BEFORE).timestamp()), int((at + HEARD_AFTER).timestamp()))
    spoken = select(known.c.source, func.max(h.true_at).label("true_at")).where(
        known.c.key == h.feed, known.c.kind == "endpoint_status", around, h.true_at <= at
    )
    if known_at is not None:
        spoken = spoken.where(h.heard_at <= known_at)
    return {row.source: row.true_at for row in connection.execute(spoken.group_by(known.c.source))}


def endpoint_events(
    connection: Connection,
    since: datetime,
    limit: int = 50,
    endpoint_id: str | None = None,
    *,
    until: datetime | None = None,
    known_at: datetime | None = None,
) -> pd.DataFrame:
    """The last changes since a moment, and until one, newest first: endpoint_id, at, state, previous, detail, source."""
    c = as_known(endpoint_changes, known_at).c
    statement = select(c.endpoint_id, c.at, c.state, c.previous, c.detail, c.source).where(c.at >= since)
    if until is not None:
        statement = statement.where(c.at <= until)
    if endpoint_id is not None:
        statement = statement.where(c.endpoint_id == endpoint_id)
    return frame(connection, statement.order_by(c.at.desc(), c.endpoint_id).limit(limit))


def dossier_counts(connection: Connection, day: date, at: datetime, known_at: datetime | None = None) -> pd.DataFrame:
    """Dossier counts per centre in the newest month that can be shown on `day` and that any centre reported.

    A month is shown from its last day on; while it runs, as far as it had been counted by `at`.
    Columns: centre_id, period, period_to, received, in_progress, due, on_time, overdue, online, satisfied, rated, observed_at,
    reported_at, source, feed, synthetic.
    """
    known = as_known(dossiers, known_at)
    d, other = known.c, known.alias("other").c
    newest = select(func.max(other.period)).where(_is_over(other, day, at), func.length(other.period) == 7).scalar_subquery()
    columns = (d.centre_id, d.period, d.period_to, d.received, d.in_progress, d.due, d.on_time, d.overdue, d.online, d.satisfied, d.rated)
    return frame(
        connection,
        select(*columns, d.observed_at, d.reported_at, d.source, d.feed, d.synthetic)
        .where(d.period == newest, _is_over(d, day, at))
        .order_by(d.centre_id, d.authority_code),
    )


def _is_over(d: Any, day: date, at: datetime) -> ColumnElement[bool]:
    """Whether a row's period had ended with `day`, or the row was counted by `at` while it ran."""
    return or_(d.period_to <= day, and_(d.period_from <= day, d.observed_at <= at))


def feeds_all(connection: Connection, known_at: datetime | None = None) -> pd.DataFrame:
    """Every feed by key, with the columns of the feeds table.

    Of the past: as it was declared then, heard up to the last minute that had ended well by then; when it was to run next is not kept.
    """
    known = as_known(feeds, known_at)
    found = frame(connection, select(known).order_by(known.c.key))
    if known_at is None:
        return found
    h = feed_heard.c
    newest_first = func.row_number().over(partition_by=h.feed, order_by=h.minute_ts.desc()).label("place")
    last = select(h.feed, h.heard_at, h.true_at, newest_first).where(h.heard_at <= known_at).subquery()
    heard = frame(connection, select(last.c.feed, last.c.heard_at, last.c.true_at).where(last.c.place == 1))
    times = {
        column: found["key"].map(mapping(heard, "feed", kept)) for column, kept in (("last_ok_at", "heard_at"), ("true_at", "true_at"))
    }
    return found.assign(
        **{name: pd.to_datetime(values, utc=True) for name, values in times.items()}, next_run_at=None, run_requested_at=None
    )


def last_runs(connection: Connection, feed: str | None = None, limit: int = 20, known_at: datetime | None = None) -> pd.DataFrame:
    """The newest runs, of one feed or of all, newest first, with the columns of feed_runs."""
    statement = _runs(known_at)
    if feed is not None:
        statement = statement.where(feed_runs.c.feed == feed)
    return frame(connection, statement.order_by(feed_runs.c.id.desc()).limit(limit))


def newest_run_of_each(connection: Connection, known_at: datetime | None = None) -> pd.DataFrame:
    """The newest run of every feed, with the columns of feed_runs."""
    ended = _runs(known_at).subquery()
    newest = select(func.max(ended.c.id)).group_by(ended.c.feed)
    return frame(connection, select(feed_runs).where(feed_runs.c.id.in_(newest)))


def _runs(known_at: datetime | None) -> Select[Any]:
    """The runs that had ended."""
    return select(feed_runs) if known_at is None else select(feed_runs).where(feed_runs.c.finished_at <= known_at)


def quarantined(connection: Connection, feed: str | None = None, limit: int = 100, known_at: datetime | None = None) -> pd.DataFrame:
    """The newest quarantined rows: id, run_id, feed, item, row_number, reason_code, reason_args, raw, stored_at."""
    q = as_known(quarantine, known_at)
    statement = select(q)
    if feed is not None:
        statement = statement.where(q.c.feed == feed)
    return frame(connection, statement.order_by(q.c.id.desc()).limit(limit))


def workers_all(connection: Connection) -> pd.DataFrame:
    """Every worker that ever beat: name, host, pid, leader, started_at, beat_at."""
    return frame(connection, select(workers).order_by(workers.c.beat_at.desc()))


def indicator_rows(connection: Connection, unit_code: str, day: date, known_at: datetime | None = None) -> pd.DataFrame:
    """Published values of one unit with the names of their indicators; of periods that had ended with `day`, and undated ones."""
    values, names = as_known(indicator_values, known_at), as_known(indicators, known_at)
    v, i = values.c, names.c
    joined = values.join(names, i.key == v.indicator)
    columns = (v.indicator, v.scope, v.label_vi, v.label_en, v.value, v.comparator, i.unit, v.period, v.true_on, v.source, v.synthetic)
    return frame(
        connection,
        select(*columns)
        .select_from(joined)
        .where(v.unit_code == unit_code, or_(v.true_on.is_(None), v.true_on <= day))
        .order_by(v.indicator, v.true_on, v.scope, v.label_vi, v.period, v.source),
    )


def target_rows(connection: Connection, unit_code: str, known_at: datetime | None = None) -> pd.DataFrame:
    """Targets of one unit: indicator, scope, label_vi, label_en, due_on, value, comparator, source."""
    t = as_known(targets, known_at).c
    columns = (t.indicator, t.scope, t.label_vi, t.label_en, t.due_on, t.value, t.comparator, t.source)
    return frame(
        connection, select(*columns).where(t.unit_code == unit_code).order_by(t.indicator, t.due_on, t.scope, t.label_vi, t.source)
    )


def layer_versions(connection: Connection) -> dict[str, int]:
    """The data version of every layer that was ever written, and of "all"."""
    return {row.layer: row.version for row in connection.execute(select(versions.c.layer, versions.c.version))}


def deployment(connection: Connection) -> dict[str, Any]:
    """What `ioc init` noted: province, metric_crs, created_at, seed."""
    return {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}
