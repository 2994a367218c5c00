"""The store as of one moment, as arrays that every view computes from.

Parts that change rarely (places, coverage) are kept per day and data version; what changes by the minute is read again whenever its
version moved. A snapshot is immutable: views never see half a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection

from geo.cube import StatusCube, build_cube
from geo.lineage import lineage
from ioc import clock, freshness
from ioc.counted_words import CountedWords, microseconds
from store import claims, conditions, places
from store import operators as register
from store.frames import mapping, rows
from store.manual import unsigned
from store.precedence import Precedence, precedence
from store.promises import Ageing, Promise, inherited, strictest
from store.speaking import registered_promise


@dataclass(frozen=True)
class Places:
    """Units and places in force on one day. Every place has the columns commune, district and province."""

    day: date
    province: str
    units: pd.DataFrame  # index code
    lineage: pd.DataFrame  # index code → commune, district, province
    villages: pd.DataFrame
    endpoints: pd.DataFrame
    centres: pd.DataFrame

    @cached_property
    def population_known(self) -> npt.NDArray[np.bool_]:
        """Of which villages it is known how many people live there."""
        return self.villages["population"].notna().to_numpy(np.bool_)

    @cached_property
    def population(self) -> npt.NDArray[np.int64]:
        return self.villages["population"].fillna(0).to_numpy(np.int64)

    @cached_property
    def endpoint_rows(self) -> list[Any]:
        """The rows of `endpoints`, to be read one by one."""
        return rows(self.endpoints)

    @cached_property
    def village_position(self) -> dict[str, int]:
        return {village_id: i for i, village_id in enumerate(self.villages["id"])}

    def inside(self, frame: pd.DataFrame, unit: str) -> npt.NDArray[np.bool_]:
        """Which rows of a places frame lie in a unit; none for an unknown unit."""
        level = self.level.get(unit)
        if level is None:
            return np.zeros(len(frame), bool)
        key = (id(frame), unit)
        if key not in self._members:
            members: npt.NDArray[np.bool_] = frame[level].to_numpy(object) == unit
            members.setflags(write=False)
            self._members[key] = members
        return self._members[key]

    @cached_property
    def _members(self) -> dict[tuple[int, str], npt.NDArray[np.bool_]]:
        return {}

    @cached_property
    def level(self) -> dict[str, str]:
        """Level of every unit by its code."""
        return mapping(self.units, "code", "level")

    def children(self, unit: str) -> pd.DataFrame:
        """The units one level down that are valid on the day: communes without districts for a province that has none any more."""
        if unit not in self._children:
            self._children[unit] = self._children_of(unit)
        return self._children[unit]

    @cached_property
    def _children(self) -> dict[str, pd.DataFrame]:
        return {}

    def _children_of(self, unit: str) -> pd.DataFrame:
        level = self.level.get(unit)
        current = self.units[self.units["valid_to"].isna() | (self.units["valid_to"] >= self.day)]
        if level == "province":
            return current[current["parent_code"] == unit]
        if level == "district":
            return current[(current["parent_code"] == unit) | (current["grouping_code"] == unit)]
        return current.iloc[:0]


@dataclass(frozen=True)
class Coverage:
    """What is known of coverage by a moment."""

    cube: StatusCube
    words: CountedWords
    rules: Precedence
    operators: pd.DataFrame
    technologies: pd.DataFrame

    @cached_property
    def service(self) -> dict[str, tuple[date | None, date | None]]:
        """First and last day of service by technology; None where there is no such limit."""
        days = self.technologies[["key", "valid_from", "valid_to"]]
        return {row.key: (_day(row.valid_from), _day(row.valid_to)) for row in rows(days)}

    @cached_property
    def operator_colours(self) -> dict[str, str]:
        """Colour by operator, of those that have one."""
        coloured = self.operators[self.operators["colour"].notna()]
        return mapping(coloured, "key", "colour")

    @cached_property
    def operator_names(self) -> dict[str, str]:
        return mapping(self.operators, "key", "name")


@dataclass(frozen=True)
class Conditions:
    """What changes by the minute: `endpoint_states` index endpoint_id."""

    endpoint_states: pd.DataFrame
    dossiers: pd.DataFrame
    feeds: pd.DataFrame  # index key
    targets: pd.DataFrame
    indicators: pd.DataFrame

    @cached_property
    def promises(self) -> dict[str, dict[str, Promise]]:
        """What enabled feeds promise: kind → source → promise; the strictest where one source has several feeds."""
        found: dict[str, dict[str, list[Promise]]] = {}
        for row in rows(self.feeds):
            if row.enabled:
                found.setdefault(row.kind, {}).setdefault(row.source, []).append(registered_promise(row))
        return {kind: {source: strictest(said) for source, said in sources.items()} for kind, sources in found.items()}

    @cached_property
    def states(self) -> dict[str, Any]:
        """The rows of `endpoint_states` by endpoint."""
        return {row.endpoint_id: row for row in rows(self.endpoint_states.reset_index())}

    @cached_property
    def dossier_rows(self) -> list[Any]:
        return rows(self.dossiers)


@dataclass(frozen=True)
class Snapshot:
    """Everything a view needs about one moment.

    as_of: the day that is over, None where the day shown is not; known_at: what was known then, None for all that is known now.
    """

    as_of: date | None
    at: datetime
    places: Places
    coverage: Coverage
    conditions: Conditions
    known_at: datetime | None = None

    @property
    def is_now(self) -> bool:
        """Whether it follows what happens: neither a day that is over nor the knowledge of a moment that has passed."""
        return self.as_of is None and self.known_at is None

    def promises(self, kind: str) -> dict[str, Promise]:
        """What the feeds of one record kind promise, by source."""
        return self.conditions.promises.get(kind, {})

    def promise(self, kind: str, source: str | None = None) -> Promise:
        """What one source of a record kind promises; without a source, or for one that no feed brings, the kind's usual promise."""
        return self.promises(kind).get(unsigned(source or ""), freshness.USUAL.get(kind, freshness.ANY))

    def inherited(self, kind: str, heard: Mapping[str, datetime]) -> Ageing:
        """How a figure ages that rests on several sources of one kind (source → its newest time; at least one)."""
        return inherited(self.promise(kind, source).ageing(at) for source, at in heard.items())

    def unit_level(self, unit: str) -> str | None:
        return self.places.level.get(unit)


PLACE_LAYERS = ("units", "villages", "endpoints", "centres", "place_units", "former_values", "meta")
COVERAGE_LAYERS = (*PLACE_LAYERS, "coverage", "coverage_precedence", "operators", "operator_technologies", "technologies")
CONDITION_LAYERS = ("endpoint_state", "endpoint_changes", "dossiers", "feeds", "targets", "indicator_values", "meta")


def read_places(connection: Connection, day: date, province: str, known_at: datetime | None = None) -> Places:
    units = places.units_on(connection, day, known_at).set_index("code", drop=False)
    ancestors = lineage(units.reset_index(drop=True))
    readers = (places.villages_on, places.endpoints_on, places.centres_on)
    villages, endpoints, centres = (_with_ancestors(read(connection, day, known_at), ancestors) for read in readers)
    return Places(day, province, units, ancestors, villages, endpoints, centres)


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) and not pd.isna(value) else None


def _with_ancestors(frame: pd.DataFrame, ancestors: pd.DataFrame) -> pd.DataFrame:
    return frame.join(ancestors, on="unit_code").reset_index(drop=True)


def read_coverage(connection: Connection, at: datetime, around: Places, known_at: datetime | None = None) -> Coverage:
    technologies, rules = claims.technologies_all(connection, known_at), precedence(connection, known_at)
    words = _offered(claims.newest_words(connection, at, known_at), register.not_offered_on(connection, around.day, known_at))
    operators = _shown(register.operators_on(connection, around.day, known_at), words, around.villages)
    after = {method: microseconds(limit) for method, limit in rules.outranks_after(at).items()}
    cube = build_cube(words, list(around.villages["id"]), list(operators["key"]), list(technologies["key"]), after)
    return Coverage(cube, CountedWords(words.assign(invented=_invented(words, around.villages))), rules, operators, technologies)


def _invented(words: pd.DataFrame, villages: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which words are invented, or speak of a village that is."""
    at = pd.Index(villages["id"]).get_indexer(pd.Index(words["village_id"], dtype=object))
    about = np.append(villages["synthetic"].to_numpy(np.bool_), False)[at]
    invented: npt.NDArray[np.bool_] = words["synthetic"].to_numpy(np.bool_) | about
    return invented


def _offered(words: pd.DataFrame, not_offered: set[tuple[str, str]]) -> pd.DataFrame:
    """Without what operators do not offer on the day, by their own lists: a network that was switched off covers nothing any more."""
    if not not_offered:
        return words
    gone = [pair in not_offered for pair in zip(words["operator"], words["technology"], strict=True)]
    return words[~np.array(gone, bool)].reset_index(drop=True)


def _shown(operators: pd.DataFrame, words: pd.DataFrame, villages: pd.DataFrame) -> pd.DataFrame:
    """The operators of the day; beside real ones, invented ones only while something is said of the day's villages under their names."""
    invented = operators["synthetic"].to_numpy(bool)
    if invented.all() or not invented.any():
        return operators
    speaking = set(words.loc[words["village_id"].isin(villages["id"]), "operator"])
    return operators[~invented | operators["key"].isin(speaking).to_numpy(bool)].reset_index(drop=True)


def read_conditions(
    connection: Connection, as_of: date | None, at: datetime, province: str, known_at: datetime | None = None
) -> Conditions:
    is_now, day = as_of is None and known_at is None, clock.local(at).date() if as_of is None else as_of
    states = conditions.endpoint_states(connection) if is_now else conditions.endpoint_states_at(connection, at, known_at)
    return Conditions(
        states.set_index("endpoint_id"),
        conditions.dossier_counts(connection, day, at, known_at),
        conditions.feeds_all(connection, known_at).set_index("key", drop=False),
        conditions.target_rows(connection, province, known_at),
        conditions.indicator_rows(connection, province, day, known_at),
    )
