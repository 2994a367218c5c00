"""Time series of what is up or down: raw samples for days, sums by hour and by local day for years.

A sample speaks for the `span_s` seconds from its `ts` on. Sums are seconds; a second that no sample speaks for is in none of them.
Ids are small integers, because every row of the three big tables carries one.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, SmallInteger, String, Table, event

from store.schema.base import key, metadata
from store.types import UTCDateTime

series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("what", String, nullable=False),  # endpoint | …: the register that `key` is an id of; another word once it is removed
    Column("key", String, nullable=False),
    Index(None, "what", "key", unique=True),
    Column("removed_at", UTCDateTime),  # since when its key is none of the register: kept for what was known before
)

# On PostgreSQL one partition for each UTC day (`series_samples_20261121`), and one for days that have none yet.
series_samples = Table(
    "series_samples",
    metadata,
    key("ts", BigInteger),  # seconds since 1970 UTC
    key("series_id", Integer),
    Column("latency_us", Integer),
    Column("span_s", SmallInteger, nullable=False),
    Column("up", Boolean),  # NULL: unknown
    sqlite_with_rowid=False,
    postgresql_partition_by="RANGE (ts)",
)

series_hourly = Table(
    "series_hourly",
    metadata,
    key("hour", Integer),  # hours since 1970 UTC
    key("series_id", Integer),
    Column("up_s", Integer, nullable=False),
    Column("down_s", Integer, nullable=False),
    Column("unknown_s", Integer, nullable=False),
    sqlite_with_rowid=False,
)

series_daily = Table(
    "series_daily",
    metadata,
    key("day", Integer),  # days of Asia/Ho_Chi_Minh since 1970-01-01
    key("series_id", Integer),
    Column("up_s", Integer, nullable=False),
    Column("down_s", Integer, nullable=False),
    Column("unknown_s", Integer, nullable=False),
    sqlite_with_rowid=False,
)

OTHER_DAYS = "CREATE TABLE series_samples_other PARTITION OF series_samples DEFAULT"


@event.listens_for(series_samples, "after_create")
def _make_other_days(_table: Table, connection: Connection, **_: object) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(OTHER_DAYS)
