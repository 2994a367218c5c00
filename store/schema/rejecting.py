"""Files and other items that a feed did not take, or not wholly, until the same item is taken or somebody has seen to it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table

from store.schema.base import metadata
from store.types import UTCDateTime

rejected_items = Table(
    "rejected_items",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("feed", String, nullable=False),
    Column("item", String, nullable=False),
    Column("state", String, nullable=False),  # failed | partial
    Column("content_hash", String),
    Column("rejected_at", UTCDateTime, nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("rows_rejected", Integer, nullable=False),
    Column("error_code", String),  # key in the catalogue
    Column("error_args", JSON),
    Column("dismissed_at", UTCDateTime),
    Index(None, "feed", "item", unique=True),
    sqlite_autoincrement=True,
)
