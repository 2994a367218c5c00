"""Versions that tell watchers what changed, the workers, and facts about the deployment."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from store.schema.base import key, metadata
from store.types import UTCDateTime

versions = Table(
    "versions",
    metadata,
    key("layer"),  # a table's name, or "all"
    Column("version", Integer, nullable=False),
    Column("changed_at", UTCDateTime, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    key("name"),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("leader", Boolean, nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("beat_at", UTCDateTime, nullable=False),
)

meta = Table("meta", metadata, key("key"), Column("value", Text, nullable=False))

store_identity = Table("store_identity", metadata, key("id"))  # one row: a UUID, see store/identity.py
