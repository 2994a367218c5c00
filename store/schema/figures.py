"""Published indicators and the targets they are held against."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, String, Table

from store.schema.base import key, metadata, synthetic, told
from store.schema.history import keeps_history
from store.types import UTCDateTime

indicators = Table(
    "indicators",
    metadata,
    key("key"),
    Column("name_vi", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("unit", String, nullable=False),  # percent | count | ratio | percent_per_year
    Column("stored_at", UTCDateTime, nullable=False),
)
indicators_history = keeps_history(indicators, "key")

indicator_values = Table(
    "indicator_values",
    metadata,
    key("indicator"),
    key("unit_code"),
    key("scope"),  # whose figure: province | district | commune | village, or a district's name
    key("label_vi"),
    key("period"),  # as published: "2021", "2022-04-30", "" when undated
    key("source"),
    Column("label_en", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("comparator", String, nullable=False),  # = | > | >= | ~
    Column("true_on", Date),  # last day of the period; NULL when undated
    Column("stored_at", UTCDateTime, nullable=False),
    synthetic(),
    *told(),
)
indicator_values_history = keeps_history(indicator_values, "unit_code")

targets = Table(
    "targets",
    metadata,
    key("indicator"),
    key("unit_code"),
    key("scope"),
    key("label_vi"),
    key("due_on", Date),
    key("source"),
    Column("label_en", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("comparator", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    *told(),
    Column("synthetic", Boolean),
)
targets_history = keeps_history(targets, "unit_code")
