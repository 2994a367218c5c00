"""From which day on a list's word about an entry holds: where the entry lies, and what it is, apart from whether there is such an entry.

A first day (`valid_from`) that is later than the one known is the day of what has changed: the entry stays what it was, and where it
lay, on the days before. A unit of another name without such a day holds from the day of the list on, never for the whole past; where
the former unit had ended by then, from the day after its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from feeds.cells import LOCAL
from store.entries import Former, Lain, UnitPoints

DAY = timedelta(days=1)
NOT_VALUES = frozenset({"id", "valid_from", "valid_to", "observed_at", "reported_at", "stored_at", "feed", "synthetic"})

Row = Mapping[str, Any]


class Said(NamedTuple):
    """What a list says about one entry's dates. day: the list's; first_day: the row's `valid_from`; unit_from: since when in its unit.

    before: the stored entry, None for a new one or for a real one in the place of an invented one; begins: its first day now.
    """

    day: date
    unit_code: str | None
    first_day: date | None
    unit_from: date | None
    before: Row | None
    begins: date

    @property
    def changed_on(self) -> date | None:
        """The day of a change that the row names by a first day which is later than the entry's own."""
        if self.before is None or self.first_day is None or self.first_day <= self.before["valid_from"]:
            return None
        return self.first_day


# ── Where it lies ────────────────────────────────────────────────────────────────────────────────────────────────────────


def moves(lain: Sequence[Lain], said: Said, points: UnitPoints) -> list[Lain]:
    """The spans to write, for where the list says that the entry lies. A span that ends before it begins is taken back."""
    if said.unit_code is None:
        return []
    earlier = _from_earlier(lain, said, points)
    lain = _with(lain, earlier)
    since, dated = _since(lain, said, points)
    here = at(lain, max(said.day, since))
    if here is None:
        found = _first(lain, said.unit_code, since)
    elif here.unit_code == said.unit_code:
        found = _same_unit(lain, here, since) if dated else []
    else:
        found = _from(lain, here, said.unit_code, since)
    return [*(span for span in earlier if span.since not in {new.since for new in found}), *found]


def at(lain: Iterable[Lain], day: date) -> Lain | None:
    """The span that holds on `day`."""
    return next((span for span in lain if span.since <= day and (span.until is None or day <= span.until)), None)


def _since(lain: Sequence[Lain], said: Said, points: UnitPoints) -> tuple[date, bool]:
    """Since when it lies in the unit, and whether the list names that day."""
    assert said.unit_code is not None
    begun = points.since(said.unit_code, said.day) or date.min
    named = said.unit_from or said.changed_on or (said.begins if said.before is None or not lain else None)
    if named is not None:
        return max(named, begun), True
    here = at(lain, said.day)
    ended = None if here is None or said.before is None else points.until(here.unit_code, _last_said(here, said.before))
    if ended is not None and ended < said.day:
        return max(ended + DAY, begun), False
    return max(said.day, said.begins), False


def _last_said(here: Lain, before: Row) -> date:
    """The last day for which the entry was said to lie there, as far as is known."""
    observed_at = before["observed_at"]
    return here.since if observed_at is None else max(here.since, local_day(observed_at))


def _first(lain: Sequence[Lain], unit_code: str, since: date) -> list[Lain]:
    """It lay nowhere on that day: in the unit from then on, until it comes to the next one."""
    ended = [span.until + DAY for span in lain if span.until is not None and span.until < since]
    later = [span.since for span in lain if span.since > since]
    return [Lain(max([since, *ended]), min(later) - DAY if later else None, unit_code)]


def _same_unit(lain: Sequence[Lain], here: Lain, since: date) -> list[Lain]:
    """It lies there already, since another day: the named one holds where another unit comes before."""
    if since == here.since:
        return []
    if since < here.since:
        return _from(lain, here, here.unit_code, since)
    former = at(lain, here.since - DAY)
    if former is None:
        return []
    return [Lain(former.since, since - DAY, former.unit_code), _taken_back(here), Lain(since, here.until, here.unit_code)]


def _from(lain: Sequence[Lain], here: Lain, unit_code: str, since: date) -> list[Lain]:
    """In the unit from `since` until the end of the span `here`; what was said of those days is cut or taken back."""
    found = [Lain(since, here.until, unit_code)]
    for span in lain:
        if since < span.since <= here.since:
            found.append(_taken_back(span))
        elif span.since < since and (span.until is None or span.until >= since):
            found.append(Lain(span.since, since - DAY, span.unit_code))
    return sorted(found)


def _from_earlier(lain: Sequence[Lain], said: Said, points: UnitPoints) -> list[Lain]:
    """An entry that has been there for longer than was known lay in its first unit, as long as there was that unit."""
    if not lain or said.before is None or said.begins >= said.before["valid_from"]:
        return []
    first = lain[0]
    since = max(said.begins, points.since(first.unit_code, first.since) or said.begins)
    if since >= first.since or first.since > said.before["valid_from"]:
        return []
    return [Lain(since, first.until, first.unit_code), _taken_back(first)]


def _with(lain: Sequence[Lain], changes: Sequence[Lain]) -> list[Lain]:
    spans = {span.since: span for span in [*lain, *changes]}
    return sorted(span for span in spans.values() if span.until is None or span.until >= span.since)


def _taken_back(span: Lain) -> Lain:
    return Lain(span.since, span.since - DAY, span.unit_code)


# ── What it is ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Values(NamedTuple):
    """begins: first day of the entry; former: what to note of earlier days."""

    begins: date
    former: list[Former]


def changes(row: Row, said: Said, known: Sequence[Former], lain: Sequence[Lain]) -> Values:
    """What a row leaves of the entry's past. row: its columns as they would be written; known: what is noted of earlier days."""
    before = said.before
    if before is None or said.first_day is None:
        return Values(said.begins, [])
    start: date = before["valid_from"]
    if said.first_day <= start:
        return Values(said.first_day, _begun_earlier(known, start, said.first_day))
    differs = any(before[name] != value for name, value in row.items() if name not in NOT_VALUES and name != "source")
    begun = {span.since for span in lain} | {former.until + DAY for former in known}
    here = at(lain, said.first_day)
    moved = said.unit_code is not None and here is not None and here.unit_code != said.unit_code
    if differs and said.first_day not in begun:
        return Values(start, _until(before, said.first_day, known))
    if differs or moved or known or len(lain) > 1 or said.first_day in begun:
        return Values(start, [])
    return Values(said.first_day, [])


def _until(before: Row, day: date, known: Sequence[Former]) -> list[Former]:
    """What the entry was until `day`: noted up to the day before; of later days nothing else holds than what is said now."""
    since = max([former.until + DAY for former in known], default=before["valid_from"])
    if since < day:
        return [Former(since, day - DAY, {name: value for name, value in before.items() if name not in NOT_VALUES})]
    cut = [Former(former.since, day - DAY, former.values) for former in known if former.since < day <= former.until]
    return [*cut, *(Former(former.since, former.since - DAY, former.values) for former in known if former.since >= day)]


def _begun_earlier(known: Sequence[Former], start: date, day: date) -> list[Former]:
    """What is noted from the entry's first day on is so from its new first day on."""
    first = next((former for former in known if former.since == start), None)
    if first is None or day == start:
        return []
    return [Former(day, first.until, first.values), Former(start, start - DAY, first.values)]


def local_day(moment: datetime) -> date:
    """The day of a moment in Asia/Ho_Chi_Minh."""
    return moment.astimezone(LOCAL).date()
