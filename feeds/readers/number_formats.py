"""What a number format of a spreadsheet says about its cells."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal

from feeds.readers.values import Month, Percent, Year

Meaning = Literal["", "percent", "month", "year"]
BUILT_IN: dict[int, Meaning] = {9: "percent", 10: "percent", 17: "month"}
"""Those of Excel's own formats, by number, that mean more than a number or a day."""

DAY_ZERO_1900, DAY_ZERO_1904 = date(1899, 12, 30), date(1904, 1, 1)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


@cache
def meaning(code: str) -> Meaning:
    """Of a format such as 0.0% (a share), mm/yyyy (a month), yyyy (a year); "" for a number, a text, a day or a time."""
    shown = _LITERAL.sub("", code).split(";")[0].casefold()
    if "general" in shown or "@" in shown:
        return ""
    if "%" in shown:
        return "percent"
    letters = set(shown) & set("ymdhs")
    if letters == {"y", "m"}:
        return "month"
    return "year" if letters == {"y"} else ""


def meant(value: Any, said: Meaning, day_zero: date) -> Any:
    """`value` of a cell with a format that says `said`; texts and booleans mean themselves."""
    if said == "percent":
        return Percent(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    day = _day(value, day_zero)
    if day is None:
        return value
    kind = Month if said == "month" else Year
    return kind(day.year, day.month, day.day)


def _day(value: Any, day_zero: date) -> date | None:
    if isinstance(value, datetime | date):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 200_000:
        return None
    return day_zero + timedelta(days=int(value))
