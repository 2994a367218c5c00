"""Dates as a clerk writes down their form, "dd/MM/yyyy HH:mm" or "Quý Q/yyyy", in either case of letters.

`m` is the minute right after the hour, else the month. A form without a day means the whole month, quarter or year.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from feeds.cells import LOCAL, fold

_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"y{4}|y{2}|d{1,2}|m{1,2}|h{1,2}|s{1,2}|q|t")
_PART = {"year": r"\d{4}", "yy": r"\d{2}", "quarter": r"iv|i{1,3}|[1-4]"}
_ONE_OR_TWO = r"\d{1,2}"
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True)
class DateFormat:
    """A form that was understood. parts: what it names (year, quarter, month, day, hour, minute, second)."""

    text: str
    pattern: re.Pattern[str]
    parts: frozenset[str]

    @property
    def order(self) -> str:
        """Whether the day stands before the month ("dm") or after it ("md"); "" when the year stands in front, or no day at all."""
        places = {part: place for part in ("day", "month", "year", "yy") if (place := self.pattern.pattern.find(f"(?P<{part}>")) >= 0}
        if not {"day", "month"} <= places.keys() or min(places, key=lambda part: places[part]) in ("year", "yy"):
            return ""
        return "dm" if places["day"] < places["month"] else "md"

    @property
    def coarse(self) -> bool:
        return "day" not in self.parts

    def span(self, text: str) -> tuple[str, date, date] | None:
        """Name ("2026", "2026-Q3", "2026-09", "2026-09-30"), first and last day of what `text` says; None when it does not fit."""
        found = self._numbers(text)
        if found is None:
            return None
        year, quarter = found["year"], found.get("quarter")
        month = found.get("month", 3 * quarter - 2 if quarter else 1)
        try:
            first = date(year, month, found.get("day", 1))
        except ValueError:
            return None
        if "day" in self.parts:
            return first.isoformat(), first, first
        if "month" in self.parts:
            return f"{year:04d}-{month:02d}", first, _month_end(year, month)
        if quarter:
            return f"{year:04d}-Q{quarter}", first, _month_end(year, month + 2)
        return f"{year:04d}", first, date(year, 12, 31)

    def moment(self, text: str, said_at: datetime) -> datetime | None:
        """The moment that `text` says, in UTC. A whole month, quarter or year is known at its end, or when it was said before that."""
        span = self.span(text)
        if span is None:
            return None
        _, first, last = span
        if self.coarse:
            end = datetime.combine(last + timedelta(days=1), time(), LOCAL).astimezone(UTC) - timedelta(seconds=1)
            begin = datetime.combine(first, time(), LOCAL).astimezone(UTC)
            return max(begin, min(end, said_at))
        found = self._numbers(text) or {}
        try:
            clock = time(found.get("hour", 0), found.get("minute", 0), found.get("second", 0))
        except ValueError:
            return None
        return datetime.combine(first, clock, LOCAL).astimezone(UTC)

    def _numbers(self, text: str) -> dict[str, int] | None:
        match = self.pattern.fullmatch(fold(text))
        if match is None:
            return None
        found = {key: _QUARTERS.get(value) or int(value) for key, value in match.groupdict().items()}
        if "yy" in found:
            found["year"] = 2000 + found.pop("yy")
        return found


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def date_format(text: str) -> DateFormat | None:
    """The form that `text` describes; None when it is none: without a year, with a part twice, or with a day but no month."""
    folded = fold(text)
    pattern, parts, at = "", list[str](), 0
    for match in _tokens(folded):
        name = _name(match[0], parts)
        pattern += re.escape(folded[at : match.start()]) + f"(?P<{name}>{_PART.get(name, _ONE_OR_TWO)})"
        if name in parts:
            return None
        parts.append(name)
        at = match.end()
    pattern += re.escape(folded[at:])
    named = frozenset("year" if part == "yy" else part for part in parts)
    if not _makes_sense(named):
        return None
    return DateFormat(text, re.compile(pattern), named)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """The tokens; a word that is more than tokens ("tháng", "quý") is a word. `t` parts day and hour as ISO 8601 does."""
    for word in _WORD.finditer(text):
        found = list(_TOKEN.finditer(text, word.start(), word.end()))
        if sum(len(match[0]) for match in found) == len(word[0]):
            yield from (match for match in found if match[0] != "t")


def _name(token: str, before: list[str]) -> str:
    if token[0] == "m":
        return "minute" if before[-1:] == ["hour"] else "month"
    if token[0] == "y":
        return "year" if len(token) == 4 else "yy"
    return {"d": "day", "h": "hour", "s": "second", "q": "quarter"}[token[0]]


def _makes_sense(parts: frozenset[str]) -> bool:
    needs = {"day": "month", "hour": "day", "minute": "hour", "second": "minute"}
    return "year" in parts and not {"quarter", "month"} <= parts and all(needs[part] in parts for part in parts & needs.keys())
