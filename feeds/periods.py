"""Periods as sources write them, by one name each: a day "2026-09-30", a month "2026-09", a quarter "2026-Q3", a year "2026"."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache

from feeds.cells import fold
from feeds.date_format import DateFormat, date_format

_FORMS = (
    "yyyy-MM-dd",
    "dd/MM/yyyy",
    "yyyy-MM",
    "MM/yyyy",
    "tháng MM/yyyy",
    "tháng MM năm yyyy",
    "quý Q/yyyy",
    "quý Q năm yyyy",
    "năm yyyy",
    "yyyy",
)
_QUARTER = re.compile(r"(\d{4})-?q([1-4])")


@cache
def _forms() -> tuple[DateFormat, ...]:
    return tuple(form for text in _FORMS if (form := date_format(text)) is not None)


def period(value: object) -> tuple[str, date, date] | None:
    """Name, first and last day; None when it is no period. "3/2026" is a month, a quarter needs its word or its letter."""
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return day.isoformat(), day, day
    text = fold(int(value) if isinstance(value, float) and value.is_integer() else value)
    quarter = _QUARTER.fullmatch(text)
    text = f"quý {quarter[2]}/{quarter[1]}" if quarter else text
    return next((found for form in _forms() if (found := form.span(text))), None)
