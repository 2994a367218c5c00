"""Numbers about the installation itself: how the feeds have run, what was set aside, how large the store is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Float, Integer, case, cast, func, select, text

from store.frames import frame
from store.schema import feed_runs, quarantine

BROKEN = ("run.unforeseen", "run.parse_memory", "run.parse_time")
"""Errors of content that broke what reads it; each carries a reference that is in the worker's log."""


def run_counts(connection: Connection, since: datetime) -> pd.DataFrame:
    """Runs that began since a moment: feed, state, runs, read, added, changed, unchanged, rejected (rows). Of no runs: no rows."""
    r = feed_runs.c
    sums = [
        cast(func.sum(column), Integer).label(name)
        for name, column in {
            "read": r.rows_read,
            "added": r.rows_added,
            "changed": r.rows_changed,
            "unchanged": r.rows_unchanged,
            "rejected": r.rows_rejected,
        }.items()
    ]
    statement = select(r.feed, r.state, func.count().label("runs"), *sums).where(r.started_at >= since)
    return frame(connection, statement.group_by(r.feed, r.state).order_by(r.feed, r.state))


def quarantine_counts(connection: Connection) -> dict[str, int]:
    """Rows that are set aside, by feed: all that runs refused of which any row is still kept, also those that are only counted."""
    q, r = quarantine.c, feed_runs.c
    kept = select(q.feed, q.run_id, func.count().label("rows")).group_by(q.feed, q.run_id).subquery()
    refused = case((r.rows_rejected > kept.c.rows, r.rows_rejected), else_=kept.c.rows)
    total = cast(func.sum(refused), Integer).label("rows")
    found = select(kept.c.feed, total).select_from(kept.outerjoin(feed_runs, r.id == kept.c.run_id)).group_by(kept.c.feed)
    return {row.feed: row.rows for row in connection.execute(found)}


def broken_contents(connection: Connection, since: datetime, limit: int = 20) -> pd.DataFrame:
    """Files and answers that broke what reads them, newest first: feed, item, finished_at, error_code, error_args (with its reference)."""
    r = feed_runs.c
    found = select(r.feed, r.item, r.finished_at, r.error_code, r.error_args).where(r.error_code.in_(BROKEN), r.finished_at >= since)
    return frame(connection, found.order_by(r.id.desc()).limit(limit))


def store_bytes(connection: Connection) -> int | None:
    """Bytes the store takes on its server or disk, write-ahead log included; None when the database does not say."""
    if connection.dialect.name == "postgresql":
        return int(connection.scalar(select(func.pg_database_size(func.current_database()))) or 0)
    database = connection.engine.url.database
    if not database:
        return None
    files = [Path(f"{database}{ending}") for ending in ("", "-wal", "-shm")]
    return sum(file.stat().st_size for file in files if file.exists())


def newest_stored_at(connection: Connection) -> datetime | None:
    """When the last run was written down, by the clock of the machine that wrote it; None before the first."""
    newest: datetime | None = connection.scalar(select(func.max(feed_runs.c.finished_at)))
    return newest


def damage(connection: Connection) -> str | None:
    """What SQLite's quick check finds wrong with the file; None when it is sound, and always on PostgreSQL, which checks its own."""
    if connection.dialect.name != "sqlite":
        return None
    found = connection.scalar(text("PRAGMA quick_check(1)"))
    return None if found == "ok" else str(found)


def server_facts(connection: Connection) -> dict[str, str]:
    """PostgreSQL: server_version, server_encoding, postgis ("" without it), epoch_s (its clock). SQLite: version."""
    if connection.dialect.name != "postgresql":
        return {"version": str(connection.scalar(text("SELECT sqlite_version()")))}
    facts = {name: str(connection.scalar(text(f"SHOW {name}"))) for name in ("server_version", "server_encoding")}
    postgis = connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
    seconds = connection.scalar(select(cast(func.extract("epoch", func.clock_timestamp()), Float)))
    return {**facts, "postgis": str(postgis or ""), "epoch_s": str(seconds)}
