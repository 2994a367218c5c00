"""Calendars (.ics, RFC 5545) as rows: one for each event, and one for each time that an event repeats.

Columns: id, title, starts_at, ends_at, host, status, location, description. Times are moments with the zone that the calendar says; a time
without one is Việt Nam's. Of an event that repeats, what lies from a month ago to a year ahead is told, at most a thousand times.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar

from feeds.cells import LOCAL
from feeds.errors import ContentError, RowError
from feeds.fetching import Unreadable
from feeds.tables import Row, Table

COLUMNS = ("id", "title", "starts_at", "ends_at", "host", "status", "location", "description")
BEFORE, AHEAD = timedelta(days=31), timedelta(days=400)
MOST_TIMES, MOST_STEPS = 1000, 50_000
STATUS = {"CANCELLED": "cancelled"}
TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}


def read_calendar(data: bytes, now: datetime | None = None) -> Table:
    """Rows in the order of the file, numbered by event. Raises ContentError for what is no calendar; a broken event is set aside."""
    try:
        events: list[Any] = [event for calendar in Calendar.from_ical(data, multiple=True) for event in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ContentError("run.calendar_invalid") from error
    replaced = {(_text(event, "UID"), _moment(event["RECURRENCE-ID"].dt)) for event in events if "RECURRENCE-ID" in event}
    rows: list[Row] = []
    aside: list[Unreadable] = []
    for number, event in enumerate(events, start=1):
        try:
            rows += [Row(number, values) for values in _times(event, replaced, now or datetime.now(UTC))]
        except (ValueError, KeyError, AttributeError, TypeError, OverflowError):
            aside.append(Unreadable(number, RowError("row.event_broken"), {"title": _text(event, "SUMMARY")}))
    if not rows and not aside:
        raise ContentError("run.empty")
    return Table(COLUMNS, rows, unreadable=tuple(aside))


def _times(event: Any, replaced: set[tuple[str, datetime]], now: datetime) -> Iterator[dict[str, Any]]:
    start = event["DTSTART"].dt
    length = _length(event, start)
    if "RRULE" not in event and "RDATE" not in event:
        again = "RECURRENCE-ID" in event
        yield _values(event, _moment(start), length, _moment(event["RECURRENCE-ID"].dt) if again else None)
        return
    for at in _repeated(event, start, now):
        if (_text(event, "UID"), at) not in replaced:
            yield _values(event, at, length, at)


def _repeated(event: Any, start: date | datetime, now: datetime) -> Iterator[datetime]:
    """When it takes place. Computed in the wall time of its zone, so that nine o'clock stays nine o'clock."""
    zone = (start.tzinfo if isinstance(start, datetime) else None) or LOCAL
    first, times = _wall(start, zone), rruleset()
    for rule in _listed(event.get("RRULE")):
        if rule.get("FREQ", [""])[0] in TOO_OFTEN or min(rule.get("INTERVAL", [1])) < 1:
            raise ValueError("no meeting repeats so often")
        until = [_wall(end, zone) for end in rule.pop("UNTIL", [])]
        text = rule.to_ical().decode() + (f";UNTIL={until[0]:%Y%m%dT%H%M%S}" if until else "")
        times.rrule(rrulestr(text, dtstart=first))
    times.rdate(first)
    for name, add in (("RDATE", times.rdate), ("EXDATE", times.exdate)):
        for one in _listed(event.get(name)):
            for item in one.dts:
                add(_wall(item.dt[0] if isinstance(item.dt, tuple) else item.dt, zone))
    begin, end = (_wall(moment, zone) for moment in (now - BEFORE, now + AHEAD))
    found = (at for at in islice(times, MOST_STEPS) if at >= begin)
    for at in islice(found, MOST_TIMES):
        if at > end:
            return
        yield at.replace(tzinfo=zone).astimezone(UTC)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _wall(moment: date | datetime, zone: Any) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _moment(moment: date | datetime) -> datetime:
    return (moment if isinstance(moment, datetime) and moment.tzinfo else _wall(moment, LOCAL).replace(tzinfo=LOCAL)).astimezone(UTC)


def _length(event: Any, start: date | datetime) -> timedelta | None:
    if "DTEND" in event:
        return _moment(event["DTEND"].dt) - _moment(start)
    if "DURATION" in event:
        length: timedelta = event["DURATION"].dt
        return length
    return None if isinstance(start, datetime) else timedelta(days=1)


def _values(event: Any, at: datetime, length: timedelta | None, again: datetime | None) -> dict[str, Any]:
    """again: which of the times of an event that repeats it is, by the time at which it was to be."""
    identity = _text(event, "UID")
    host = event.get("ORGANIZER")
    name = "" if host is None else str(host.params.get("CN") or str(host).partition(":")[2])
    return {
        "id": identity if again is None else f"{identity} {again:%Y%m%dT%H%MZ}",
        "title": _text(event, "SUMMARY"),
        "starts_at": at,
        "ends_at": None if length is None else at + length,
        "host": name or None,
        "status": STATUS.get(_text(event, "STATUS").upper()),
        "location": _text(event, "LOCATION") or None,
        "description": _text(event, "DESCRIPTION") or None,
    }


def _text(event: Any, name: str) -> str:
    return str(event.get(name) or "").strip()
