"""What a feed did not take, until the same item is taken or somebody has seen to it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Integer, PrimaryKeyConstraint, String

from store.types import UTCDateTime

revision = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    op.create_table(
        "rejected_items",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("feed", String, nullable=False),
        Column("item", String, nullable=False),
        Column("state", String, nullable=False),
        Column("content_hash", String),
        Column("rejected_at", UTCDateTime, nullable=False),
        Column("rows_read", Integer, nullable=False),
        Column("rows_rejected", Integer, nullable=False),
        Column("error_code", String),
        Column("error_args", JSON),
        Column("dismissed_at", UTCDateTime),
        PrimaryKeyConstraint("id", name="pk_rejected_items"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rejected_items_feed_item", "rejected_items", ["feed", "item"], unique=True)
