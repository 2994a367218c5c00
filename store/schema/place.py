"""Units and their lineage, villages, and which unit a place lies in when."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, String, Table

from store.schema.base import key, metadata, synthetic, told
from store.schema.history import keeps_history
from store.types import Geometry, UTCDateTime

units = Table(
    "units",
    metadata,
    key("code"),
    key("valid_from", Date),
    Column("valid_to", Date),  # last day it was valid; NULL while it is
    Column("level", String, nullable=False),  # province | district | commune
    Column("kind", String, nullable=False),  # tỉnh, thành phố, huyện, thị xã, xã, phường, thị trấn, …
    Column("name", String, nullable=False),  # without the kind: "Him Lam"
    Column("full_name", String, nullable=False),  # with it: "Phường Him Lam"
    Column("search_key", String, nullable=False),  # geo.names.searchkey(full_name)
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
    *told(),
    Column("source", String),
)
units_history = keeps_history(units, "code")

crosswalk = Table(
    "crosswalk",
    metadata,
    key("old_code"),
    key("old_valid_from", Date),
    key("new_code"),
    key("new_valid_from", Date),
    Column("share", Float, nullable=False),  # of the old unit, 0…1; the shares of one old unit sum to 1
    Column("method", String, nullable=False),  # whole | area | equal
    Column("source", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
)
crosswalk_history = keeps_history(crosswalk, "new_code")

villages = Table(
    "villages",
    metadata,
    key("id"),
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
    synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "lon", "lat"),
    *told(),
)
villages_history = keeps_history(villages, "id")

# Which unit an entry of a register lies in, and when: apart from the days on which there is such an entry.
place_units = Table(
    "place_units",
    metadata,
    key("place_kind"),  # village | endpoint | centre | site | system
    key("place_id"),
    key("unit_valid_from", Date),
    Column("unit_code", String, nullable=False),  # a commune, a district or the province
    Column("unit_valid_to", Date),  # last day; before unit_valid_from: taken back, it never lay there
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "unit_code", "unit_valid_from"),
)
place_units_history = keeps_history(place_units, "place_id")

# What an entry of a register was in earlier days, where it has changed on a day that its list names; the register has what it is now.
former_values = Table(
    "former_values",
    metadata,
    key("register"),  # villages | endpoints | centres | sites | systems
    key("entry_id"),
    key("valid_from", Date),
    Column("valid_to", Date, nullable=False),  # last day; before valid_from: taken back
    Column("said", String, nullable=False),  # JSON: column of the register → value
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "register", "valid_to"),
)
former_values_history = keeps_history(former_values, "entry_id")
