"""Villages that a technology does not cover: which they are, how many people, since when, and how far the nearest covered one is.

The same statuses that the summary counts: what it counts as covered is not here, what is here it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection

from geo.cube import COMBINED, COVERED, METHODS, NONE, STATUS_WORDS, Share
from geo.gaps import nearest_covered
from ioc import clock
from ioc.kpi import Spoken, coverage_sources, has_ended, in_service
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.snapshots import Snapshots
from ioc.summary import unit_row
from store import claims, conditions
from store.transactions import reading

LISTED, NO_DATA, ENDED, NOT_YET = "listed", "no_data", "ended", "not_yet"
COLUMNS = (
    "id", "name", "commune", "district", "status", "people", "households", "grid_power",
    "distance_m", "nearest_id", "nearest", "since", "lon", "lat", "synthetic",
)  # fmt: skip


class UnknownTechnologyError(LookupError):
    """No technology of that key is known."""


class UnknownOperatorError(LookupError):
    """No operator of that key is known."""


@dataclass(frozen=True)
class Gaps:
    """state: listed | no_data | ended | not_yet (the technology is not in service yet).

    villages, people: those without, of those that a source speaks about; without_data: villages that no source speaks about.
    frame: one row for each village without, most people first, columns `COLUMNS`: commune and district are names, status is weak or
    none, distance_m and nearest are missing when no village of the province is covered, since is a day in Viet Nam.
    """

    snapshot: Snapshot
    unit: pd.Series
    technology: str
    operator: str | None
    state: str
    villages: Share
    people: Share
    without_data: int
    spoken: Spoken
    frame: pd.DataFrame

    @property
    def weak(self) -> int:
        """How many of them have a weak signal; the others have none."""
        return int((self.frame["status"] == "weak").sum())

    @property
    def synthetic(self) -> bool:
        return self.spoken.synthetic or bool(self.snapshot.places.villages["synthetic"].astype(bool).any())


def read_gaps(snapshots: Snapshots, selection: Selection) -> Gaps:
    """The gaps of the selected unit, technology and operator on the selected day.

    Raises UnknownUnitError, UnknownTechnologyError, UnknownOperatorError, NothingKnownError and StoreError.
    """
    snapshot = snapshots.get(selection.as_of, selection.known_at)
    unit = unit_row(snapshot, selection.unit)
    check_keys(snapshot, selection)
    statuses = snapshot.coverage.cube.best(selection.technology, selection.operator)
    inside = snapshot.places.inside(snapshot.places.villages, unit["code"])
    state = _service(snapshot, selection.technology)
    known = inside & (statuses >= NONE) if state == LISTED else np.zeros_like(inside)
    without = known & (statuses < COVERED)
    technologies = COMBINED.get(selection.technology, (selection.technology,))
    with reading(snapshots.engine) as connection:
        frame = _frame(connection, snapshot, selection, without, statuses)
    return Gaps(
        snapshot, unit, selection.technology, selection.operator, state if known.any() or state != LISTED else NO_DATA,
        Share(int(without.sum()), int(known.sum())), _people(snapshot, without, known), int(inside.sum() - known.sum()),
        coverage_sources(snapshot, technologies, selection.operator), frame,
    )  # fmt: skip


def check_keys(snapshot: Snapshot, selection: Selection) -> None:
    """Raises UnknownTechnologyError or UnknownOperatorError for a key that this store does not know."""
    wanted = COMBINED.get(selection.technology, (selection.technology,))
    if not set(wanted) & set(snapshot.coverage.technologies["key"]):
        raise UnknownTechnologyError(selection.technology)
    if selection.operator is not None and selection.operator not in set(snapshot.coverage.operators["key"]):
        raise UnknownOperatorError(selection.operator)


def _service(snapshot: Snapshot, technology: str) -> str:
    if in_service(snapshot, technology):
        return LISTED
    return ENDED if has_ended(snapshot, technology) else NOT_YET


def _people(snapshot: Snapshot, without: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]) -> Share:
    people = snapshot.places.population
    return Share(int(people[without].sum()), int(people[known].sum()))


def _frame(
    connection: Connection, snapshot: Snapshot, selection: Selection, without: npt.NDArray[np.bool_], statuses: npt.NDArray[np.int8]
) -> pd.DataFrame:
    villages, names = snapshot.places.villages, snapshot.places.units["full_name"]
    metric_crs = str(conditions.deployment(connection)["metric_crs"])
    nearest = nearest_covered(villages, statuses == COVERED, metric_crs).reindex(villages.index[without])
    rows = villages[without].assign(
        commune=lambda frame: frame["commune"].map(names),
        district=lambda frame: frame["district"].map(names),
        status=[STATUS_WORDS[int(status)] for status in statuses[without]],
        distance_m=nearest["distance_m"],
        nearest_id=nearest["nearest_id"],
        nearest=nearest["nearest_name"],
        since=lambda frame: frame["id"].map(_since(connection, snapshot, selection)),
    )
    rows = rows.rename(columns={"population": "people"}).sort_values(["people", "id"], ascending=[False, True])
    return rows[list(COLUMNS)].reset_index(drop=True)


def _since(connection: Connection, snapshot: Snapshot, selection: Selection) -> dict[str, date]:
    """Village → the day since which its official sources have said what they say."""
    technologies = COMBINED.get(selection.technology, (selection.technology,))
    changes = claims.last_changes(connection, snapshot.at, technologies, selection.operator, snapshot.known_at)
    days: dict[str, Any] = {}
    for method in reversed(METHODS):
        rows = changes[changes["method"] == method]
        days |= dict(zip(rows["village_id"], [clock.local(at).date() for at in rows["since_at"]], strict=True))
    return days
