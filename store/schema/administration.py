"""Public-administration service centres and their dossiers."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, Index, Integer, String, Table

from store.schema.base import key, metadata, synthetic, three_times, told
from store.schema.history import keeps_history
from store.types import UTCDateTime

centres = Table(
    "centres",
    metadata,
    key("id"),
    Column("name", String, nullable=False),
    Column("search_key", String, nullable=False),
    Column("kind", String, nullable=False),  # provincial | one_stop
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", String, nullable=False),
    synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
    *told(),
)
centres_history = keeps_history(centres, "id")

# What one centre received in one period for one competent authority, as last reported; counts are of dossiers.
dossiers = Table(
    "dossiers",
    metadata,
    key("centre_id"),
    key("authority_code"),  # unit that is competent; the centre's own when the source does not say
    key("period", String),  # month: "2026-11"; day: "2026-11-21"
    Column("period_from", Date, nullable=False),
    Column("period_to", Date, nullable=False),
    Column("received", Integer, nullable=False),
    Column("in_progress", Integer, nullable=False),
    Column("due", Integer, nullable=False),  # fell due in the period: denominator of on_time
    Column("on_time", Integer, nullable=False),  # handled on time or early
    Column("overdue", Integer, nullable=False),
    Column("online", Integer, nullable=False),
    Column("satisfied", Integer),
    Column("rated", Integer),
    *three_times(),
    Column("source", String, nullable=False),
    Column("feed", String),
    synthetic(),
    Index(None, "period_from"),
)
dossiers_history = keeps_history(dossiers, "centre_id")
