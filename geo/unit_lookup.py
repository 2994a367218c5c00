"""Which unit a record of some day means by a code, a name and the name of what lies above it.

Units come and go, codes are used again and names live on for another territory: a record is looked up among the units of its own
day. What the record calls by a code or a name of another time is never guessed: the crosswalk says what it may mean.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from geo.name_join import ANYWHERE, Finder, Hit
from geo.names import exact
from geo.units import NEW_FROM

DIGITS = {"province": 2, "district": 3, "commune": 5}
MOST_HEIRS = 20


class Written(NamedTuple):
    """What a record says, each "" where it says nothing. parent: a name or a code, also "Huyện Nậm Pồ, tỉnh Điện Biên"."""

    code: str
    name: str
    parent: str = ""


class Likely(NamedTuple):
    """A unit that may be meant. method, share: how much of the unit of that name in another time went into it."""

    code: str
    name: str
    method: str | None = None
    share: float | None = None


@dataclass(frozen=True)
class Unclear:
    """reason: unknown | ambiguous | name_differs | former | parent_unknown | parent_former."""

    reason: str
    likely: tuple[Likely, ...]


def structure_of(day: date) -> str:
    """ "old" until 2025-06-30 (province, district, commune), then "new"."""
    return "new" if day >= NEW_FROM else "old"


class UnitLookup:
    """All units of all times, to be asked for one record at a time.

    units: columns code, full_name, level, parent_code, grouping_code, valid_from, valid_to (dates; None: still valid).
    crosswalk: old_code, old_valid_from, new_code, new_valid_from, share, method.
    """

    def __init__(self, units: pd.DataFrame, crosswalk: pd.DataFrame) -> None:
        self._units = units.copy()
        for column in ("valid_from", "valid_to"):
            self._units[column] = pd.Series([_date(value) for value in units[column]], index=units.index, dtype=object)
        self._crosswalk = crosswalk
        ends = {end + timedelta(days=1) for end in self._units["valid_to"] if end is not None}
        self._turns = sorted({*self._units["valid_from"], *ends})
        self._days: dict[int, _Day] = {}

    def find(self, written: Written, day: date, level: str | None = None) -> str | Unclear:
        """The code of the unit valid on `day` (of one level, or of any), or why nobody can tell."""
        return self.on(day).find(written, level)

    def on(self, day: date) -> _Day:
        """The units of one day."""
        turn = bisect_right(self._turns, day)
        if turn not in self._days:
            self._days[turn] = _Day(self._units, self._crosswalk, day)
        return self._days[turn]


class _Day:
    """Units valid on one day, the former districts that group them, and those of other times."""

    def __init__(self, units: pd.DataFrame, crosswalk: pd.DataFrame, day: date) -> None:
        begun, over = units["valid_from"] <= day, [end is not None and end < day for end in units["valid_to"]]
        now = units[begun & ~pd.Series(over, index=units.index)]
        grouping = set(now["grouping_code"].dropna())
        self._level: dict[str, str] = dict(zip(now["code"], now["level"], strict=True))
        self._former = units[~units.index.isin(now.index)]
        self._above = units[units["code"].isin(grouping) & ~units["code"].isin(self._level)].drop_duplicates("code", keep="last")
        self._crosswalk = crosswalk
        self._finder = Finder(_with_ancestors(now))
        higher = pd.concat([now[now["level"] != "commune"], self._above])
        self._parents = Finder(higher.assign(parent_code=None, grouping_code=None))
        self._members = now

    def is_valid(self, code: str) -> bool:
        """Whether a unit bears `code` on this day."""
        return code in self._level

    def name(self, code: str) -> str:
        """Full name of the unit; the code itself when there is none."""
        return self._finder.names.get(code, code)

    def find(self, written: Written, level: str | None) -> str | Unclear:
        among = None if level is None else {code for code, own in self._level.items() if own == level}
        name, parent = _parted(written)
        parents = self._parent_codes(parent)
        code = self._full_code(written.code, level)
        if not name and not self.is_valid(code):
            return self._by_former_code(code, "") or Unclear("unknown", ())
        if code and not self.is_valid(code) and (former := self._by_former_code(code, name)):
            return former
        found = self._finder.find(code, name, parents or (ANYWHERE,), among)
        if not isinstance(found, Hit):
            return self._missed(name, code, found.reason, found.candidates, among)
        if found.how == "code":
            return self._borne_before(found.code, name) or found.code
        if parent and not parents:
            return Unclear("parent_unknown", self._likely([found.code]))
        return self._of_a_former_district(found.code, name, parents) or found.code

    # ── Why not ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _missed(self, name: str, code: str, reason: str, codes: tuple[str, ...], among: Collection[str] | None) -> Unclear:
        if reason == "no_match":
            former = self._elsewhen.fits(name) if name else set()
            if former:
                return Unclear("former", self._heirs(former, codes))
            return Unclear("unknown", self._likely(codes))
        if reason == "name_differs":
            fitting = [other for other in self._finder.near(name, among) if other != code]
            heirs = self._heirs([code], fitting) if self._elsewhen_likeness(code, name) > 0 else self._likely(fitting)
            return Unclear(reason, _distinct([*self._likely([code]), *heirs]))
        return Unclear(reason, self._likely(codes))

    def _by_former_code(self, code: str, name: str) -> Unclear | None:
        """A code of another time, borne by a unit of that name (or by any, where the record has none)."""
        if code not in self._elsewhen.names:
            return None
        return Unclear("former", self._heirs([code], self._finder.near(name) if name else ()))

    def _borne_before(self, code: str, name: str) -> Unclear | None:
        """The code went on from one unit to another, and the name is the other one's."""
        if not name or self._finder.is_full(name, code) or code not in self._elsewhen.names:
            return None
        nearer = self._elsewhen_likeness(code, name) > self._finder.likeness(name, self.name(code))
        if not (nearer or self._elsewhen.is_full(name, code)):
            return None
        return Unclear("name_differs", _distinct([*self._likely([code]), *self._heirs([code], ())]))

    def _elsewhen_likeness(self, code: str, name: str) -> float:
        before = self._elsewhen.names.get(code)
        return 0.0 if before is None or before == self.name(code) else self._elsewhen.likeness(name, before)

    def _of_a_former_district(self, code: str, name: str, parents: Collection[str]) -> Unclear | None:
        """The record names a district that is no more, which had a unit of this name then: it may mean that one."""
        if any(self.is_valid(parent) for parent in parents):
            return None
        there = set(self._former.loc[self._former["parent_code"].isin(list(parents)), "code"])
        before = [old for old in self._elsewhen.fits(self._finder.names[code]) if old in there]
        return Unclear("parent_former", self._heirs(before, [code])) if before else None

    # ── What may be meant ────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _elsewhen(self) -> Finder:
        """Units of other times; of several with one code the last."""
        return Finder(self._former.drop_duplicates("code", keep="last"))

    def _heirs(self, codes: Collection[str], also: Collection[str]) -> tuple[Likely, ...]:
        """What became of the units of another time, or what they were made of; `also` where nothing is known of that."""
        inside = self._former[self._former["parent_code"].isin(list(codes)) & (self._former["level"] == "commune")]
        wanted = {*codes, *inside["code"]}
        c = self._crosswalk
        after, before = c[c["old_code"].isin(wanted)], c[c["new_code"].isin(wanted)]
        pairs = [*zip(after["new_code"], after["method"], after["share"], strict=True)]
        pairs += zip(before["old_code"], before["method"], before["share"], strict=True)
        known = [Likely(code, self.name(code), method, float(share)) for code, method, share in pairs if self.is_valid(code)]
        known.sort(key=lambda heir: -(heir.share or 0))
        grouped = self._members.loc[self._members["grouping_code"].isin(list(codes)), "code"]
        return _distinct([*known, *self._likely(grouped)])[:MOST_HEIRS] or self._likely(also)

    def _likely(self, codes: Collection[str]) -> tuple[Likely, ...]:
        return tuple(Likely(code, self.name(code)) for code in codes if self.is_valid(code))

    # ── Codes and parents as they are written ────────────────────────────────────────────────────────────────────────────

    def _full_code(self, code: str, level: str | None) -> str:
        """A code that a spreadsheet took for a number gets its zeros back where that is one unit's."""
        if not (code.isascii() and code.isdigit()) or self.is_valid(code):
            return code
        lengths = DIGITS.values() if level is None else (DIGITS[level],)
        padded = {code.zfill(length) for length in lengths if len(code) < length}
        known = [full for full in padded if self.is_valid(full) or full in self._elsewhen.names]
        return known[0] if len(known) == 1 else code

    def _parent_codes(self, parent: str) -> tuple[str, ...]:
        """Units that `parent` may be: in force, or former districts that group those in force. () when it is none."""
        if not parent:
            return ()
        if parent in self._parents.names:
            return (parent,)
        found = self._parents.find("", parent)
        return (found.code,) if isinstance(found, Hit) else found.candidates if found.reason == "ambiguous" else ()


def _parted(written: Written) -> tuple[str, str]:
    """Name and parent; of "Xã Nà Hỳ, huyện Nậm Pồ, tỉnh Điện Biên" the first two parts."""
    parts = [part for part in (exact(part) for part in written.name.split(",")) if part]
    above = exact(written.parent.split(",")[0]) or (parts[1] if len(parts) > 1 else "")
    return (parts[0] if parts else ""), above


def _with_ancestors(units: pd.DataFrame) -> pd.DataFrame:
    parents = dict(zip(units["code"], units["parent_code"], strict=True))
    above: dict[str, Any] = {code: parents.get(parent) for code, parent in parents.items()}
    return units.assign(ancestor_code=units["code"].map(above).astype(object))


def _distinct(likely: Collection[Likely]) -> tuple[Likely, ...]:
    first: dict[str, Likely] = {}
    for unit in likely:
        first.setdefault(unit.code, unit)
    return tuple(first.values())


def _date(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
