"""Systems that the province runs or depends on: LGSP connections, services of the data centre, nodes of the network.

The register, the state now, and its changes.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, Index, String, Table

from store.schema.base import key, metadata, synthetic, three_times, told
from store.schema.history import keeps_history
from store.types import UTCDateTime

systems = Table(
    "systems",
    metadata,
    key("id"),
    Column("name", String, nullable=False),
    Column("search_key", String, nullable=False),
    Column("kind", String, nullable=False),  # connection | service | node
    Column("owner", String),
    Column("contact", String),
    Column("lon", Float),
    Column("lat", Float),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", String, nullable=False),
    synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
    *told(),
)
systems_history = keeps_history(systems, "id")

system_state = Table(
    "system_state",
    metadata,
    key("system_id"),
    Column("state", String, nullable=False),  # up | degraded | down | unknown
    Column("since_at", UTCDateTime, nullable=False),
    *three_times(),
    Column("volume", Float),  # exchanged since the day began, in bytes or messages as the source counts
    Column("last_exchange_at", UTCDateTime),
    Column("detail", String),
    Column("source", String, nullable=False),
    Column("feed", String),
    synthetic(),
)

system_changes = Table(
    "system_changes",
    metadata,
    key("system_id"),
    key("at", UTCDateTime),
    Column("state", String, nullable=False),
    Column("previous", String),
    Column("detail", String),
    Column("source", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    synthetic(),
    Index(None, "at"),
)
system_changes_history = keeps_history(system_changes, "system_id")
