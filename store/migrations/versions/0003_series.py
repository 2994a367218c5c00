"""Samples and their sums keyed by small integers, for anything that is up or down; sums by day too; partitions on PostgreSQL."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
)

revision = "0003"
down_revision = "0002"

DAY_S = 86_400

# A sample spoke for 30 s unless the feed was told otherwise, which the store did not keep; more of them in an hour mean a shorter span.
_SPANS = """
    SELECT series.id, series.key, CASE WHEN max(hours.samples) > 120 THEN 3600 / max(hours.samples) ELSE 30 END AS span_s
    FROM series LEFT JOIN endpoint_hourly AS hours ON hours.endpoint_id = series.key
    WHERE series.what = 'endpoint' GROUP BY series.id, series.key
"""
_SERIES = """
    INSERT INTO series (id, what, key)
    SELECT row_number() OVER (ORDER BY endpoint_id), 'endpoint', endpoint_id
    FROM (SELECT endpoint_id FROM endpoint_hourly UNION SELECT endpoint_id FROM endpoint_samples) AS sampled
"""
_SAMPLES = f"""
    INSERT INTO series_samples (ts, series_id, latency_us, span_s, up)
    SELECT ts, id, CASE WHEN latency_ms BETWEEN 0 AND 2000000 THEN CAST(round(latency_ms * 1000) AS INTEGER) END, span_s, up
    FROM endpoint_samples JOIN ({_SPANS}) AS spans ON endpoint_id = key ORDER BY ts, id
"""
_HOURS = f"""
    INSERT INTO series_hourly (hour, series_id, up_s, down_s, unknown_s)
    SELECT hour_ts / 3600, id, up_samples * span_s, (samples - up_samples - unknown_samples) * span_s, unknown_samples * span_s
    FROM endpoint_hourly JOIN ({_SPANS}) AS spans ON endpoint_id = key ORDER BY 1, 2
"""
_DAYS = """
    INSERT INTO series_daily (day, series_id, up_s, down_s, unknown_s)
    SELECT (hour + 7) / 24, series_id, sum(up_s), sum(down_s), sum(unknown_s) FROM series_hourly GROUP BY 1, 2 ORDER BY 1, 2
"""
# What is older than the oldest raw sample has been counted and forgotten.
_KEPT_FROM = """
    INSERT INTO meta (key, value)
    SELECT 'samples_kept_from', CAST(from_ts AS TEXT)
    FROM (SELECT coalesce((SELECT min(ts) FROM endpoint_samples), (SELECT max(hour_ts) + 3600 FROM endpoint_hourly)) AS from_ts) AS kept
    WHERE from_ts IS NOT NULL
"""


def upgrade() -> None:
    connection = op.get_bind()
    _series()
    _samples()
    _sums("series_hourly", "hour")
    _sums("series_daily", "day")
    op.execute(_SERIES)
    if connection.dialect.name == "postgresql":
        _partitions(connection)
    for statement in (_SAMPLES, _HOURS, _DAYS, _KEPT_FROM):
        op.execute(statement)
    op.drop_table("endpoint_samples")
    op.drop_table("endpoint_hourly")


def _series() -> None:
    op.create_table(
        "series",
        Column("id", Integer, nullable=False, autoincrement=False),
        Column("what", String, nullable=False),
        Column("key", String, nullable=False),
        PrimaryKeyConstraint("id", name="pk_series"),
    )
    op.create_index("ix_series_what_key", "series", ["what", "key"], unique=True)


def _samples() -> None:
    op.create_table(
        "series_samples",
        Column("ts", BigInteger, nullable=False),
        Column("series_id", Integer, nullable=False),
        Column("latency_us", Integer),
        Column("span_s", SmallInteger, nullable=False),
        Column("up", Boolean),
        PrimaryKeyConstraint("ts", "series_id", name="pk_series_samples"),
        sqlite_with_rowid=False,
        postgresql_partition_by="RANGE (ts)",
    )


def _sums(name: str, period: str) -> None:
    op.create_table(
        name,
        Column(period, Integer, nullable=False),
        Column("series_id", Integer, nullable=False),
        Column("up_s", Integer, nullable=False),
        Column("down_s", Integer, nullable=False),
        Column("unknown_s", Integer, nullable=False),
        PrimaryKeyConstraint(period, "series_id", name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def _partitions(connection: Connection) -> None:
    op.execute("CREATE TABLE series_samples_other PARTITION OF series_samples DEFAULT")
    for (day,) in connection.exec_driver_sql(f"SELECT DISTINCT ts / {DAY_S} FROM endpoint_samples").all():
        name = connection.exec_driver_sql(f"SELECT to_char(to_timestamp({day * DAY_S}) AT TIME ZONE 'UTC', 'YYYYMMDD')").scalar()
        op.execute(
            f"CREATE TABLE series_samples_{name} PARTITION OF series_samples FOR VALUES FROM ({day * DAY_S}) TO ({(day + 1) * DAY_S})"
        )
