"""Files that people hand over so that a feed for them can be proposed: the file, what was proposed, and what was said to it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, LargeBinary, String, Table

from store.schema.base import metadata
from store.types import UTCDateTime

feed_proposals = Table(
    "feed_proposals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("state", String, nullable=False),  # asked | proposed | refused | accepted | saved
    Column("file_name", String, nullable=False),
    Column("file", LargeBinary),  # NULL once it is saved, or too old
    Column("given_at", UTCDateTime, nullable=False),
    Column("said", JSON, nullable=False),  # {kind, columns: {header: field}, values}, as a person says it
    Column("answer", JSON),  # store.proposals.Answer
    Column("answered_at", UTCDateTime),
    Column("person", String),  # who accepted it
    Column("feed", String),  # its key in the feeds file, once it is saved
    sqlite_autoincrement=True,  # an address never comes to mean another file
)
