"""Forms and entries of figures that people type in."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Integer, LargeBinary, PrimaryKeyConstraint, String

from store.types import UTCDateTime

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    op.create_table(
        "manual_forms",
        Column("feed", String, nullable=False),
        Column("fields", JSON, nullable=False),
        Column("four_eyes", Boolean, nullable=False),
        Column("max_rows", Integer, nullable=False),
        Column("max_bytes", Integer, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("feed", name="pk_manual_forms"),
    )
    op.create_table(
        "manual_entries",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("feed", String, nullable=False),
        Column("state", String, nullable=False),
        Column("rows", JSON),
        Column("file_name", String),
        Column("file", LargeBinary),
        Column("author", String, nullable=False),
        Column("entered_at", UTCDateTime, nullable=False),
        Column("checked_at", UTCDateTime),
        Column("preview", JSON),
        Column("signer", String),
        Column("signed_at", UTCDateTime),
        Column("note", String),
        Column("run_id", Integer),
        Column("settled_at", UTCDateTime),
        PrimaryKeyConstraint("id", name="pk_manual_entries"),
    )
    op.create_index("ix_manual_entries_feed_state", "manual_entries", ["feed", "state"])
