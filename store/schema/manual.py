"""Figures that people type in or hand over as a sheet: the form of each such feed, and every entry with who made and who signed it."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, String, Table

from store.schema.base import key, metadata
from store.types import UTCDateTime

# What a form asks for, written by the worker when it follows the feeds file.
manual_forms = Table(
    "manual_forms",
    metadata,
    key("feed"),
    Column("fields", JSON, nullable=False),  # store.manual.FormField, in the order of the form
    Column("four_eyes", Boolean, nullable=False),  # whoever signs must be somebody else than who entered
    Column("max_rows", Integer, nullable=False),
    Column("max_bytes", Integer, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
)

# Never changed once it is signed: a correction is another entry.
manual_entries = Table(
    "manual_entries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("feed", String, nullable=False),
    Column("state", String, nullable=False),  # submitted | signed | taken | rejected
    Column("rows", JSON),  # typed: [{header: text}]
    Column("file_name", String),  # handed over
    Column("file", LargeBinary),
    Column("author", String, nullable=False),
    Column("entered_at", UTCDateTime, nullable=False),
    Column("checked_at", UTCDateTime),  # the worker has read it as it would take it, and written nothing
    Column("preview", JSON),  # store.manual.Preview
    Column("signer", String),  # or who sent it back
    Column("signed_at", UTCDateTime),
    Column("note", String),  # why it was sent back
    Column("run_id", Integer),  # the run that took it or failed to
    Column("settled_at", UTCDateTime),
    Index(None, "feed", "state"),
)
