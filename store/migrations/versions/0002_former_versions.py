"""Twins that keep the former versions of rows, so that a screen of the past can be shown as it was known then."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Integer, String

from store.migrations.twins import make_twin
from store.types import Geometry, UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _units()
    _crosswalk()
    _villages()
    _place_units()
    _operators()
    _technologies()
    _coverage()
    _endpoints()
    _centres()
    _dossiers()
    _indicators()
    _indicator_values()
    _targets()
    _feeds()


def _units() -> None:
    make_twin(
        "units",
        Column("code", String),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("level", String),
        Column("kind", String),
        Column("name", String),
        Column("full_name", String),
        Column("search_key", String),
        Column("parent_code", String),
        Column("grouping_code", String),
        Column("lon", Float),
        Column("lat", Float),
        Column("outline", Geometry),
        Column("outline_source", String),
        Column("outline_licence", String),
        Column("outline_schematic", Boolean),
        Column("area_km2", Float),
        Column("stored_at", UTCDateTime),
        key=("code", "valid_from"),
        found_by="code",
    )


def _crosswalk() -> None:
    make_twin(
        "crosswalk",
        Column("old_code", String),
        Column("old_valid_from", Date),
        Column("new_code", String),
        Column("new_valid_from", Date),
        Column("share", Float),
        Column("method", String),
        Column("source", String),
        Column("stored_at", UTCDateTime),
        key=("old_code", "old_valid_from", "new_code", "new_valid_from"),
        found_by="new_code",
    )


def _villages() -> None:
    make_twin(
        "villages",
        Column("id", String),
        Column("name", String),
        Column("search_key", String),
        Column("lon", Float),
        Column("lat", Float),
        Column("population", Integer),
        Column("households", Integer),
        Column("grid_power", Boolean),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("source", String),
        Column("synthetic", Boolean),
        Column("stored_at", UTCDateTime),
        key=("id",),
        found_by="id",
    )


def _place_units() -> None:
    make_twin(
        "place_units",
        Column("place_kind", String),
        Column("place_id", String),
        Column("unit_valid_from", Date),
        Column("unit_code", String),
        Column("unit_valid_to", Date),
        Column("stored_at", UTCDateTime),
        key=("place_kind", "place_id", "unit_valid_from"),
        found_by="place_id",
    )


def _operators() -> None:
    make_twin(
        "operators",
        Column("key", String),
        Column("name", String),
        Column("position", Integer),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("synthetic", Boolean),
        Column("stored_at", UTCDateTime),
        key=("key",),
        found_by="key",
    )


def _technologies() -> None:
    make_twin(
        "technologies",
        Column("key", String),
        Column("name", String),
        Column("kind", String),
        Column("position", Integer),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("source", String),
        Column("stored_at", UTCDateTime),
        key=("key",),
        found_by="key",
    )


def _coverage() -> None:
    make_twin(
        "coverage",
        Column("village_id", String),
        Column("operator", String),
        Column("technology", String),
        Column("method", String),
        Column("source", String),
        Column("observed_at", UTCDateTime),
        Column("status", String),
        Column("confirmed_at", UTCDateTime),
        Column("reported_at", UTCDateTime),
        Column("stored_at", UTCDateTime),
        Column("feed", String),
        Column("synthetic", Boolean),
        key=("village_id", "operator", "technology", "method", "source", "observed_at"),
        found_by="village_id",
    )


def _endpoints() -> None:
    make_twin(
        "endpoints",
        Column("id", String),
        Column("name", String),
        Column("search_key", String),
        Column("level", String),
        Column("lon", Float),
        Column("lat", Float),
        Column("address", String),
        Column("contact", String),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("source", String),
        Column("synthetic", Boolean),
        Column("stored_at", UTCDateTime),
        key=("id",),
        found_by="id",
    )


def _centres() -> None:
    make_twin(
        "centres",
        Column("id", String),
        Column("name", String),
        Column("search_key", String),
        Column("kind", String),
        Column("lon", Float),
        Column("lat", Float),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("source", String),
        Column("synthetic", Boolean),
        Column("stored_at", UTCDateTime),
        key=("id",),
        found_by="id",
    )


def _dossiers() -> None:
    make_twin(
        "dossiers",
        Column("centre_id", String),
        Column("authority_code", String),
        Column("period", String),
        Column("period_from", Date),
        Column("period_to", Date),
        Column("received", Integer),
        Column("in_progress", Integer),
        Column("due", Integer),
        Column("on_time", Integer),
        Column("overdue", Integer),
        Column("online", Integer),
        Column("satisfied", Integer),
        Column("rated", Integer),
        Column("observed_at", UTCDateTime),
        Column("reported_at", UTCDateTime),
        Column("stored_at", UTCDateTime),
        Column("source", String),
        Column("feed", String),
        Column("synthetic", Boolean),
        key=("centre_id", "authority_code", "period"),
        found_by="centre_id",
    )


def _indicators() -> None:
    make_twin(
        "indicators",
        Column("key", String),
        Column("name_vi", String),
        Column("name_en", String),
        Column("unit", String),
        Column("stored_at", UTCDateTime),
        key=("key",),
        found_by="key",
    )


def _indicator_values() -> None:
    make_twin(
        "indicator_values",
        Column("indicator", String),
        Column("unit_code", String),
        Column("scope", String),
        Column("label_vi", String),
        Column("period", String),
        Column("source", String),
        Column("label_en", String),
        Column("value", Float),
        Column("comparator", String),
        Column("true_on", Date),
        Column("stored_at", UTCDateTime),
        Column("synthetic", Boolean),
        key=("indicator", "unit_code", "scope", "label_vi", "period", "source"),
        found_by="unit_code",
    )


def _targets() -> None:
    make_twin(
        "targets",
        Column("indicator", String),
        Column("unit_code", String),
        Column("scope", String),
        Column("label_vi", String),
        Column("due_on", Date),
        Column("source", String),
        Column("label_en", String),
        Column("value", Float),
        Column("comparator", String),
        Column("stored_at", UTCDateTime),
        key=("indicator", "unit_code", "scope", "label_vi", "due_on", "source"),
        found_by="unit_code",
    )


def _feeds() -> None:
    make_twin(
        "feeds",
        Column("key", String),
        Column("title_vi", String),
        Column("title_en", String),
        Column("connector", String),
        Column("kind", String),
        Column("source", String),
        Column("every_s", Integer),
        Column("late_after_s", Integer),
        Column("stale_after_s", Integer),
        Column("enabled", Boolean),
        Column("synthetic", Boolean),
        Column("last_ok_at", UTCDateTime),
        Column("true_at", UTCDateTime),
        Column("next_run_at", UTCDateTime),
        Column("run_requested_at", UTCDateTime),
        Column("stored_at", UTCDateTime),
        key=("key",),
        found_by="key",
    )
