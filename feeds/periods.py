"""Periods as sources write them, by one name each: a day "2026-09-30", a month "2026-09", a quarter "2026-Q3", a year "2026"."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache

from feeds.cells import fold
from feeds.date_format import DateFormat, date_format
from feeds.readers.values import Month, Year
from feeds.written_days import written

_FORMS = (
    "yyyy-MM",
    "yyyy/MM",
    "MM/yyyy",
    "MM-yyyy",
    "MM.yyyy",
    "tháng MM/yyyy",
    "tháng MM-yyyy",
    "tháng MM năm yyyy",
    "quý Q/yyyy",
    "quý Q-yyyy",
    "quý Q năm yyyy",
    "năm yyyy",
    "yyyy",
)
_MONTH = re.compile(r"t\.?\s*(\d{1,2})\s*[-/]\s*(\d{4})")
_QUARTERS = (re.compile(r"(?P<y>\d{4})\s*[-/ ]?\s*q(?P<q>[1-4])"), re.compile(r"q\s*(?P<q>[1-4])\s*[-/ ]\s*(?P<y>\d{4})"))


@cache
def _forms() -> tuple[DateFormat, ...]:
    return tuple(form for text in _FORMS if (form := date_format(text)) is not None)


def period(value: object) -> tuple[str, date, date] | None:
    """Name, first and last day; None when it is no period. "3/2026" is a month, a quarter needs its word or its letter."""
    if isinstance(value, Month | Year):
        value = str(value)
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return day.isoformat(), day, day
    text = _usual(fold(int(value) if isinstance(value, float) and value.is_integer() else value))
    found = next((found for form in _forms() if (found := form.span(text))), None)
    if found is not None:
        return found
    day_written = written(text)
    if day_written is None:
        return None
    day = day_written.moment.date()
    return day.isoformat(), day, day


def _usual(text: str) -> str:
    """Q4/2026, 2026-Q4, T11/2026 with the word that they stand for."""
    for pattern in _QUARTERS:
        if quarter := pattern.fullmatch(text):
            return f"quý {quarter['q']}/{quarter['y']}"
    return _MONTH.sub(r"tháng \1/\2", text) if _MONTH.fullmatch(text) else text
