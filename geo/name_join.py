"""Which unit, or village, a name of a list means: by code, then by name, or by a person.

The order: by code; the exact name within its parent; the name with the tone placed otherwise or in another case; the name with its
kind, numerals and hyphens written otherwise; without accents, for a name that arrives without any, where only one fits. Whatever
fits several, or none, is left to a person with candidates. Nothing is guessed, because accentless names are ambiguous (Minh Quán /
Minh Quân).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import NamedTuple

import pandas as pd

from geo.names import KINDS, has_accents, search_key, spellings, split_kind, written_out

SAME_NAME_RATIO = 0.6
"""Two spellings of one name are at least this alike (real lists: 0.71 and more); codes used again name units that are not."""

NEAR_RATIO = 0.75
"""A name that is at least this alike is worth showing to the person who decides."""

MOST_CANDIDATES = 8
ANYWHERE = ""
ABOVE = ("parent_code", "grouping_code", "ancestor_code")


class Hit(NamedTuple):
    """how: code | name | tone | written | accentless. respelt: the code matched, its unit is spelt otherwise."""

    code: str
    how: str
    respelt: bool = False


class Miss(NamedTuple):
    """reason: no_match | ambiguous | name_differs. candidates: codes, the likeliest first."""

    reason: str
    candidates: tuple[str, ...]


class Unmatched(NamedTuple):
    """A record that a person has to decide. position: 0-based row of the records; candidates: full names with codes."""

    position: int
    code: str
    name: str
    reason: str  # no_match | ambiguous | name_differs | twice
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Join:
    """What matched and what did not.

    codes: position of the record → code of the unit. how: number matched by each of code, name, tone, written, accentless.
    respelt: full names of the records whose code matched a unit spelt otherwise.
    """

    codes: dict[int, str]
    how: dict[str, int]
    respelt: tuple[str, ...]
    unmatched: tuple[Unmatched, ...]


def join_units(records: pd.DataFrame, units: pd.DataFrame) -> Join:
    """Join `records` to `units`, in the order above.

    records: columns name and, where the source has them, code and parent_code (missing values allowed).
    units: columns code, full_name, parent_code; the units of one level on one day.
    A code whose unit bears quite another name, a name that fits several units, and two records that fit one unit are left
    unmatched.
    """
    finder = Finder(units)
    hits: dict[int, Hit] = {}
    misses: list[Unmatched] = []
    values = _record_values(records)
    for position, (code, name, parent) in enumerate(values):
        found = finder.find(code, name, (parent,))
        if isinstance(found, Hit):
            hits[position] = found
        else:
            misses.append(Unmatched(position, code, name, found.reason, tuple(map(finder.listed, found.candidates))))
    return _without_repeats(hits, misses, values)


def _record_values(records: pd.DataFrame) -> list[tuple[str, str, str]]:
    columns = [
        records[name].fillna("").astype(str).str.strip() if name in records else pd.Series("", index=records.index)
        for name in ("code", "name", "parent_code")
    ]
    return list(zip(*columns, strict=True))


def _without_repeats(hits: dict[int, Hit], misses: list[Unmatched], values: list[tuple[str, str, str]]) -> Join:
    times = Counter(hit.code for hit in hits.values())
    once = {position: hit for position, hit in hits.items() if times[hit.code] == 1}
    twice = [Unmatched(at, *values[at][:2], "twice", (hit.code,)) for at, hit in hits.items() if times[hit.code] > 1]
    return Join(
        codes={position: hit.code for position, hit in once.items()},
        how=dict(Counter(hit.how for hit in once.values())),
        respelt=tuple(values[position][1] for position, hit in once.items() if hit.respelt),
        unmatched=tuple(sorted(misses + twice)),
    )


class Finder:
    """The names of the units, or villages, that there are on one day.

    units: columns code, full_name and those of ABOVE that it has: what the unit lies in. kinds: words that a full name may begin
    with and that a list may leave out. One row per code.
    """

    def __init__(self, units: pd.DataFrame, kinds: tuple[str, ...] = KINDS) -> None:
        self.names: dict[str, str] = dict(zip(units["code"].astype(str), units["full_name"].astype(str), strict=True))
        self._kinds = kinds
        self._index: dict[tuple[str, str, str], set[str]] = {}
        self._keys: dict[str, set[str]] = {}
        parents = [units[column].astype(object).fillna("").astype(str) for column in ABOVE if column in units]
        for (code, full_name), *above in zip(self.names.items(), *parents, strict=True):
            self._add(code, full_name, {ANYWHERE, *above})

    def _add(self, code: str, full_name: str, parents: Collection[str]) -> None:
        bare = split_kind(full_name, self._kinds)[1]
        for name in {full_name, bare}:
            for how, spelling in spellings(name):
                for parent in parents:
                    self._index.setdefault((how, parent, spelling), set()).add(code)
        self._keys.setdefault(search_key(bare), set()).add(code)

    def find(self, code: str, name: str, parents: Collection[str] = (ANYWHERE,), among: Collection[str] | None = None) -> Hit | Miss:
        """The unit that a record means. parents: it lies in one of them. among: it is one of them; None: any."""
        if code in self.names and (among is None or code in among):
            return self._by_code(code, name)
        for how, codes in self._fitting(name, parents, among):
            return Hit(next(iter(codes)), how) if len(codes) == 1 else Miss("ambiguous", tuple(sorted(codes)))
        return Miss("no_match", self.near(name, among))

    def _by_code(self, code: str, name: str) -> Hit | Miss:
        alike = self.likeness(name, self.names[code]) if name else 1.0
        if alike >= SAME_NAME_RATIO:
            return Hit(code, "code", respelt=alike < 1)
        return Miss("name_differs", (code,))

    def _fitting(self, name: str, parents: Collection[str], among: Collection[str] | None) -> list[tuple[str, set[str]]]:
        """The units that the strictest comparison finds, none or one item."""
        for how, spelling in spellings(name):
            if how == "accentless" and has_accents(self._bare(name)):
                return []  # its accents say that it is another name
            codes = set().union(*(self._index.get((how, parent, spelling), set()) for parent in parents))
            codes = codes if among is None else codes & set(among)
            if spelling and codes:
                return [(how, codes)]
        return []

    def near(self, name: str, among: Collection[str] | None = None) -> tuple[str, ...]:
        """Codes of those whose names are the same without accents, then of those that are like it; at most eight."""
        key = search_key(self._bare(name))
        same = self._keys.get(key, set())
        alike = get_close_matches(key, [other for other in self._keys if other != key], MOST_CANDIDATES, NEAR_RATIO) if key else []
        codes = [*sorted(same), *(code for other in alike for code in sorted(self._keys[other]))]
        return tuple(code for code in codes if among is None or code in among)[:MOST_CANDIDATES]

    def fits(self, name: str) -> set[str]:
        """Codes of the units whose full name is `name`, spelt as freely as accents allow."""
        return {code for code in self._index.get(("written", ANYWHERE, written_out(name)), set()) if self.is_full(name, code)}

    def is_full(self, name: str, code: str) -> bool:
        """Whether `name` is the name of the unit together with its kind."""
        return written_out(name) == written_out(self.names[code])

    def likeness(self, one: str, other: str) -> float:
        """0 … 1: how much two names look the same, kinds and accents left out."""
        return SequenceMatcher(None, search_key(self._bare(one)), search_key(self._bare(other))).ratio()

    def _bare(self, name: str) -> str:
        return split_kind(written_out(name), self._kinds)[1]

    def listed(self, code: str) -> str:
        """ "Phường Him Lam (03127)"; the code alone when there is no such unit."""
        return f"{self.names[code]} ({code})" if code in self.names else code
