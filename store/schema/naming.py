"""Names that no unit or village could be told from: what is open, what people decided, which rows wait for it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, Index, Integer, String, Table

from store.schema.base import key, metadata
from store.types import UTCDateTime

# One row for a name as a feed writes it, however many rows and files it stands in.
name_reviews = Table(
    "name_reviews",
    metadata,
    key("id"),  # store.names.review_id of the next six columns
    Column("feed", String, nullable=False),
    Column("what", String, nullable=False),  # unit | village | word
    Column("structure", String, nullable=False),  # old (until 2025-06-30) | new; of a word its vocabulary
    Column("code", String, nullable=False),  # as written; "" where the feed gives none
    Column("name", String, nullable=False),  # as written
    Column("parent", String, nullable=False),  # as written; of a village the code of its commune
    Column("level", String, nullable=False),  # the level that the feed's rows have; "" for any
    Column("day", Date, nullable=False),  # of the newest record that has it
    Column("reason", String, nullable=False),  # key in the catalogue
    Column("candidates", JSON, nullable=False),  # [{code, name, method?, share?}], the likeliest first
    Column("rows", Integer, nullable=False),  # of the last run that had it
    Column("item", String),  # file or address of that run
    Column("first_seen_at", UTCDateTime, nullable=False),
    Column("last_seen_at", UTCDateTime, nullable=False),
    Index(None, "feed"),
)

# Everything that was ever decided; the newest of a review holds.
name_decisions = Table(
    "name_decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("review_id", String, nullable=False),
    Column("decision", String, nullable=False),  # chosen | ignored | forgotten
    Column("chosen_code", String),  # unit, or village id
    Column("chosen_name", String),
    Column("decided_by", String, nullable=False),
    Column("decided_at", UTCDateTime, nullable=False),
    Index(None, "review_id"),
)

# Rows that can be taken once somebody has decided, as they came; the same row of the same feed waits once.
name_waiting = Table(
    "name_waiting",
    metadata,
    key("feed"),
    key("row_hash"),
    Column("review_id", String, nullable=False),
    Column("item", String),
    Column("row_number", Integer, nullable=False),
    Column("raw", JSON, nullable=False),
    Column("reported_at", UTCDateTime, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    Index(None, "review_id"),
)
