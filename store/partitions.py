"""PostgreSQL's partitions of the raw samples: one for each UTC day, made ahead, dropped whole.

A sample of a day that has none yet lies in `series_samples_other` until the day's partition is made, and then moves there.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

DAY_S = 86_400
DAYS_AHEAD = 3
DAYS_A_PASS = 7
PATIENCE = "SET LOCAL lock_timeout = '2s'"  # whoever waits for such a lock makes everybody behind wait too

_OTHER = "series_samples_other"
_CHILDREN = """
    SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
    WHERE inhparent = 'series_samples'::regclass AND child.relname ~ '^series_samples_[0-9]{8}$' ORDER BY 1
"""


def days(connection: Connection) -> list[int]:
    """The days that have a partition, as days since 1970 UTC."""
    return [_day(name) for (name,) in connection.exec_driver_sql(_CHILDREN)]


def missing(connection: Connection, now_ts: int) -> list[int]:
    """Of today, the next days and the days of samples that lie in no partition: those that have none yet."""
    today = now_ts // DAY_S
    astray = (day for (day,) in connection.exec_driver_sql(f"SELECT DISTINCT ts / {DAY_S} FROM {_OTHER}"))
    return sorted({*range(today, today + DAYS_AHEAD + 1), *astray} - set(days(connection)))


def make(connection: Connection, day: int) -> bool:
    """A partition for a day without one, with the day's samples; False, and nothing done, when somebody reads them for too long."""
    return day in days(connection) or _patiently(connection, *_making(day))


def drop_before(connection: Connection, before_ts: int) -> int:
    """Drop the partitions of the oldest days that ended by `before_ts`, and stray samples older than it; how many days went."""
    old = [day for day in days(connection) if (day + 1) * DAY_S <= before_ts][:DAYS_A_PASS]
    dropped = sum(_patiently(connection, f"DROP TABLE {_name(day)}") for day in old)
    connection.exec_driver_sql(f"DELETE FROM {_OTHER} WHERE ts < {before_ts}")
    return dropped


def _making(day: int) -> list[str]:
    name, start, end = _name(day), day * DAY_S, (day + 1) * DAY_S
    return [
        f"CREATE TABLE {name} (LIKE series_samples INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)",
        f"INSERT INTO {name} SELECT * FROM {_OTHER} WHERE ts >= {start} AND ts < {end}",
        f"DELETE FROM {_OTHER} WHERE ts >= {start} AND ts < {end}",
        f"ALTER TABLE series_samples ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})",
    ]


def _patiently(connection: Connection, *statements: str) -> bool:
    """Run the statements together; False, and nothing done, when somebody holds the table: the next chore tries again."""
    try:
        with connection.begin_nested():
            for statement in (PATIENCE, *statements):
                connection.exec_driver_sql(statement)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        return False
    return True


def _name(day: int) -> str:
    return f"series_samples_{datetime.fromtimestamp(day * DAY_S, UTC):%Y%m%d}"


def _day(name: str) -> int:
    return int(datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).timestamp()) // DAY_S
