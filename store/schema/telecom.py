"""Operators, technologies, and what each source says about the coverage of a village."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, Index, Integer, String, Table

from store.schema.base import key, metadata, synthetic, told
from store.schema.history import keeps_history
from store.types import UTCDateTime

operators = Table(
    "operators",
    metadata,
    key("key"),
    Column("name", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
    Column("colour", String),  # "#rrggbb"; NULL: none of its own
    Column("source", String),
    *told(),
)
operators_history = keeps_history(operators, "key")

# What each operator offers, and when; an operator without rows has not said, and may offer anything.
operator_technologies = Table(
    "operator_technologies",
    metadata,
    key("operator"),
    key("technology"),
    Column("valid_from", Date),  # first day in service; NULL: always
    Column("valid_to", Date),  # last day in service; NULL: still
    synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
)
operator_technologies_history = keeps_history(operator_technologies, "operator")

technologies = Table(
    "technologies",
    metadata,
    key("key"),  # 2g | 3g | 4g | 5g | broadband | …
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),  # mobile | fixed
    Column("position", Integer, nullable=False),
    Column("valid_from", Date),  # first day in service; NULL: always
    Column("valid_to", Date),  # last day in service; NULL: still
    Column("source", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
)
technologies_history = keeps_history(technologies, "key")

# One row for each time a source's word about (village, operator, technology) changed. `observed_at`: since when it says so;
# `confirmed_at`: the last time it said the same again.
coverage = Table(
    "coverage",
    metadata,
    key("village_id"),
    key("operator"),
    key("technology"),
    key("method"),  # declared | measured | reported
    key("source"),
    key("observed_at", UTCDateTime),
    Column("status", String, nullable=False),  # covered | weak | none
    Column("confirmed_at", UTCDateTime, nullable=False),
    Column("reported_at", UTCDateTime, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    Column("feed", String),
    synthetic(),
    Index(None, "observed_at"),
    sqlite_with_rowid=False,
)
coverage_history = keeps_history(coverage, "village_id")

# Which word counts where several disagree, as the configuration declares it; read by `store.precedence`.
coverage_precedence = Table(
    "coverage_precedence",
    metadata,
    key("rule"),  # outranks | replaced
    key("name"),  # outranks: a method; replaced: a source
    Column("value", String, nullable=False),  # outranks: days; replaced: the source that took its place
    Column("stored_at", UTCDateTime, nullable=False),
)
coverage_precedence_history = keeps_history(coverage_precedence, "name")

# Base stations, as the operators list them.
sites = Table(
    "sites",
    metadata,
    key("id"),
    Column("name", String, nullable=False),
    Column("search_key", String, nullable=False),
    Column("operator", String, nullable=False),
    Column("technologies", String, nullable=False),  # keys, space between: "2g 4g"
    Column("status", String, nullable=False),  # on_air | planned | off
    Column("height_m", Float),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", String, nullable=False),
    synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
    *told(),
    Index(None, "lon", "lat"),
)
sites_history = keeps_history(sites, "id")
