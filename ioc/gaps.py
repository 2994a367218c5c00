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

from geo.cube import COMBINED, COVERED, NONE, STATUS_WORDS, Share
from geo.gaps import nearest_covered
from ioc import clock
from ioc.counted_words import moment
from ioc.coverage_basis import coverage_basis
from ioc.figure import Basis
from ioc.kpi import has_ended, in_service
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.snapshots import Snapshots
from ioc.summary import unit_row
from store import conditions
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
    filtered_by, listed: what the frame is filtered by, in words, and how many rows there are without it; see `ioc.gaps_filter`.
    """

    snapshot: Snapshot
    unit: pd.Series
    technology: str
    operator: str | None
    state: str
    villages: Share
    people: Share
    without_data: int
    basis: Basis
    frame: pd.DataFrame
    filtered_by: str | None = None
    listed: int = 0

    @property
    def weak(self) -> int:
        """How many of them have a weak signal; the others have none."""
        return int((self.frame["status"] == "weak").sum())

    @property
    def people_unknown(self) -> int:
        """Of how many of them nobody has said how many people live there."""
        return int(self.frame["people"].isna().sum())


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
        metric_crs = str(conditions.deployment(connection)["metric_crs"])
    frame = _frame(snapshot, selection, without, statuses, metric_crs)
    return Gaps(
        snapshot, unit, selection.technology, selection.operator, state if known.any() or state != LISTED else NO_DATA,
        Share(int(without.sum()), int(known.sum())), _people(snapshot, without, known), int(inside.sum() - known.sum()),
        coverage_basis(snapshot, inside, technologies, selection.operator), frame,
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
    snapshot: Snapshot, selection: Selection, without: npt.NDArray[np.bool_], statuses: npt.NDArray[np.int8], metric_crs: str
) -> pd.DataFrame:
    villages, names = snapshot.places.villages, snapshot.places.units["full_name"]
    nearest = nearest_covered(villages, statuses == COVERED, metric_crs).reindex(villages.index[without])
    rows = villages[without].assign(
        commune=lambda frame: frame["commune"].map(names),
        district=lambda frame: frame["district"].map(names),
        status=[STATUS_WORDS[int(status)] for status in statuses[without]],
        distance_m=nearest["distance_m"],
        nearest_id=nearest["nearest_id"],
        nearest=nearest["nearest_name"],
        since=_since(snapshot, selection, without),
        synthetic=_invented(snapshot, selection, without),
    )
    rows = rows.rename(columns={"population": "people"}).sort_values(["people", "id"], ascending=[False, True])
    return rows[list(COLUMNS)].reset_index(drop=True)


def _since(snapshot: Snapshot, selection: Selection, villages: npt.NDArray[np.bool_]) -> list[date]:
    """For each of these villages the day since which the words that count have said what they say."""
    since = _of_words(snapshot, selection, villages, snapshot.coverage.words.since)
    return [clock.local(moment(newest)).date() for newest in since]


def _invented(snapshot: Snapshot, selection: Selection, villages: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which of these villages are invented, or have an invented word that counts."""
    return _of_words(snapshot, selection, villages, snapshot.coverage.words.invented).astype(np.bool_)


def _of_words(snapshot: Snapshot, selection: Selection, villages: npt.NDArray[np.bool_], values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """For each of these villages the largest value of the words that count there, of which there is one at least."""
    cube, technologies = snapshot.coverage.cube, COMBINED.get(selection.technology, (selection.technology,))
    cells = cube.cells(villages, technologies, selection.operator)
    found = np.where(cells >= 0, values.astype(np.int64)[cells], np.iinfo(np.int64).min)
    largest: npt.NDArray[np.int64] = found.max(axis=1, initial=np.iinfo(np.int64).min)
    return largest
