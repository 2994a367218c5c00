"""Days and moments as people and programs write them, without a form being declared.

In figures the day comes before the month, as everybody writes in Việt Nam: "5/11/26", "05.11.2026 08:00". "11/25/2026" can only be
the other way round and is read so; a column that holds such a day makes the others in it doubtful (`doubtful`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone

from feeds.plausible_days import moment_of_number

NEAR_YEARS = 10
_ENGLISH = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_MONTHS = {name[:size]: place for place, name in enumerate(_ENGLISH, start=1) for size in range(3, len(name) + 1)}

_SEP = r"\s*[-/. ]\s*"
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})\s*(?:(?::|giờ|h|g)\s*(?:(?P<m>\d{1,2})(?!\d|\s*[-/.]\s*\d)\s*(?:(?::|')\s*(?P<s>\d{1,2})(?:[.,]\d{1,9})?|phút|p(?!m)|')?)?)"
    r"\s*(?P<half>am|pm|sa|ch|sáng|chiều|tối)?\s*(?P<zone>z|(?:gmt|utc)?\s*[+-]\d{1,2}(?::?\d{2})?|gmt|utc)?"
)
_LEAD = re.compile(r"^(?:(?:thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)\b[,.]?\s*)?(?:ngày\s+)?")
_DAYS = (
    ("ymd", re.compile(rf"(?P<y>\d{{4}}){_SEP}(?P<m>\d{{1,2}}){_SEP}(?P<d>\d{{1,2}})")),
    ("figures", re.compile(rf"(?P<a>\d{{1,2}}){_SEP}(?P<b>\d{{1,2}}){_SEP}(?P<y>\d{{4}}|\d{{2}})")),
    ("dmy", re.compile(r"(?P<d>\d{1,2})[\s/.-]*(?:tháng|thg\.?|th\.?)\s*(?P<m>\d{1,2})\s*(?:,|/|-|\.|năm)?\s*(?P<y>\d{4}|\d{2})")),
    ("dmy", re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s/.-]*(?P<month>[a-z]{3,9})[\s/.,-]*(?P<y>\d{4}|\d{2})")),
    ("dmy", re.compile(r"(?P<month>[a-z]{3,9})[\s.-]*(?P<d>\d{1,2})(?:st|nd|rd|th)?\s*,?\s*(?P<y>\d{4})")),
    ("dmy", re.compile(r"(?P<y>\d{4})[\s/.-]*(?P<month>[a-z]{3,9})[\s/.-]*(?P<d>\d{1,2})")),
)
_BETWEEN = r"(?:\s*[,;-]\s*|\s+)?(?:lúc|vào|hồi)?\s*"
_ASIDE = re.compile(r"\s*\([^()]*\)$")


@dataclass(frozen=True)
class Written:
    """A day that was read. moment: naive where the text names no zone.

    month_first: the figures can only stand for month, day and year. other: the day if they stood so, where both are days. sure: something
    else says that the day comes first (the word "ngày", the clock in front). two_digits: the year has two figures.
    figures: day, month and year are three numbers, the year last.
    """

    moment: datetime
    month_first: bool = False
    other: date | None = None
    sure: bool = False
    two_digits: bool = False
    figures: bool = False


def written(text: str) -> Written | None:
    """What `text` says; None when it is no day, or one that the calendar does not have."""
    moment = _iso(text.strip())
    if moment is not None:
        return Written(moment)
    plain = _ASIDE.sub("", " ".join(unicodedata.normalize("NFC", text).casefold().split()))
    for day_text, clock, in_front in _parts(plain):
        found = _day(day_text)
        if found is not None and (moment := _at(found.moment, clock)) is not None:
            return replace(found, moment=moment, sure=found.sure or in_front or "ngày" in plain)
    return None


def _iso(text: str) -> datetime | None:
    """ISO 8601, and figures without a sign between them: 20261105, seconds or milliseconds since 1970."""
    if text.isascii() and text.isdigit():
        return moment_of_number(int(text)) if len(text) in (8, 10, 13) else None  # 46331 is a day only in a spreadsheet's own cell
    try:
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None


def _parts(text: str) -> Iterable[tuple[str, re.Match[str] | None, bool]]:
    """Day, clock and whether the clock stands in front, for each way to part them."""
    bare = _LEAD.sub("", text)
    yield bare, None, False
    for clock in _CLOCK.finditer(bare):
        before, after = bare[: clock.start()], bare[clock.end() :]
        if clock.end() == len(bare) and (cut := re.search(rf"(?:{_BETWEEN}|t)$", before)):
            yield before[: cut.start()], clock, False
        if not before and (gap := re.match(_BETWEEN, after)):
            yield _LEAD.sub("", after[gap.end() :]), clock, True


def _day(text: str) -> Written | None:
    for form, pattern in _DAYS:
        found = pattern.fullmatch(text.strip())
        if found is None:
            continue
        parts = found.groupdict()
        year, two_digits = _year(parts["y"]), len(parts["y"]) == 2
        if form == "figures":
            return _of_figures(year, int(parts["a"]), int(parts["b"]), two_digits, dotted="." in text)
        month = _MONTHS.get(parts["month"]) if parts.get("month") else int(parts["m"])
        day = None if month is None else _date(year, month, int(parts["d"]))
        if day is not None:
            return Written(_start(day), sure=True)
    return None


def _of_figures(year: int, first: int, second: int, two_digits: bool, *, dotted: bool) -> Written | None:
    """dotted: parted by points, which nobody does who puts the month in front."""
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    day = day_first or month_first
    if day is None:
        return None
    other = month_first if day_first and month_first != day_first else None
    return Written(_start(day), month_first=day_first is None, other=other, sure=dotted, two_digits=two_digits, figures=True)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _start(day: date) -> datetime:
    return datetime.combine(day, time())


def _at(day: datetime, clock: re.Match[str] | None) -> datetime | None:
    if clock is None:
        return day
    found = clock_of(clock)
    return None if found is None else datetime.combine(day.date(), found)


def clock_of(match: re.Match[str]) -> time | None:
    """The time of day that a match of the clock's pattern says, with its zone where it names one; None when there is none such."""
    hour, half = int(match["h"]), match["half"]
    if half is not None:
        if not 1 <= hour <= 12 and half in ("am", "pm"):
            return None
        afternoon = half in ("pm", "ch", "chiều", "tối")
        hour = hour % 12 + 12 if afternoon and hour <= 12 else hour % 12 if half in ("am", "sa") and hour == 12 else hour
    try:
        return time(hour, int(match["m"] or 0), int(match["s"] or 0), tzinfo=_zone(match["zone"]))
    except ValueError:
        return None


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    found = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", text)
    if found is None:
        return timezone.utc  # noqa: UP017 - the class, not the constant, is what is declared
    span = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-span if found[1] == "-" else span)


def in_order(text: str, order: str) -> datetime | None:
    """The moment that `text` says where three figures stand in the declared order; None where they cannot, or may be two days.

    order: "dm" day before month, "md" month before day, "" the year in front.
    """
    found = written(text)
    if found is None or not found.figures or (found.sure and not found.month_first):
        return None if found is None else found.moment
    if order == "dm":
        return None if found.month_first else found.moment
    if order == "md":
        if found.other is None:
            other = found.moment.day == found.moment.month
            return found.moment if found.month_first or other else None
        return datetime.combine(found.other, found.moment.timetz())
    return found.moment if found.other is None else None


def time_of_day(text: str) -> time | None:
    """A time of day by itself: "14h00", "8:30 SA", "14 giờ 30 phút"; None for anything else."""
    found = _CLOCK.fullmatch(" ".join(unicodedata.normalize("NFC", text).casefold().split()))
    return None if found is None else clock_of(found)


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def doubtful(texts: Iterable[str], today: date) -> dict[str, Mapping[str, str]]:
    """Of one column's texts those that may mean two days, with both days and, where another text of the column is the reason, that.

    In a column with a month in front (11/25/2026), every day whose figures can be read both ways; and two-figure years whose day lies years
    away from `today` while the same figures as year, month and day lie near it (26/11/05).
    """
    read = {text: found for text in dict.fromkeys(texts) if (found := written(text)) is not None}
    reason = next((text for text, found in read.items() if found.month_first), None)
    told: dict[str, Mapping[str, str]] = {}
    for text, found in read.items():
        other = found.other if reason is not None and not found.sure else _year_in_front(text, found, today)
        if other is not None:
            told[text] = {"first": f"{found.moment:%d/%m/%Y}", "second": f"{other:%d/%m/%Y}", "reason": reason or text}
    return told


def _year_in_front(text: str, found: Written, today: date) -> date | None:
    if not found.two_digits or abs(found.moment.year - today.year) <= NEAR_YEARS:
        return None
    figures = re.search(rf"(\d{{1,2}}){_SEP}(\d{{1,2}}){_SEP}(\d{{2}})(?!\d)", text)
    other = None if figures is None else _date(2000 + int(figures[1]), int(figures[2]), int(figures[3]))
    return other if other is not None and abs(other.year - today.year) <= NEAR_YEARS else None
