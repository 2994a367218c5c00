"""The first schema: every table, and PostGIS on PostgreSQL."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, PrimaryKeyConstraint, String, Text

from store.types import Geometry, UTCDateTime

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    _units()
    _crosswalk()
    _villages()
    _place_units()
    _operators()
    _technologies()
    _coverage()
    _endpoints()
    _endpoint_state()
    _endpoint_changes()
    _endpoint_samples()
    _endpoint_hourly()
    _centres()
    _dossiers()
    _indicators()
    _indicator_values()
    _targets()
    _feeds()
    _feed_runs()
    _quarantine()
    _versions()
    _workers()
    _meta()


def _units() -> None:
    op.create_table(
        "units",
        Column("code", String, nullable=False),
        Column("valid_from", Date, nullable=False),
        Column("valid_to", Date),
        Column("level", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("name", String, nullable=False),
        Column("full_name", String, nullable=False),
        Column("search_key", String, nullable=False),
        Column("parent_code", String),
        Column("grouping_code", String),
        Column("lon", Float, nullable=False),
        Column("lat", Float, nullable=False),
        Column("outline", Geometry),
        Column("outline_source", String),
        Column("outline_licence", String),
        Column("outline_schematic", Boolean, nullable=False),
        Column("area_km2", Float),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("code", "valid_from", name="pk_units"),
    )
    op.create_index("ix_units_level_valid_from", "units", ["level", "valid_from"])
    op.create_index("ix_units_parent_code", "units", ["parent_code"])


def _crosswalk() -> None:
    op.create_table(
        "crosswalk",
        Column("old_code", String, nullable=False),
        Column("old_valid_from", Date, nullable=False),
        Column("new_code", String, nullable=False),
        Column("new_valid_from", Date, nullable=False),
        Column("share", Float, nullable=False),
        Column("method", String, nullable=False),
        Column("source", String, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("old_code", "old_valid_from", "new_code", "new_valid_from", name="pk_crosswalk"),
    )


def _villages() -> None:
    op.create_table(
        "villages",
        Column("id", String, nullable=False),
        Column("name", String, nullable=False),
        Column("search_key", String, nullable=False),
        Column("lon", Float, nullable=False),
        Column("lat", Float, nullable=False),
        Column("population", Integer),
        Column("households", Integer),
        Column("grid_power", Boolean),
        Column("valid_from", Date, nullable=False),
        Column("valid_to", Date),
        Column("source", String, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_villages"),
    )
    op.create_index("ix_villages_lon_lat", "villages", ["lon", "lat"])


def _place_units() -> None:
    op.create_table(
        "place_units",
        Column("place_kind", String, nullable=False),
        Column("place_id", String, nullable=False),
        Column("unit_valid_from", Date, nullable=False),
        Column("unit_code", String, nullable=False),
        Column("unit_valid_to", Date),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("place_kind", "place_id", "unit_valid_from", name="pk_place_units"),
    )
    op.create_index("ix_place_units_unit_code_unit_valid_from", "place_units", ["unit_code", "unit_valid_from"])


def _operators() -> None:
    op.create_table(
        "operators",
        Column("key", String, nullable=False),
        Column("name", String, nullable=False),
        Column("position", Integer, nullable=False),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("synthetic", Boolean, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("key", name="pk_operators"),
    )


def _technologies() -> None:
    op.create_table(
        "technologies",
        Column("key", String, nullable=False),
        Column("name", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("position", Integer, nullable=False),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("source", String, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("key", name="pk_technologies"),
    )


def _coverage() -> None:
    op.create_table(
        "coverage",
        Column("village_id", String, nullable=False),
        Column("operator", String, nullable=False),
        Column("technology", String, nullable=False),
        Column("method", String, nullable=False),
        Column("source", String, nullable=False),
        Column("observed_at", UTCDateTime, nullable=False),
        Column("status", String, nullable=False),
        Column("confirmed_at", UTCDateTime, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("feed", String),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("village_id", "operator", "technology", "method", "source", "observed_at", name="pk_coverage"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_coverage_observed_at", "coverage", ["observed_at"])


def _endpoints() -> None:
    op.create_table(
        "endpoints",
        Column("id", String, nullable=False),
        Column("name", String, nullable=False),
        Column("search_key", String, nullable=False),
        Column("level", String, nullable=False),
        Column("lon", Float, nullable=False),
        Column("lat", Float, nullable=False),
        Column("address", String),
        Column("contact", String),
        Column("valid_from", Date, nullable=False),
        Column("valid_to", Date),
        Column("source", String, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_endpoints"),
    )


def _endpoint_state() -> None:
    op.create_table(
        "endpoint_state",
        Column("endpoint_id", String, nullable=False),
        Column("state", String, nullable=False),
        Column("since_at", UTCDateTime, nullable=False),
        Column("observed_at", UTCDateTime, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("latency_ms", Float),
        Column("detail", String),
        Column("source", String, nullable=False),
        Column("feed", String),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("endpoint_id", name="pk_endpoint_state"),
    )


def _endpoint_changes() -> None:
    op.create_table(
        "endpoint_changes",
        Column("endpoint_id", String, nullable=False),
        Column("at", UTCDateTime, nullable=False),
        Column("state", String, nullable=False),
        Column("previous", String),
        Column("detail", String),
        Column("source", String, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("endpoint_id", "at", name="pk_endpoint_changes"),
    )
    op.create_index("ix_endpoint_changes_at", "endpoint_changes", ["at"])


def _endpoint_samples() -> None:
    op.create_table(
        "endpoint_samples",
        Column("ts", Integer, nullable=False),
        Column("endpoint_id", String, nullable=False),
        Column("up", Boolean),
        Column("latency_ms", Float),
        PrimaryKeyConstraint("ts", "endpoint_id", name="pk_endpoint_samples"),
        sqlite_with_rowid=False,
    )


def _endpoint_hourly() -> None:
    op.create_table(
        "endpoint_hourly",
        Column("endpoint_id", String, nullable=False),
        Column("hour_ts", Integer, nullable=False),
        Column("samples", Integer, nullable=False),
        Column("up_samples", Integer, nullable=False),
        Column("unknown_samples", Integer, nullable=False),
        PrimaryKeyConstraint("endpoint_id", "hour_ts", name="pk_endpoint_hourly"),
        sqlite_with_rowid=False,
    )


def _centres() -> None:
    op.create_table(
        "centres",
        Column("id", String, nullable=False),
        Column("name", String, nullable=False),
        Column("search_key", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("lon", Float, nullable=False),
        Column("lat", Float, nullable=False),
        Column("valid_from", Date, nullable=False),
        Column("valid_to", Date),
        Column("source", String, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_centres"),
    )


def _dossiers() -> None:
    op.create_table(
        "dossiers",
        Column("centre_id", String, nullable=False),
        Column("authority_code", String, nullable=False),
        Column("period", String, nullable=False),
        Column("period_from", Date, nullable=False),
        Column("period_to", Date, nullable=False),
        Column("received", Integer, nullable=False),
        Column("in_progress", Integer, nullable=False),
        Column("due", Integer, nullable=False),
        Column("on_time", Integer, nullable=False),
        Column("overdue", Integer, nullable=False),
        Column("online", Integer, nullable=False),
        Column("satisfied", Integer),
        Column("rated", Integer),
        Column("observed_at", UTCDateTime, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("source", String, nullable=False),
        Column("feed", String),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("centre_id", "authority_code", "period", name="pk_dossiers"),
    )
    op.create_index("ix_dossiers_period_from", "dossiers", ["period_from"])


def _indicators() -> None:
    op.create_table(
        "indicators",
        Column("key", String, nullable=False),
        Column("name_vi", String, nullable=False),
        Column("name_en", String, nullable=False),
        Column("unit", String, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("key", name="pk_indicators"),
    )


def _indicator_values() -> None:
    op.create_table(
        "indicator_values",
        Column("indicator", String, nullable=False),
        Column("unit_code", String, nullable=False),
        Column("scope", String, nullable=False),
        Column("label_vi", String, nullable=False),
        Column("period", String, nullable=False),
        Column("source", String, nullable=False),
        Column("label_en", String, nullable=False),
        Column("value", Float, nullable=False),
        Column("comparator", String, nullable=False),
        Column("true_on", Date),
        Column("stored_at", UTCDateTime, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        PrimaryKeyConstraint("indicator", "unit_code", "scope", "label_vi", "period", "source", name="pk_indicator_values"),
    )


def _targets() -> None:
    op.create_table(
        "targets",
        Column("indicator", String, nullable=False),
        Column("unit_code", String, nullable=False),
        Column("scope", String, nullable=False),
        Column("label_vi", String, nullable=False),
        Column("due_on", Date, nullable=False),
        Column("source", String, nullable=False),
        Column("label_en", String, nullable=False),
        Column("value", Float, nullable=False),
        Column("comparator", String, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("indicator", "unit_code", "scope", "label_vi", "due_on", "source", name="pk_targets"),
    )


def _feeds() -> None:
    op.create_table(
        "feeds",
        Column("key", String, nullable=False),
        Column("title_vi", String, nullable=False),
        Column("title_en", String, nullable=False),
        Column("connector", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("source", String, nullable=False),
        Column("every_s", Integer, nullable=False),
        Column("late_after_s", Integer, nullable=False),
        Column("stale_after_s", Integer, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("synthetic", Boolean, nullable=False),
        Column("last_ok_at", UTCDateTime),
        Column("true_at", UTCDateTime),
        Column("next_run_at", UTCDateTime),
        Column("run_requested_at", UTCDateTime),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("key", name="pk_feeds"),
    )


def _feed_runs() -> None:
    op.create_table(
        "feed_runs",
        Column("id", Integer, nullable=False, autoincrement=True),
        Column("feed", String, nullable=False),
        Column("started_at", UTCDateTime, nullable=False),
        Column("finished_at", UTCDateTime, nullable=False),
        Column("state", String, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("item", String),
        Column("bytes", Integer),
        Column("content_hash", String),
        Column("rows_read", Integer, nullable=False),
        Column("rows_added", Integer, nullable=False),
        Column("rows_changed", Integer, nullable=False),
        Column("rows_unchanged", Integer, nullable=False),
        Column("rows_rejected", Integer, nullable=False),
        Column("true_at", UTCDateTime),
        Column("error_code", String),
        Column("error_args", JSON),
        Column("worker", String, nullable=False),
        PrimaryKeyConstraint("id", name="pk_feed_runs"),
    )
    op.create_index("ix_feed_runs_feed_started_at", "feed_runs", ["feed", "started_at"])


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        Column("id", Integer, nullable=False, autoincrement=True),
        Column("run_id", Integer, nullable=False),
        Column("feed", String, nullable=False),
        Column("item", String),
        Column("row_number", Integer, nullable=False),
        Column("reason_code", String, nullable=False),
        Column("reason_args", JSON, nullable=False),
        Column("raw", JSON, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_quarantine"),
    )
    op.create_index("ix_quarantine_feed_run_id", "quarantine", ["feed", "run_id"])


def _versions() -> None:
    op.create_table(
        "versions",
        Column("layer", String, nullable=False),
        Column("version", Integer, nullable=False),
        Column("changed_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("layer", name="pk_versions"),
    )


def _workers() -> None:
    op.create_table(
        "workers",
        Column("name", String, nullable=False),
        Column("host", String, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("leader", Boolean, nullable=False),
        Column("started_at", UTCDateTime, nullable=False),
        Column("beat_at", UTCDateTime, nullable=False),
        PrimaryKeyConstraint("name", name="pk_workers"),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        Column("key", String, nullable=False),
        Column("value", Text, nullable=False),
        PrimaryKeyConstraint("key", name="pk_meta"),
    )
