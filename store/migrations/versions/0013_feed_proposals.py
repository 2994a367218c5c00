"""Files for which a feed is proposed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Integer, LargeBinary, PrimaryKeyConstraint, String

from store.types import UTCDateTime

revision = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    op.create_table(
        "feed_proposals",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("state", String, nullable=False),
        Column("file_name", String, nullable=False),
        Column("file", LargeBinary),
        Column("given_at", UTCDateTime, nullable=False),
        Column("said", JSON, nullable=False),
        Column("answer", JSON),
        Column("answered_at", UTCDateTime),
        Column("person", String),
        Column("feed", String),
        PrimaryKeyConstraint("id", name="pk_feed_proposals"),
        sqlite_autoincrement=True,
    )
