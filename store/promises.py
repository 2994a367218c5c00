"""How often a source promises to speak, and what follows from it: when its next word is due, from when a figure is late, from when stale.

Everything counts from the source's own time (`true_at`), never from when somebody fetched it. A report about a day is dated within that
day; one about a week within the week; one about a month, quarter or year is dated by its end (its last day) or later: data for October,
due by 5 November, are fresh until 5 December. Days and months are those of Asia/Ho_Chi_Minh, which knows no summer time.

Late: the next word is due, the grace is over, and it has not come. Stale: the word after that was missed as well.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
FRESH, LATE, STALE, NONE = "fresh", "late", "stale", "none"
MIDNIGHT = time()
DAY = timedelta(days=1)
SATURDAY = 5
NOMINAL_AT = datetime(2027, 3, 10, 5, tzinfo=UTC)  # a Wednesday at noon, far from the ends of months


@dataclass(frozen=True)
class Calendar:
    """Which days are worked: Monday to Friday without `off`, and `worked` besides (a Saturday that makes up for a day off)."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_worked(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.off)

    def working_day(self, day: date, *, after: int = 0) -> date:
        """`day` or the first day worked from it on; with `after`, the so many-th day worked after `day`."""
        found = day if after else day - DAY
        for _ in range(after or 1):
            found += DAY
            while not self.is_worked(found):
                found += DAY
        return found


ALWAYS = Calendar()


@dataclass(frozen=True)
class Promise:
    """grace: how long after it was due a word may still come before the figure is called late."""

    grace: timedelta = field(default=timedelta(), kw_only=True)

    def due_at(self, true_at: datetime, words: int = 1) -> datetime:
        """By when so many further words must have come from a source whose newest word is true at `true_at`. UTC."""
        raise NotImplementedError

    def said(self) -> tuple[str, Mapping[str, object]]:
        """Code (``[promise]`` in store/text) and values of the promise; store.speaking.in_words makes a sentence of them."""
        raise NotImplementedError

    def late_at(self, true_at: datetime) -> datetime:
        return self.due_at(true_at) + self.grace

    def stale_at(self, true_at: datetime) -> datetime:
        return self.due_at(true_at, 2) + self.grace

    def ageing(self, true_at: datetime) -> Ageing:
        return Ageing(true_at, self.due_at(true_at), self.late_at(true_at), self.stale_at(true_at))

    def state(self, true_at: datetime | None, at: datetime) -> str:
        """fresh | late | stale, or "none" for a source that has never spoken."""
        return NONE if true_at is None else self.ageing(true_at).state(at)

    def nominal_ages_s(self) -> tuple[int, int]:
        """About how old a figure gets until it is late and stale, for readers that only know ages."""
        late_at, stale_at = self.late_at(NOMINAL_AT), self.stale_at(NOMINAL_AT)
        return int((late_at - NOMINAL_AT).total_seconds()), int((stale_at - NOMINAL_AT).total_seconds())


@dataclass(frozen=True)
class Ages(Promise):
    """The ages after which a figure is late and stale, said outright."""

    late_after_s: int
    stale_after_s: int

    def due_at(self, true_at: datetime, words: int = 1) -> datetime:
        return true_at + timedelta(seconds=self.late_after_s if words == 1 else self.stale_after_s)

    def said(self) -> tuple[str, Mapping[str, object]]:
        code, n = span_in_words(timedelta(seconds=self.late_after_s))
        return f"promise.within_{code}", {"n": n}


@dataclass(frozen=True)
class Every(Promise):
    """A word every so often."""

    span: timedelta

    def due_at(self, true_at: datetime, words: int = 1) -> datetime:
        return true_at + words * self.span

    def said(self) -> tuple[str, Mapping[str, object]]:
        code, n = span_in_words(self.span)
        return f"promise.every_{code}", {"n": n}


@dataclass(frozen=True)
class Daily(Promise):
    """A word about each day, or about each day worked, by `at` of that day; with `next_day` by `at` of the day after it."""

    at: time
    next_day: bool = False
    working: bool = False
    calendar: Calendar = ALWAYS

    def due_at(self, true_at: datetime, words: int = 1) -> datetime:
        day = true_at.astimezone(LOCAL).date()
        days = words + self.next_day
        if not self.working:
            return moment(day + days * DAY, self.at)
        return moment(self.calendar.working_day(day, after=days), self.at)

    def said(self) -> tuple[str, Mapping[str, object]]:
        return f"promise.{'weekdays' if self.working else 'daily'}{'_next_day' if self.next_day else ''}", {"time": f"{self.at:%H:%M}"}


@dataclass(frozen=True)
class Weekly(Promise):
    """A word about each week (from Monday) by a day of it; at None: by that day's end. weekday: Monday is 0."""

    weekday: int
    at: time | None = None

    def due_at(self, true_at: datetime, words: int = 1) -> datetime:
        day = true_at.astimezone(LOCAL).date()
        return moment(day + timedelta(days=self.weekday - day.weekday() + 7 * words), self.at)

    def said(self) -> tuple[str, Mapping[str, object]]:
        return "promise.weekly", {"weekday": self.weekday, "at": _clock(self.at)}


@dataclass(frozen=True)
class Monthly(Promise):
    """A word about each period of `months` (1, 3 or 12) by a day after its end: `day` of the `month`-th month after it.

    A month without that day has its last day instead. next_working: a due day that is not worked moves to the next one that is.
    """

    months: int
    day: int
    month: int = 1
    at: time | None = None
    next_working: bool = False
    calendar: Calendar = ALWAYS

    def due_at(self, true_at: datetime, words: int = 1) -> datetime:
        closed = (true_at + DAY).astimezone(LOCAL)  # what is dated by its period's last day speaks about the whole period
        period = (closed.year * 12 + closed.month - 1) // self.months
        year, month = divmod((period + words) * self.months + self.month - 1, 12)
        day = date(year, month + 1, min(self.day, calendar.monthrange(year, month + 1)[1]))
        return moment(self.calendar.working_day(day) if self.next_working else day, self.at)

    def said(self) -> tuple[str, Mapping[str, object]]:
        code = {1: "monthly", 3: "quarterly", 12: "yearly"}[self.months]
        return f"promise.{code}", {"day": self.day, "month": self.month, "at": _clock(self.at), "next_working": self.next_working}


@dataclass(frozen=True)
class Strictest(Promise):
    """Several promises at once: the first to be broken counts. At least one."""

    promises: tuple[Promise, ...]

    def due_at(self, true_at: datetime, words: int = 1) -> datetime:
        return min(promise.due_at(true_at, words) for promise in self.promises)

    def late_at(self, true_at: datetime) -> datetime:
        return min(promise.late_at(true_at) for promise in self.promises)

    def stale_at(self, true_at: datetime) -> datetime:
        return min(promise.stale_at(true_at) for promise in self.promises)

    def said(self) -> tuple[str, Mapping[str, object]]:
        return self.promises[0].said()


def strictest(promises: Sequence[Promise]) -> Promise:
    """One promise for several; at least one."""
    return promises[0] if len(promises) == 1 else Strictest(tuple(promises))


@dataclass(frozen=True)
class Ageing:
    """What time does to a figure: true at true_at, the next word due at due_at, late from late_at on, stale from stale_at on."""

    true_at: datetime
    due_at: datetime
    late_at: datetime
    stale_at: datetime

    def state(self, at: datetime) -> str:
        return STALE if at >= self.stale_at else LATE if at >= self.late_at else FRESH


def inherited(sources: Iterable[Ageing]) -> Ageing:
    """How a figure ages that rests on several sources; at least one. It is as old as the oldest of them, and late or stale as soon as
    the first of them is."""
    heard = list(sources)
    return Ageing(
        min(one.true_at for one in heard),
        min(one.due_at for one in heard),
        min(one.late_at for one in heard),
        min(one.stale_at for one in heard),
    )


def moment(day: date, at: time | None) -> datetime:
    """A time of a day of Viet Nam as UTC; None: the day's end."""
    local = datetime.combine(day + DAY, MIDNIGHT, LOCAL) if at is None else datetime.combine(day, at, LOCAL)
    return local.astimezone(UTC)


def span_in_words(span: timedelta) -> tuple[str, int]:
    """A span in the largest unit that divides it: ("days" | "hours" | "minutes" | "seconds", how many)."""
    seconds = int(span.total_seconds())
    for name, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds and seconds % size == 0:
            return name, seconds // size
    return "seconds", seconds


def _clock(at: time | None) -> str:
    return "" if at is None else f"{at:%H:%M}"
