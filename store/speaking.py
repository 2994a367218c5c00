"""A promise as a person writes it, in English or Vietnamese: "daily before 17:00", "hằng tháng chậm nhất ngày 5", "every 60 s".

"before" and "trước" a day mean what "by" and "chậm nhất" mean: until that day's end. Nobody is called late for a word's nuance.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from store.promises import ALWAYS, DAY, Ages, Calendar, Daily, Every, Monthly, Promise, Weekly

FORMS = (
    "every 60 s | mỗi 60 giây",
    "daily before 17:00 | hằng ngày trước 17:00",
    "daily before 9:00 next day | hằng ngày trước 9:00 hôm sau",
    "weekdays before 17:00 | ngày làm việc trước 17:00",
    "weekly by Friday | hằng tuần chậm nhất thứ Sáu",
    "monthly by the 5th | hằng tháng chậm nhất ngày 5",
    "quarterly by the 15th | hằng quý chậm nhất ngày 15",
    "yearly by 31 January | hằng năm chậm nhất ngày 31/1",
)
LONGEST = timedelta(days=3660)
UNITS_S = {
    1: ("s", "sec", "secs", "second", "seconds", "giây"),
    60: ("min", "mins", "minute", "minutes", "phút"),
    3600: ("h", "hour", "hours", "giờ", "tiếng"),
    86_400: ("d", "day", "days", "ngày"),
}
WEEKDAYS = (
    ("monday", "thứ hai", "thứ 2"),
    ("tuesday", "thứ ba", "thứ 3"),
    ("wednesday", "thứ tư", "thứ 4"),
    ("thursday", "thứ năm", "thứ 5"),
    ("friday", "thứ sáu", "thứ 6"),
    ("saturday", "thứ bảy", "thứ bẩy", "thứ 7"),
    ("sunday", "chủ nhật", "chúa nhật"),
)
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_BY = r"(?:by|before|trước|chậm nhất|đến)(?: the| ngày| hết ngày| on| vào)?"
_TIME = r"(?P<hour>\d{1,2})(?::|h|g| giờ ?)(?P<minute>\d{2})?"
_AT = rf"(?:,? (?:at |before |lúc |trước )?{_TIME})?"
_DAY = r"(?:day )?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NEXT_WORKING = r"(?P<working>,? (?:or the next working day|hoặc ngày làm việc (?:kế tiếp|tiếp theo)))?"
_EVERY = re.compile(r"(?:every|mỗi) (?P<span>.+)")
_DAILY = re.compile(rf"(?:daily|every day|h[ằà]ng ngày|mỗi ngày) {_BY} {_TIME}(?P<next>(?: of)?(?: the)? next day| hôm sau| ngày hôm sau)?")
_WEEKDAYS = re.compile(
    rf"(?:weekdays|working days|every working day|(?:h[ằà]ng |mỗi |các )?ngày làm việc) {_BY} {_TIME}"
    r"(?P<next>(?: of)?(?: the)? next day| hôm sau| ngày hôm sau)?"
)
_WEEKLY = re.compile(rf"(?:weekly|every week|h[ằà]ng tuần|mỗi tuần) {_BY} (?P<weekday>\D+?|thứ \d){_AT}")
_PERIODS = {
    1: re.compile(rf"(?:monthly|every month|h[ằà]ng tháng|mỗi tháng) {_BY} {_DAY}{_AT}{_NEXT_WORKING}"),
    3: re.compile(rf"(?:quarterly|every quarter|h[ằà]ng quý|mỗi quý) {_BY} {_DAY}{_AT}{_NEXT_WORKING}"),
    12: re.compile(
        rf"(?:yearly|annually|every year|h[ằà]ng năm|mỗi năm) {_BY} "
        rf"(?:{_DAY}(?: of)?(?:/|-| tháng | )(?P<month>[a-z]+|\d{{1,2}})|(?P<month_first>[a-z]+) (?P<day_last>\d{{1,2}})(?:st|nd|rd|th)?)"
        rf"{_AT}{_NEXT_WORKING}"
    ),
}
_SPAN = re.compile(r"(?:(\d{1,9}(?:[.,]\d{1,3})?) ?)?(\w+)")


class NotUnderstoodError(ValueError):
    """A promise, a span or a list of days that is not written in one of the forms; the text is its only argument."""


def promised(text: str, grace: timedelta = timedelta(), days: Calendar = ALWAYS) -> Promise:
    """What `text` promises. Raises NotUnderstoodError."""
    said = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    try:
        promise = _daily(said, days) or _weekly(said) or _period(said, days) or _every(said)
    except NotUnderstoodError:
        promise = None
    if promise is None:
        raise NotUnderstoodError(text)
    return replace(promise, grace=grace)


def span(text: str) -> timedelta:
    """A length of time: "60 s", "2 giờ", "1.5 h", "minute". Raises NotUnderstoodError, also for nothing and for more than ten years."""
    match = _SPAN.fullmatch(" ".join(unicodedata.normalize("NFC", text).casefold().split()))
    size_s = next((size for size, names in UNITS_S.items() if match and match[2] in names), None)
    if match is None or size_s is None:
        raise NotUnderstoodError(text)
    found = timedelta(seconds=size_s * float((match[1] or "1").replace(",", ".")))
    if not timedelta(seconds=1) <= found <= LONGEST:
        raise NotUnderstoodError(text)
    return found


def _every(said: str) -> Promise | None:
    match = _EVERY.fullmatch(said)
    return Every(span(match["span"])) if match else None


def _daily(said: str, days: Calendar) -> Promise | None:
    match = _DAILY.fullmatch(said)
    working = None if match else _WEEKDAYS.fullmatch(said)
    found = match or working
    at = _time(found)
    if found is None or at is None:
        return None
    return Daily(at, found["next"] is not None, working is not None, days if working else ALWAYS)


def _weekly(said: str) -> Promise | None:
    match = _WEEKLY.fullmatch(said)
    weekday = next((i for i, names in enumerate(WEEKDAYS) if match and match["weekday"] in names), None)
    if match is None or weekday is None:
        return None
    return Weekly(weekday, _time(match))


def _period(said: str, days: Calendar) -> Promise | None:
    for months, pattern in _PERIODS.items():
        match = pattern.fullmatch(said)
        if match is None:
            continue
        named = match.groupdict()
        day = int(named["day"] or named["day_last"])
        month = 1 if months < 12 else _month(named["month"] or named["month_first"])
        if not 1 <= month <= 12 or not 1 <= day <= (31 if months < 12 else _longest(month)):
            return None
        working = named["working"] is not None
        return Monthly(months, day, month, _time(match), working, days if working else ALWAYS)
    return None


def _month(name: str) -> int:
    """1 to 12; 0 for none of them."""
    if name.isdigit():
        return int(name)
    return next((i for i, month in enumerate(MONTHS, start=1) if month == name or (len(name) == 3 and month.startswith(name))), 0)


def _longest(month: int) -> int:
    return 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31


def _time(match: re.Match[str] | None) -> time | None:
    if match is None or match["hour"] is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if hour > 23 or minute > 59:
        raise NotUnderstoodError(match[0])
    return time(hour, minute)


def in_words(promise: Promise, text: Callable[..., str]) -> str:
    """The promise as a screen says it. text(code, **values): one language of the catalogue."""
    code, values = promise.said()
    weekday = {"weekday": text(f"promise.weekday_{values['weekday']}")} if "weekday" in values else {}
    at = [text("promise.at", time=values["at"])] if values.get("at") else []
    working = [text("promise.next_working")] if values.get("next_working") else []
    return " ".join([text(code, **(dict(values) | weekday)), *at, *working])


# ── Days off ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def days_of(texts: Iterable[str]) -> frozenset[date]:
    """Days written "2027-04-30" or, first and last, "2027-02-05..2027-02-11". Raises NotUnderstoodError."""
    found: set[date] = set()
    for text in texts:
        try:
            first, last = (date.fromisoformat(part.strip()) for part in (text.split("..") if ".." in text else (text, text)))
        except ValueError as error:
            raise NotUnderstoodError(text) from error
        if not 0 <= (last - first).days <= 366:
            raise NotUnderstoodError(text)
        found |= {first + i * DAY for i in range((last - first).days + 1)}
    return frozenset(found)


def calendar_text(days: Calendar) -> str:
    """Both lists of a calendar in one line, for the store: days off, then days worked after a "+"."""
    return " ".join([*(day.isoformat() for day in sorted(days.off)), *(f"+{day.isoformat()}" for day in sorted(days.worked))])


def calendar_of(text: str) -> Calendar:
    """The calendar of one line as `calendar_text` writes it."""
    words = text.split()
    off, worked = ([word.lstrip("+") for word in words if word.startswith("+") is plus] for plus in (False, True))
    return Calendar(days_of(off), days_of(worked))


def registered_promise(feed: Any) -> Promise:
    """The promise of a feed as the store keeps it; its ages when it has no words, or such as this version does not understand.

    feed: a row of feeds, with the columns speaks, grace_s, calendar, late_after_s and stale_after_s; what is empty may be None or NaN.
    """
    try:
        if isinstance(feed.speaks, str):
            grace_s = 0 if feed.grace_s is None or feed.grace_s != feed.grace_s else feed.grace_s
            days = feed.calendar if isinstance(feed.calendar, str) else ""
            return promised(feed.speaks, timedelta(seconds=int(grace_s)), calendar_of(days))
    except NotUnderstoodError:
        pass
    return Ages(int(feed.late_after_s), int(feed.stale_after_s))
