"""What was changed or left out of what a run read."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("feed_runs", Column("notes", JSON))
