"""Every table of the store, as SQLAlchemy Core.

Times are UTC (`…_at`); geometry is EPSG:4326. A record of something that happened carries three times: when it was true
(`observed_at`), when its source said so (`reported_at`), when it was stored (`stored_at`). `synthetic` marks invented rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Float, Index, Integer, MetaData, String, Table, Text

from store.types import Geometry, UTCDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str, type_: Any = String) -> Column[Any]:
    return Column(name, type_, primary_key=True, nullable=False)


def _synthetic() -> Column[bool]:
    return Column("synthetic", Boolean, nullable=False)


def _three_times() -> tuple[Column[Any], ...]:
    return (
        Column("observed_at", UTCDateTime, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
    )


# ── The place ────────────────────────────────────────────────────────────────────────────────────────────────────────────

units = Table(
    "units",
    metadata,
    _key("code"),
    _key("valid_from", Date),
    Column("valid_to", Date),  # last day it was valid; NULL while it is
    Column("level", String, nullable=False),  # province | district | commune
    Column("kind", String, nullable=False),  # tỉnh, thành phố, huyện, thị xã, xã, phường, thị trấn, …
    Column("name", String, nullable=False),  # without the kind: "Him Lam"
    Column("full_name", String, nullable=False),  # with it: "Phường Him Lam"
    Column("search_key", String, nullable=False),  # geo.names.search_key(full_name)
    Column("parent_code", String),  # unit one level up, valid on the same day; NULL for a province
    Column("grouping_code", String),  # the former district of a commune that has none
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("outline", Geometry),
    Column("outline_source", String),
    Column("outline_licence", String),
    Column("outline_schematic", Boolean, nullable=False, default=True),
    Column("area_km2", Float),
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "parent_code"),
    Index(None, "level", "valid_from"),
)

crosswalk = Table(
    "crosswalk",
    metadata,
    _key("old_code"),
    _key("old_valid_from", Date),
    _key("new_code"),
    _key("new_valid_from", Date),
    Column("share", Float, nullable=False),  # of the old unit, 0…1; the shares of one old unit sum to 1
    Column("method", String, nullable=False),  # whole | area | equal
    Column("source", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
)

villages = Table(
    "villages",
    metadata,
    _key("id"),
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
    _synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "lon", "lat"),
)

# Which commune a village, an endpoint or a centre lies in, and when: the commune changes without the place moving.
place_units = Table(
    "place_units",
    metadata,
    _key("place_kind"),  # village | endpoint | centre
    _key("place_id"),
    _key("unit_valid_from", Date),
    Column("unit_code", String, nullable=False),  # a commune, a district or the province
    Column("unit_valid_to", Date),
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "unit_code", "unit_valid_from"),
)

# ── Coverage ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

operators = Table(
    "operators",
    metadata,
    _key("key"),
    Column("name", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    _synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
)

technologies = Table(
    "technologies",
    metadata,
    _key("key"),  # 2g | 3g | 4g | 5g | broadband | …
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),  # mobile | fixed
    Column("position", Integer, nullable=False),
    Column("valid_from", Date),  # first day in service; NULL: always
    Column("valid_to", Date),  # last day in service; NULL: still
    Column("source", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
)

# One row for each time a source's word about (village, operator, technology) changed. `observed_at`: since when it says so;
# `confirmed_at`: the last time it said the same again.
coverage = Table(
    "coverage",
    metadata,
    _key("village_id"),
    _key("operator"),
    _key("technology"),
    _key("method"),  # declared | measured | reported
    _key("source"),
    _key("observed_at", UTCDateTime),
    Column("status", String, nullable=False),  # covered | weak | none
    Column("confirmed_at", UTCDateTime, nullable=False),
    Column("reported_at", UTCDateTime, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    Column("feed", String),
    _synthetic(),
    Index(None, "observed_at"),
    sqlite_with_rowid=False,
)

# ── Video-conference endpoints ───────────────────────────────────────────────────────────────────────────────────────────

endpoints = Table(
    "endpoints",
    metadata,
    _key("id"),
    Column("name", String, nullable=False),
    Column("search_key", String, nullable=False),
    Column("level", String, nullable=False),  # centre | province | district | commune
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("address", String),  # host:port of the probe; NULL when only its system reports it
    Column("contact", String),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", String, nullable=False),
    _synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
)

endpoint_state = Table(
    "endpoint_state",
    metadata,
    _key("endpoint_id"),
    Column("state", String, nullable=False),  # up | down | unknown
    Column("since_at", UTCDateTime, nullable=False),
    *_three_times(),
    Column("latency_ms", Float),
    Column("detail", String),
    Column("source", String, nullable=False),
    Column("feed", String),
    _synthetic(),
)

endpoint_changes = Table(
    "endpoint_changes",
    metadata,
    _key("endpoint_id"),
    _key("at", UTCDateTime),
    Column("state", String, nullable=False),
    Column("previous", String),
    Column("detail", String),
    Column("source", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    _synthetic(),
    Index(None, "at"),
)

# Raw samples, kept for days; `ts` is seconds since 1970 UTC.
endpoint_samples = Table(
    "endpoint_samples",
    metadata,
    _key("ts", Integer),
    _key("endpoint_id"),
    Column("up", Boolean),  # NULL: unknown
    Column("latency_ms", Float),
    sqlite_with_rowid=False,
)

endpoint_hourly = Table(
    "endpoint_hourly",
    metadata,
    _key("endpoint_id"),
    _key("hour_ts", Integer),  # start of the hour, seconds since 1970 UTC
    Column("samples", Integer, nullable=False),
    Column("up_samples", Integer, nullable=False),
    Column("unknown_samples", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# ── Service centres ──────────────────────────────────────────────────────────────────────────────────────────────────────

centres = Table(
    "centres",
    metadata,
    _key("id"),
    Column("name", String, nullable=False),
    Column("search_key", String, nullable=False),
    Column("kind", String, nullable=False),  # provincial | one_stop
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", String, nullable=False),
    _synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
)

# What one centre received in one period for one competent authority, as last reported; counts are of dossiers.
dossiers = Table(
    "dossiers",
    metadata,
    _key("centre_id"),
    _key("authority_code"),  # unit that is competent; the centre's own when the source does not say
    _key("period", String),  # month: "2026-11"; day: "2026-11-21"
    Column("period_from", Date, nullable=False),
    Column("period_to", Date, nullable=False),
    Column("received", Integer, nullable=False),
    Column("in_progress", Integer, nullable=False),
    Column("due", Integer, nullable=False),  # fell due in the period: denominator of on_time
    Column("on_time", Integer, nullable=False),  # handled on time or early
    Column("overdue", Integer, nullable=False),
    Column("online", Integer, nullable=False),
    Column("satisfied", Integer),
    Column("rated", Integer),
    *_three_times(),
    Column("source", String, nullable=False),
    Column("feed", String),
    _synthetic(),
    Index(None, "period_from"),
)

# ── Indicators and targets ───────────────────────────────────────────────────────────────────────────────────────────────

indicators = Table(
    "indicators",
    metadata,
    _key("key"),
    Column("name_vi", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("unit", String, nullable=False),  # percent | count | ratio | percent_per_year
    Column("stored_at", UTCDateTime, nullable=False),
)

indicator_values = Table(
    "indicator_values",
    metadata,
    _key("indicator"),
    _key("unit_code"),
    _key("scope"),  # whose figure: province | district | commune | village, or a district's name
    _key("label_vi"),
    _key("period"),  # as published: "2021", "2022-04-30", "" when undated
    _key("source"),
    Column("label_en", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("comparator", String, nullable=False),  # = | > | >= | ~
    Column("true_on", Date),  # last day of the period; NULL when undated
    Column("stored_at", UTCDateTime, nullable=False),
    _synthetic(),
)

targets = Table(
    "targets",
    metadata,
    _key("indicator"),
    _key("unit_code"),
    _key("scope"),
    _key("label_vi"),
    _key("due_on", Date),
    _key("source"),
    Column("label_en", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("comparator", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
)

# ── Feeds ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

feeds = Table(
    "feeds",
    metadata,
    _key("key"),
    Column("title_vi", String, nullable=False),
    Column("title_en", String, nullable=False),
    Column("connector", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),
    Column("every_s", Integer, nullable=False),
    Column("late_after_s", Integer, nullable=False),  # age by the source's own time
    Column("stale_after_s", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("last_ok_at", UTCDateTime),  # last run that ended well
    Column("true_at", UTCDateTime),  # the newest moment its source has spoken about
    Column("next_run_at", UTCDateTime),
    Column("run_requested_at", UTCDateTime),  # "run now", set by a dashboard, cleared by the worker
    Column("stored_at", UTCDateTime, nullable=False),
)

feed_runs = Table(
    "feed_runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("feed", String, nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime, nullable=False),
    Column("state", String, nullable=False),  # ok | unchanged | partial | failed
    Column("attempts", Integer, nullable=False, default=1),
    Column("item", String),  # file name or address that was read
    Column("bytes", Integer),
    Column("content_hash", String),
    Column("rows_read", Integer, nullable=False, default=0),
    Column("rows_added", Integer, nullable=False, default=0),
    Column("rows_changed", Integer, nullable=False, default=0),
    Column("rows_unchanged", Integer, nullable=False, default=0),
    Column("rows_rejected", Integer, nullable=False, default=0),
    Column("true_at", UTCDateTime),
    Column("error_code", String),  # key in the catalogue
    Column("error_args", JSON),
    Column("worker", String, nullable=False),
    Index(None, "feed", "started_at"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", Integer, nullable=False),
    Column("feed", String, nullable=False),
    Column("item", String),
    Column("row_number", Integer, nullable=False),  # as the person who opens the file counts: header is 1
    Column("reason_code", String, nullable=False),
    Column("reason_args", JSON, nullable=False),
    Column("raw", JSON, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "feed", "run_id"),
)

# ── The store about itself ───────────────────────────────────────────────────────────────────────────────────────────────

versions = Table(
    "versions",
    metadata,
    _key("layer"),  # a table's name, or "all"
    Column("version", Integer, nullable=False),
    Column("changed_at", UTCDateTime, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    _key("name"),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("leader", Boolean, nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("beat_at", UTCDateTime, nullable=False),
)

meta = Table("meta", metadata, _key("key"), Column("value", Text, nullable=False))
