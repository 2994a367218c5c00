"""Names to settle: the review list, what people decided, the rows that wait for it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Date, Integer, PrimaryKeyConstraint, String

from store.types import UTCDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _reviews()
    _decisions()
    _waiting()


def _reviews() -> None:
    op.create_table(
        "name_reviews",
        Column("id", String, nullable=False),
        Column("feed", String, nullable=False),
        Column("what", String, nullable=False),
        Column("structure", String, nullable=False),
        Column("code", String, nullable=False),
        Column("name", String, nullable=False),
        Column("parent", String, nullable=False),
        Column("level", String, nullable=False),
        Column("day", Date, nullable=False),
        Column("reason", String, nullable=False),
        Column("candidates", JSON, nullable=False),
        Column("rows", Integer, nullable=False),
        Column("item", String),
        Column("first_seen_at", UTCDateTime, nullable=False),
        Column("last_seen_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_name_reviews"),
    )
    op.create_index("ix_name_reviews_feed", "name_reviews", ["feed"])


def _decisions() -> None:
    op.create_table(
        "name_decisions",
        Column("id", Integer, nullable=False, autoincrement=True),
        Column("review_id", String, nullable=False),
        Column("decision", String, nullable=False),
        Column("chosen_code", String),
        Column("chosen_name", String),
        Column("decided_by", String, nullable=False),
        Column("decided_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_name_decisions"),
    )
    op.create_index("ix_name_decisions_review_id", "name_decisions", ["review_id"])


def _waiting() -> None:
    op.create_table(
        "name_waiting",
        Column("feed", String, nullable=False),
        Column("row_hash", String, nullable=False),
        Column("review_id", String, nullable=False),
        Column("item", String),
        Column("row_number", Integer, nullable=False),
        Column("raw", JSON, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("feed", "row_hash", name="pk_name_waiting"),
    )
    op.create_index("ix_name_waiting_review_id", "name_waiting", ["review_id"])
