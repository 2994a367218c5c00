"""Which word about coverage counts where several disagree, as the configuration declares it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String

from store.migrations.twins import make_twin
from store.types import UTCDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    columns = (Column("rule", String, nullable=False), Column("name", String, nullable=False), Column("value", String, nullable=False))
    stored_at = Column("stored_at", UTCDateTime, nullable=False)
    op.create_table("coverage_precedence", *columns, stored_at, PrimaryKeyConstraint("rule", "name", name="pk_coverage_precedence"))
    copies = (Column("rule", String), Column("name", String), Column("value", String), Column("stored_at", UTCDateTime, nullable=False))
    make_twin("coverage_precedence", *copies, key=("rule", "name"), found_by="name")
