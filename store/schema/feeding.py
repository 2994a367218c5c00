"""The feeds, what each run did, and the rows that were set aside."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table

from store.schema.base import key, metadata
from store.schema.history import keeps_history
from store.types import UTCDateTime

feeds = Table(
    "feeds",
    metadata,
    key("key"),
    Column("title_vi", String, nullable=False),
    Column("title_en", String, nullable=False),
    Column("connector", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),
    Column("every_s", Integer, nullable=False),
    Column("late_after_s", Integer, nullable=False),  # age by the source's own time
    Column("stale_after_s", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("last_ok_at", UTCDateTime),  # last run that ended well
    Column("true_at", UTCDateTime),  # the newest moment its source has spoken about
    Column("next_run_at", UTCDateTime),
    Column("run_requested_at", UTCDateTime),  # "run now", set by a dashboard, cleared by the worker
    Column("stored_at", UTCDateTime, nullable=False),
    Column("speaks", String),  # how often its source speaks, in its own words; rules over the two ages, which are then about as long
    Column("grace_s", Integer),
    Column("calendar", String),  # days off and days worked besides, see store.speaking.calendar_text
    Column("ahead_s", Integer),  # by how much the source's own time was ahead of ours at the last good run
)
feeds_history = keeps_history(feeds, "key")

# How far each feed had been heard by the end of each minute in which it was: what its state is judged by at a moment of the past.
feed_heard = Table(
    "feed_heard",
    metadata,
    key("feed"),
    key("minute_ts", Integer),  # start of the minute, seconds since 1970 UTC
    Column("heard_at", UTCDateTime, nullable=False),  # the last run of the minute that ended well
    Column("true_at", UTCDateTime),  # the newest moment its source had spoken about by then
    sqlite_with_rowid=False,
)

feed_runs = Table(
    "feed_runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("feed", String, nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime, nullable=False),
    Column("state", String, nullable=False),  # ok | unchanged | partial | failed
    Column("attempts", Integer, nullable=False, default=1),
    Column("item", String),  # file name or address that was read
    Column("bytes", Integer),
    Column("content_hash", String),
    Column("rows_read", Integer, nullable=False, default=0),
    Column("rows_added", Integer, nullable=False, default=0),
    Column("rows_changed", Integer, nullable=False, default=0),
    Column("rows_unchanged", Integer, nullable=False, default=0),
    Column("rows_rejected", Integer, nullable=False, default=0),
    Column("true_at", UTCDateTime),
    Column("error_code", String),  # key in the catalogue
    Column("error_args", JSON),
    Column("worker", String, nullable=False),
    Column("notes", JSON),  # what was changed or left out of what was read: a list of {code, count, values}
    Index(None, "feed", "started_at"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", Integer, nullable=False),
    Column("feed", String, nullable=False),
    Column("item", String),
    Column("row_number", Integer, nullable=False),  # as the person who opens the file counts: header is 1
    Column("reason_code", String, nullable=False),
    Column("reason_args", JSON, nullable=False),
    Column("raw", JSON, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "feed", "run_id"),
)
