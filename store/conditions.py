"""Reads of what changes by the minute: endpoint states, dossiers, feeds, runs, workers, indicators and targets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, func, select

from store.frames import frame
from store.schema import (
    dossiers,
    endpoint_changes,
    endpoint_state,
    feed_runs,
    feeds,
    indicator_values,
    indicators,
    meta,
    quarantine,
    targets,
    versions,
    workers,
)


def endpoint_states(connection: Connection) -> pd.DataFrame:
    """Current state of every endpoint that has one: endpoint_id, state, since_at, observed_at, latency_ms, detail, source, feed."""
    s = endpoint_state.c
    return frame(
        connection, select(s.endpoint_id, s.state, s.since_at, s.observed_at, s.latency_ms, s.detail, s.source, s.feed, s.synthetic)
    )


def endpoint_states_at(connection: Connection, at: datetime) -> pd.DataFrame:
    """State of every endpoint at a past moment, from its changes: endpoint_id, state, since_at, source."""
    c = endpoint_changes.c
    last = select(c.endpoint_id, func.max(c.at).label("at")).where(c.at <= at).group_by(c.endpoint_id).subquery("last")
    joined = endpoint_changes.join(last, and_(last.c.endpoint_id == c.endpoint_id, last.c.at == c.at))
    return frame(connection, select(c.endpoint_id, c.state, c.at.label("since_at"), c.source, c.synthetic).select_from(joined))


def endpoint_events(connection: Connection, since: datetime, limit: int = 50, endpoint_id: str | None = None) -> pd.DataFrame:
    """The last changes since a moment, newest first: endpoint_id, at, state, previous, detail, source."""
    c = endpoint_changes.c
    statement = select(c.endpoint_id, c.at, c.state, c.previous, c.detail, c.source).where(c.at >= since)
    if endpoint_id is not None:
        statement = statement.where(c.endpoint_id == endpoint_id)
    return frame(connection, statement.order_by(c.at.desc(), c.endpoint_id).limit(limit))


def dossier_counts(connection: Connection, day: date) -> pd.DataFrame:
    """Dossier counts per centre in the newest month that began by `day` and that any centre reported.

    Columns: centre_id, period, received, in_progress, due, on_time, overdue, online, satisfied, rated, observed_at, reported_at,
    source, feed, synthetic.
    """
    d = dossiers.c
    newest = select(func.max(d.period)).where(d.period_from <= day, func.length(d.period) == 7).scalar_subquery()
    columns = (d.centre_id, d.period, d.received, d.in_progress, d.due, d.on_time, d.overdue, d.online, d.satisfied, d.rated)
    return frame(connection, select(*columns, d.observed_at, d.reported_at, d.source, d.feed, d.synthetic).where(d.period == newest))


def feeds_all(connection: Connection) -> pd.DataFrame:
    """Every feed by key, with the columns of the feeds table."""
    return frame(connection, select(feeds).order_by(feeds.c.key))


def last_runs(connection: Connection, feed: str | None = None, limit: int = 20) -> pd.DataFrame:
    """The newest runs, of one feed or of all, newest first, with the columns of feed_runs."""
    statement = select(feed_runs)
    if feed is not None:
        statement = statement.where(feed_runs.c.feed == feed)
    return frame(connection, statement.order_by(feed_runs.c.id.desc()).limit(limit))


def newest_run_of_each(connection: Connection) -> pd.DataFrame:
    """The newest run of every feed, with the columns of feed_runs."""
    newest = select(func.max(feed_runs.c.id)).group_by(feed_runs.c.feed)
    return frame(connection, select(feed_runs).where(feed_runs.c.id.in_(newest)))


def quarantined(connection: Connection, feed: str | None = None, limit: int = 100) -> pd.DataFrame:
    """The newest quarantined rows: id, run_id, feed, item, row_number, reason_code, reason_args, raw, stored_at."""
    statement = select(quarantine)
    if feed is not None:
        statement = statement.where(quarantine.c.feed == feed)
    return frame(connection, statement.order_by(quarantine.c.id.desc()).limit(limit))


def workers_all(connection: Connection) -> pd.DataFrame:
    """Every worker that ever beat: name, host, pid, leader, started_at, beat_at."""
    return frame(connection, select(workers).order_by(workers.c.beat_at.desc()))


def indicator_rows(connection: Connection, unit_code: str) -> pd.DataFrame:
    """Published values of one unit with the names of their indicators."""
    v, i = indicator_values.c, indicators.c
    joined = indicator_values.join(indicators, i.key == v.indicator)
    columns = (v.indicator, v.scope, v.label_vi, v.label_en, v.value, v.comparator, i.unit, v.period, v.true_on, v.source, v.synthetic)
    return frame(connection, select(*columns).select_from(joined).where(v.unit_code == unit_code).order_by(v.indicator, v.true_on))


def target_rows(connection: Connection, unit_code: str) -> pd.DataFrame:
    """Targets of one unit: indicator, scope, label_vi, label_en, due_on, value, comparator, source."""
    t = targets.c
    columns = (t.indicator, t.scope, t.label_vi, t.label_en, t.due_on, t.value, t.comparator, t.source)
    return frame(connection, select(*columns).where(t.unit_code == unit_code).order_by(t.indicator, t.due_on))


def layer_versions(connection: Connection) -> dict[str, int]:
    """The data version of every layer that was ever written, and of "all"."""
    return {row.layer: row.version for row in connection.execute(select(versions.c.layer, versions.c.version))}


def deployment(connection: Connection) -> dict[str, Any]:
    """What `ioc init` noted: province, metric_crs, created_at, seed."""
    return {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}
