"""Entries of registers with former values; operators with sources, colours and technologies; changes of state that keep history.

Where a place lies is dated in `place_units` already: a place of an older store that has no unit there has none to be moved.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Date, PrimaryKeyConstraint, String

from store.migrations.twins import add_column, make_twin
from store.types import UTCDateTime

revision = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    _former_values()
    _operators()
    _changes()
    op.add_column("series", Column("removed_at", UTCDateTime))


def _former_values() -> None:
    op.create_table(
        "former_values",
        Column("register", String, nullable=False),
        Column("entry_id", String, nullable=False),
        Column("valid_from", Date, nullable=False),
        Column("valid_to", Date, nullable=False),
        Column("said", String, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("register", "entry_id", "valid_from", name="pk_former_values"),
    )
    op.create_index("ix_former_values_register_valid_to", "former_values", ["register", "valid_to"])
    make_twin(
        "former_values",
        Column("register", String),
        Column("entry_id", String),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("said", String),
        Column("stored_at", UTCDateTime),
        key=("register", "entry_id", "valid_from"),
        found_by="entry_id",
    )


def _operators() -> None:
    for name in ("colour", "source"):
        add_column("operators", Column(name, String))
    for name in ("observed_at", "reported_at"):
        add_column("operators", Column(name, UTCDateTime))
    add_column("operators", Column("feed", String))
    op.create_table(
        "operator_technologies",
        Column("operator", String, nullable=False),
        Column("technology", String, nullable=False),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("synthetic", Boolean, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("operator", "technology", name="pk_operator_technologies"),
    )
    make_twin(
        "operator_technologies",
        Column("operator", String),
        Column("technology", String),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("synthetic", Boolean),
        Column("stored_at", UTCDateTime),
        key=("operator", "technology"),
        found_by="operator",
    )


def _changes() -> None:
    """Rows were only added to these; `ioc sample remove` takes the invented ones away, and what was known before is kept."""
    for table, of in (("endpoint_changes", "endpoint_id"), ("system_changes", "system_id")):
        make_twin(
            table,
            Column(of, String),
            Column("at", UTCDateTime),
            Column("state", String),
            Column("previous", String),
            Column("detail", String),
            Column("source", String),
            Column("stored_at", UTCDateTime),
            Column("synthetic", Boolean),
            key=(of, "at"),
            found_by=of,
        )
