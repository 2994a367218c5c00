"""Base stations, meetings, systems; and when the rows of registers, indicators and targets were true and were reported."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Date, Float, PrimaryKeyConstraint, String

from store.migrations.twins import add_column, make_twin
from store.types import UTCDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("units", "villages", "endpoints", "centres", "indicator_values", "targets"):
        add_column(table, Column("observed_at", UTCDateTime))
        add_column(table, Column("reported_at", UTCDateTime))
        add_column(table, Column("feed", String))
    add_column("units", Column("source", String))
    add_column("targets", Column("synthetic", Boolean))
    _sites()
    _meetings()
    _meeting_endpoints()
    _systems()
    _system_state()
    _system_changes()


def _sites() -> None:
    op.create_table(
        "sites",
        Column("id", String, nullable=False),
        Column("name", String, nullable=False),
        Column("search_key", String, nullable=False),
        Column("operator", String, nullable=False),
        Column("technologies", String, nullable=False),
        Column("status", String, nullable=False),
        Column("height_m", Float),
        Column("lon", Float, nullable=False),
        Column("lat", Float, nullable=False),
        Column("valid_from", Date, nullable=False),
        Column("valid_to", Date),
        Column("source", String, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("observed_at", UTCDateTime),
        Column("reported_at", UTCDateTime),
        Column("feed", String),
        PrimaryKeyConstraint("id", name="pk_sites"),
    )
    op.create_index("ix_sites_lon_lat", "sites", ["lon", "lat"])
    make_twin(
        "sites",
        Column("id", String),
        Column("name", String),
        Column("search_key", String),
        Column("operator", String),
        Column("technologies", String),
        Column("status", String),
        Column("height_m", Float),
        Column("lon", Float),
        Column("lat", Float),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("source", String),
        Column("synthetic", Boolean),
        Column("stored_at", UTCDateTime),
        Column("observed_at", UTCDateTime),
        Column("reported_at", UTCDateTime),
        Column("feed", String),
        key=("id",),
        found_by="id",
    )


def _meetings() -> None:
    op.create_table(
        "meetings",
        Column("id", String, nullable=False),
        Column("title", String, nullable=False),
        Column("starts_at", UTCDateTime, nullable=False),
        Column("ends_at", UTCDateTime),
        Column("host", String),
        Column("status", String, nullable=False),
        Column("observed_at", UTCDateTime, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("source", String, nullable=False),
        Column("feed", String),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("id", name="pk_meetings"),
    )
    op.create_index("ix_meetings_starts_at", "meetings", ["starts_at"])
    make_twin(
        "meetings",
        Column("id", String),
        Column("title", String),
        Column("starts_at", UTCDateTime),
        Column("ends_at", UTCDateTime),
        Column("host", String),
        Column("status", String),
        Column("observed_at", UTCDateTime),
        Column("reported_at", UTCDateTime),
        Column("stored_at", UTCDateTime),
        Column("source", String),
        Column("feed", String),
        Column("synthetic", Boolean),
        key=("id",),
        found_by="id",
    )


def _meeting_endpoints() -> None:
    op.create_table(
        "meeting_endpoints",
        Column("meeting_id", String, nullable=False),
        Column("endpoint_id", String, nullable=False),
        Column("ready", String, nullable=False),
        Column("contact", String),
        Column("note", String),
        Column("observed_at", UTCDateTime, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("source", String, nullable=False),
        Column("feed", String),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("meeting_id", "endpoint_id", name="pk_meeting_endpoints"),
    )
    make_twin(
        "meeting_endpoints",
        Column("meeting_id", String),
        Column("endpoint_id", String),
        Column("ready", String),
        Column("contact", String),
        Column("note", String),
        Column("observed_at", UTCDateTime),
        Column("reported_at", UTCDateTime),
        Column("stored_at", UTCDateTime),
        Column("source", String),
        Column("feed", String),
        Column("synthetic", Boolean),
        key=("meeting_id", "endpoint_id"),
        found_by="meeting_id",
    )


def _systems() -> None:
    op.create_table(
        "systems",
        Column("id", String, nullable=False),
        Column("name", String, nullable=False),
        Column("search_key", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("owner", String),
        Column("contact", String),
        Column("lon", Float),
        Column("lat", Float),
        Column("valid_from", Date, nullable=False),
        Column("valid_to", Date),
        Column("source", String, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("observed_at", UTCDateTime),
        Column("reported_at", UTCDateTime),
        Column("feed", String),
        PrimaryKeyConstraint("id", name="pk_systems"),
    )
    make_twin(
        "systems",
        Column("id", String),
        Column("name", String),
        Column("search_key", String),
        Column("kind", String),
        Column("owner", String),
        Column("contact", String),
        Column("lon", Float),
        Column("lat", Float),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("source", String),
        Column("synthetic", Boolean),
        Column("stored_at", UTCDateTime),
        Column("observed_at", UTCDateTime),
        Column("reported_at", UTCDateTime),
        Column("feed", String),
        key=("id",),
        found_by="id",
    )


def _system_state() -> None:
    op.create_table(
        "system_state",
        Column("system_id", String, nullable=False),
        Column("state", String, nullable=False),
        Column("since_at", UTCDateTime, nullable=False),
        Column("observed_at", UTCDateTime, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("volume", Float),
        Column("last_exchange_at", UTCDateTime),
        Column("detail", String),
        Column("source", String, nullable=False),
        Column("feed", String),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("system_id", name="pk_system_state"),
    )


def _system_changes() -> None:
    op.create_table(
        "system_changes",
        Column("system_id", String, nullable=False),
        Column("at", UTCDateTime, nullable=False),
        Column("state", String, nullable=False),
        Column("previous", String),
        Column("detail", String),
        Column("source", String, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("system_id", "at", name="pk_system_changes"),
    )
    op.create_index("ix_system_changes_at", "system_changes", ["at"])
