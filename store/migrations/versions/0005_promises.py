"""What a feed's source promises, and how far its clock is ahead."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String

from store.migrations.twins import add_column

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    add_column("feeds", Column("speaks", String))
    add_column("feeds", Column("grace_s", Integer))
    add_column("feeds", Column("calendar", String))
    add_column("feeds", Column("ahead_s", Integer))
