"""Every store has an id, so that a process notices when another store has taken its place."""

from __future__ import annotations

import uuid

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String

revision = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    made = op.create_table("store_identity", Column("id", String, nullable=False), PrimaryKeyConstraint("id", name="pk_store_identity"))
    op.bulk_insert(made, [{"id": str(uuid.uuid4())}])
