"""How far each feed had been heard, minute by minute."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String

from store.types import UTCDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "feed_heard",
        Column("feed", String, nullable=False),
        Column("minute_ts", Integer, nullable=False),
        Column("heard_at", UTCDateTime, nullable=False),
        Column("true_at", UTCDateTime),
        PrimaryKeyConstraint("feed", "minute_ts", name="pk_feed_heard"),
        sqlite_with_rowid=False,
    )
