"""Video-conference endpoints: the register, the state now and its changes. Samples of them are in `store.schema.sampling`."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, Index, String, Table

from store.schema.base import key, metadata, synthetic, three_times, told
from store.schema.history import keeps_history
from store.types import UTCDateTime

endpoints = Table(
    "endpoints",
    metadata,
    key("id"),
    Column("name", String, nullable=False),
    Column("search_key", String, nullable=False),
    Column("level", String, nullable=False),  # centre | province | district | commune
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("address", String),  # of the probe: host:port, or with a scheme (sip:host:5060); NULL when only its system reports it
    Column("contact", String),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", String, nullable=False),
    synthetic(),
    Column("stored_at", UTCDateTime, nullable=False),
    *told(),
)
endpoints_history = keeps_history(endpoints, "id")

endpoint_state = Table(
    "endpoint_state",
    metadata,
    key("endpoint_id"),
    Column("state", String, nullable=False),  # up | down | unknown
    Column("since_at", UTCDateTime, nullable=False),
    *three_times(),
    Column("latency_ms", Float),
    Column("detail", String),
    Column("source", String, nullable=False),
    Column("feed", String),
    synthetic(),
)

endpoint_changes = Table(
    "endpoint_changes",
    metadata,
    key("endpoint_id"),
    key("at", UTCDateTime),
    Column("state", String, nullable=False),
    Column("previous", String),
    Column("detail", String),
    Column("source", String, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    synthetic(),
    Index(None, "at"),
)
endpoint_changes_history = keeps_history(endpoint_changes, "endpoint_id")

meetings = Table(
    "meetings",
    metadata,
    key("id"),
    Column("title", String, nullable=False),
    Column("starts_at", UTCDateTime, nullable=False),
    Column("ends_at", UTCDateTime),
    Column("host", String),
    Column("status", String, nullable=False),  # planned | held | cancelled
    *three_times(),
    Column("source", String, nullable=False),
    Column("feed", String),
    synthetic(),
    Index(None, "starts_at"),
)
meetings_history = keeps_history(meetings, "id")

# The endpoints invited to a meeting: who is ready, who is not yet, and whom to call.
meeting_endpoints = Table(
    "meeting_endpoints",
    metadata,
    key("meeting_id"),
    key("endpoint_id"),
    Column("ready", String, nullable=False),  # ready | not_ready | unknown
    Column("contact", String),
    Column("note", String),
    *three_times(),
    Column("source", String, nullable=False),
    Column("feed", String),
    synthetic(),
)
meeting_endpoints_history = keeps_history(meeting_endpoints, "meeting_id")
