"""Time on screen is Asia/Ho_Chi_Minh; time in the store is UTC. A day lasts until its last moment there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return now().astimezone(ZONE).date()


def end_of_day(day: date) -> datetime:
    """The last microsecond of `day` in Viet Nam, in UTC."""
    following = datetime.combine(day + timedelta(days=1), time.min, ZONE)
    return following.astimezone(UTC) - timedelta(microseconds=1)


def moment(as_of: date | None) -> datetime:
    """The moment a screen shows: the end of `as_of`, or now when the day is not over."""
    return now() if as_of is None else min(now(), end_of_day(as_of))


def local(at: datetime) -> datetime:
    return at.astimezone(ZONE)


def iso(at: datetime) -> str:
    """UTC with milliseconds and Z, as the browser reads it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
