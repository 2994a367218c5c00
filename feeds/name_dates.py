"""The date in a file's name against the dates in its rows: last month's file under this month's name is not taken."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from feeds.cells import LOCAL, Cells
from feeds.columns import resolve
from feeds.errors import ContentError, RowError
from feeds.periods import period
from feeds.readers.values import Month, Year
from feeds.records import Field
from feeds.tables import Row, Table, header

DAY_FIELDS = ("period", "day", "date", "observed_at", "valid_from")
_PLACES = ("{yyyy}", "{mm}", "{dd}", "{q}")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_PARTS = {
    "{q}": r"(?P<quarter>[1-4]|i{1,3}|iv)",
    "{yyyy}": r"(?P<year>\d{4})",
    "{mm}": r"(?P<month>\d{2})",
    "{dd}": r"(?P<day>\d{2})",
    "*": ".*",
    "?": ".",
}


@dataclass(frozen=True)
class NamedDays:
    """What a name says: its rows are about these days. slack_days: how far outside the newest may lie; column: where rows say theirs."""

    name: str
    first: date
    last: date
    slack_days: int = 0
    column: str = ""


def name_pattern(text: str) -> re.Pattern[str]:
    """A pattern such as "vung-phu_*_{yyyy}-{mm}.csv" or "chi-tieu_{yyyy}-Q{q}.xlsx" as an expression; a quarter may be in Roman numerals.

    Raises ValueError without {yyyy}, for {dd} without {mm}, for {q} beside {mm}, and for a part that is there twice.
    """
    if (
        "{yyyy}" not in text
        or ("{dd}" in text and "{mm}" not in text)
        or ("{q}" in text and "{mm}" in text)
        or any(text.count(part) > 1 for part in _PLACES)
    ):
        raise ValueError("a name with {yyyy}, {yyyy} and {q}, {yyyy} and {mm}, or {yyyy}, {mm} and {dd} expected")
    pieces = re.split(r"(\{yyyy\}|\{mm\}|\{dd\}|\{q\}|\*|\?)", text)
    return re.compile("".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces), re.IGNORECASE)


def days_of(name: str, pattern: str, slack_days: int, column: str) -> NamedDays:
    """The year, quarter, month or day that `name` says. Raises ContentError when it does not fit the pattern."""
    found = name_pattern(pattern).fullmatch(name)
    parts = {} if found is None else {key: _ROMAN.get(text.lower()) or int(text) for key, text in found.groupdict().items()}
    try:
        year, quarter, day = parts["year"], parts.get("quarter"), parts.get("day")
        month, end = (3 * quarter - 2, 3 * quarter) if quarter else (parts.get("month", 1), parts.get("month", 12))
        first = date(year, month, day or 1)
        last = first if day else date(year, end, calendar.monthrange(year, end)[1])
    except (KeyError, ValueError) as error:
        raise ContentError("run.name_unexpected", name=name, pattern=pattern) from error
    return NamedDays(name, first, last, slack_days, column)


def check_days(named: NamedDays, table: Table, mapping: Mapping[str, str], fields: Iterable[Field]) -> None:
    """Raises ContentError when the newest day in the rows is not one that the name says, or when no row says any."""
    headers = _headers(named, table, mapping, fields)
    spans = [span for row in table.rows if (span := _span(row, headers)) is not None]
    if not spans:
        raise ContentError("run.name_no_dates", name=named.name, columns=", ".join(headers.values()) or ", ".join(table.columns[:30]))
    newest = max(spans, key=lambda span: span[1])
    slack = timedelta(days=named.slack_days)
    if newest[1] < named.first - slack or newest[0] > named.last + slack:
        said = _shown(named.first, named.last)
        raise ContentError("run.name_date_differs", name=named.name, said=said, found=_shown(*newest))


def _headers(named: NamedDays, table: Table, mapping: Mapping[str, str], fields: Iterable[Field]) -> dict[str, str]:
    if named.column:
        stated = Field("day")
        return resolve(table, [stated], {"day": header(named.column)})
    known = {field.name: replace(field, required=False) for field in fields if field.name in DAY_FIELDS}
    return resolve(table, [known[name] for name in DAY_FIELDS if name in known], mapping)


def _span(row: Row, headers: Mapping[str, str]) -> tuple[date, date] | None:
    """The days that the first readable cell of the row is about; a cell that cannot be read is for the kind to turn away."""
    cells = Cells(row, headers)
    for name in headers:
        try:
            if not cells.has(name):
                continue
            span = period(cells.raw(name)) if isinstance(cells.raw(name), str | Month | Year) else None
            if span is not None:
                return span[1], span[2]
            day = cells.moment(name).astimezone(LOCAL).date()
        except (RowError, OverflowError):
            continue
        return day, day
    return None


def _shown(first: date, last: date) -> str:
    days: list[Any] = [first.strftime("%d/%m/%Y"), last.strftime("%d/%m/%Y")]
    return days[0] if first == last else " – ".join(days)
