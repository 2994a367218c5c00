"""The days that a source's rows can speak of. A day outside is a misread number or a slip of the pen, and never stored."""

from __future__ import annotations

from datetime import UTC, date, datetime

FIRST, LAST = date(1975, 1, 1), date(2100, 12, 31)
"""First and last plausible day: 1970-01-01 and 1900-01-01 are what programs make of zero and of an unknown day."""

_FIRST_S = datetime(FIRST.year, 1, 1, tzinfo=UTC).timestamp()
_LAST_S = datetime(LAST.year + 1, 1, 1, tzinfo=UTC).timestamp()
_PER_SECOND = (1, 1_000, 1_000_000)


def plausible(day: date) -> bool:
    """Whether the calendar day of `day` (of a datetime: in its own zone) lies within the range."""
    return (FIRST.year, 1, 1) <= (day.year, day.month, day.day) <= (LAST.year, 12, 31)


def moment_of_number(value: float) -> datetime | None:
    """The moment that a number of seconds, milliseconds or microseconds since 1970 says, or one of the form 20261105 (at its start).

    Naive for the latter, in UTC for the others. The sizes of plausible days in these forms do not overlap; None for every other number.
    """
    for per_second in _PER_SECOND:
        if _FIRST_S <= value / per_second < _LAST_S:
            return datetime.fromtimestamp(value / per_second, UTC)
    return _of_digits(int(value)) if value == int(value) else None


def _of_digits(value: int) -> datetime | None:
    try:
        moment = datetime(value // 10_000, value // 100 % 100, value % 100)  # noqa: DTZ001 - the caller knows the zone
    except ValueError:
        return None
    return moment if plausible(moment) else None
