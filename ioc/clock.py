"""Time on screen is Asia/Ho_Chi_Minh; time in the store is UTC. A day lasts until its last moment there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EARLIEST = date(1900, 1, 1)  # what is asked of earlier days was mistyped


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return now().astimezone(ZONE).date()


def is_past_day(day: date) -> bool:
    """Whether anything can be asked of a day: today, or one before it, not from before 1900."""
    return EARLIEST <= day <= today()


def is_past(at: datetime) -> bool:
    """Whether a moment, aware or of Viet Nam, has been, not before 1900."""
    if at.date() <= EARLIEST:
        return False
    return (at.replace(tzinfo=ZONE) if at.tzinfo is None else at) <= now()


def end_of_day(day: date) -> datetime:
    """The last microsecond of `day` in Viet Nam, in UTC."""
    following = datetime.combine(day + timedelta(days=1), time.min, ZONE)
    return following.astimezone(UTC) - timedelta(microseconds=1)


def parse(text: str) -> datetime:
    """A moment as ISO 8601 writes it, to the minute or finer; without an offset it is Viet Nam's. Raises ValueError.

    A day alone is no moment.
    """
    if "T" not in text:
        raise ValueError(f"{text!r} names no time of day")
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=ZONE).astimezone(UTC) if at.tzinfo is None else at.astimezone(UTC)


def written(at: datetime) -> str:
    """A moment as Viet Nam's clocks show it, in ISO 8601 without an offset, no finer than it is: "2026-11-20T08:00"."""
    there = local(at).replace(tzinfo=None)
    return there.isoformat(timespec="auto" if there.second or there.microsecond else "minutes")


def local(at: datetime) -> datetime:
    return at.astimezone(ZONE)


def iso(at: datetime) -> str:
    """UTC with milliseconds and Z, as the browser reads it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
