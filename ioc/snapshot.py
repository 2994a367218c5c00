"""The store as of one moment, as arrays that every view computes from.

Parts that change rarely (places, coverage) are kept per day and data version; what changes by the minute is read again whenever its
version moved. A snapshot is immutable: views never see half a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection

from geo.cube import StatusCube, build_cube
from geo.lineage import lineage
from ioc import freshness
from store import claims, conditions, places


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
    def schematic(self) -> bool:
        return bool(self.units["outline_schematic"].astype(bool).any())

    @cached_property
    def population(self) -> npt.NDArray[np.int64]:
        return self.villages["population"].fillna(0).to_numpy(np.int64)

    @cached_property
    def village_position(self) -> dict[str, int]:
        return {village_id: i for i, village_id in enumerate(self.villages["id"])}

    def inside(self, frame: pd.DataFrame, unit: str) -> npt.NDArray[np.bool_]:
        """Which rows of a places frame lie in a unit; none for an unknown unit."""
        level = self.units["level"].get(unit)
        if level is None:
            return np.zeros(len(frame), bool)
        members: npt.NDArray[np.bool_] = (frame[level] == unit).to_numpy(bool)
        return members

    def children(self, unit: str) -> pd.DataFrame:
        """The units one level down that are valid on the day: communes without districts for a province that has none any more."""
        level = self.units["level"].get(unit)
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
    times: pd.DataFrame  # operator, technology, source, true_at, synthetic
    operators: pd.DataFrame
    technologies: pd.DataFrame


@dataclass(frozen=True)
class Conditions:
    """What changes by the minute: `endpoint_states` index endpoint_id."""

    endpoint_states: pd.DataFrame
    dossiers: pd.DataFrame
    feeds: pd.DataFrame  # index key
    targets: pd.DataFrame
    indicators: pd.DataFrame


@dataclass(frozen=True)
class Snapshot:
    """Everything a view needs about one moment; `as_of` is None for now."""

    as_of: date | None
    at: datetime
    places: Places
    coverage: Coverage
    conditions: Conditions

    def promises(self, kind: str) -> dict[str, freshness.Promise]:
        """What the feeds of one record kind promise, by source; the strictest where one source has several feeds."""
        feeds = self.conditions.feeds
        feeds = feeds[(feeds["kind"] == kind) & feeds["enabled"].astype(bool)]
        strictest = feeds.groupby("source")[["late_after_s", "stale_after_s"]].min()
        return {
            str(source): freshness.Promise(int(late), int(stale))
            for source, (late, stale) in zip(strictest.index, strictest.to_numpy(), strict=True)
        }

    def promise(self, kind: str, source: str | None = None) -> freshness.Promise:
        """What one source of a record kind promises; without a source, or for one that no feed brings, the kind's usual promise."""
        return self.promises(kind).get(source or "", freshness.DEFAULTS[kind])

    def inherited(self, kind: str, heard: Mapping[str, datetime]) -> tuple[datetime, freshness.Promise]:
        """Time and promise of a figure that rests on several sources of one kind (source → its newest time; at least one)."""
        promises = self.promises(kind)
        return freshness.inherited((at, promises.get(source, freshness.DEFAULTS[kind])) for source, at in heard.items())

    def unit_level(self, unit: str) -> str | None:
        level = self.places.units["level"].get(unit)
        return None if level is None else str(level)


PLACE_LAYERS = ("units", "villages", "endpoints", "centres", "place_units", "meta")
COVERAGE_LAYERS = (*PLACE_LAYERS, "coverage", "operators", "technologies")
CONDITION_LAYERS = ("endpoint_state", "endpoint_changes", "dossiers", "feeds", "targets", "indicator_values", "meta")


def read_places(connection: Connection, day: date, province: str) -> Places:
    units = places.units_on(connection, day).set_index("code", drop=False)
    ancestors = lineage(units.reset_index(drop=True))
    readers = (places.villages_on, places.endpoints_on, places.centres_on)
    villages, endpoints, centres = (_with_ancestors(read(connection, day), ancestors) for read in readers)
    return Places(day, province, units, ancestors, villages, endpoints, centres)


def _with_ancestors(frame: pd.DataFrame, ancestors: pd.DataFrame) -> pd.DataFrame:
    return frame.join(ancestors, on="unit_code").reset_index(drop=True)


def read_coverage(connection: Connection, at: datetime, around: Places) -> Coverage:
    operators, technologies = claims.operators_all(connection), claims.technologies_all(connection)
    cube = build_cube(
        claims.latest_statuses(connection, at), list(around.villages["id"]), list(operators["key"]), list(technologies["key"])
    )
    return Coverage(cube, claims.source_times(connection, at), operators, technologies)


def read_conditions(connection: Connection, as_of: date | None, at: datetime, province: str) -> Conditions:
    states = conditions.endpoint_states(connection) if as_of is None else _past_states(connection, at)
    return Conditions(
        states.set_index("endpoint_id"),
        conditions.dossier_counts(connection, at.date() if as_of is None else as_of),
        conditions.feeds_all(connection).set_index("key", drop=False),
        conditions.target_rows(connection, province),
        conditions.indicator_rows(connection, province),
    )


def _past_states(connection: Connection, at: datetime) -> pd.DataFrame:
    states = conditions.endpoint_states_at(connection, at)
    return states.assign(observed_at=at, latency_ms=np.nan, detail=None, feed=None)
