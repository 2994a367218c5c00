"""Coverage statuses as one array: village × operator × technology.

The official status of a cell is the operator's declaration; a measurement or a technician's report stands in where nothing was
declared, and is a dispute where it contradicts the declaration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

NO_DATA, NONE, WEAK, COVERED = -1, 0, 1, 2
STATUS_VALUES = {"none": NONE, "weak": WEAK, "covered": COVERED}
STATUS_LETTERS = {NO_DATA: "-", NONE: "n", WEAK: "w", COVERED: "c"}
STATUS_WORDS = {value: word for word, value in STATUS_VALUES.items()} | {NO_DATA: "no_data"}
METHODS = ("declared", "measured", "reported")
COMBINED = {"3g4g": ("3g", "4g")}

Statuses = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class StatusCube:
    """`values[v, o, t]`: -1 no data, 0 none, 1 weak, 2 covered; `disputed` marks cells where another method disagrees."""

    operators: tuple[str, ...]
    technologies: tuple[str, ...]
    values: Statuses
    disputed: Flags
    _best: dict[tuple[str, str | None], Statuses] = field(default_factory=dict, repr=False)

    def best(self, technology: str, operator: str | None = None) -> Statuses:
        """Each village's best status for a technology ("3g4g": 3G or 4G), of one operator or of any; read-only.

        Unknown technologies and operators have no data.
        """
        key = (technology, operator)
        if key not in self._best:
            array = self._select(technology, operator)
            array.setflags(write=False)
            self._best[key] = array
        return self._best[key]

    def _select(self, technology: str, operator: str | None) -> Statuses:
        wanted = COMBINED.get(technology, (technology,))
        at_technology = [self.technologies.index(key) for key in wanted if key in self.technologies]
        at_operator = [i for i, key in enumerate(self.operators) if operator in (None, key)]
        if not at_technology or not at_operator:
            return np.full(len(self.values), NO_DATA, np.int8)
        cells = self.values[np.ix_(range(len(self.values)), at_operator, at_technology)]
        best: Statuses = cells.reshape(len(self.values), -1).max(axis=1)
        return best

    def no_signal(self, technologies: Sequence[str]) -> Flags:
        """Villages that some source speaks about and that no operator covers, even weakly, by any of `technologies`."""
        if not technologies:
            return np.zeros(len(self.values), bool)
        none: Flags = np.max([self.best(technology) for technology in technologies], axis=0) == NONE
        return none


def build_cube(statuses: pd.DataFrame, village_ids: Sequence[str], operators: Sequence[str], technologies: Sequence[str]) -> StatusCube:
    """The cube of `statuses` (village_id, operator, technology, method, status: the last word of each source).

    Rows about villages, operators or technologies not listed are left out. Where several sources of one method disagree, the best counts.
    """
    shape = (len(village_ids), len(operators), len(technologies))
    by_method = np.full((len(METHODS), *shape), NO_DATA, np.int8)
    axes = (
        pd.Index(METHODS).get_indexer(pd.Index(statuses["method"])),
        pd.Index(village_ids).get_indexer(pd.Index(statuses["village_id"])),
        pd.Index(operators).get_indexer(pd.Index(statuses["operator"])),
        pd.Index(technologies).get_indexer(pd.Index(statuses["technology"])),
    )
    value = statuses["status"].map(STATUS_VALUES).fillna(NO_DATA).to_numpy(np.int8)
    known = np.logical_and.reduce([axis >= 0 for axis in axes])
    np.maximum.at(by_method, tuple(axis[known] for axis in axes), value[known])
    declared, measured, reported = by_method
    official = np.where(declared >= 0, declared, np.where(measured >= 0, measured, reported))
    others = [(method >= 0) & (method != official) for method in (measured, reported)]
    return StatusCube(tuple(operators), tuple(technologies), official, np.logical_or(*others))


@dataclass(frozen=True)
class Share:
    """How many of how many: villages or people; value is a percentage, None when the denominator is 0."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        return 100.0 * self.numerator / self.denominator if self.denominator else None


def share(statuses: Statuses, weights: npt.NDArray[np.int64] | None = None) -> Share:
    """Covered of known; villages without data stay out of the denominator. `weights`: people per village."""
    count = np.ones(len(statuses), np.int64) if weights is None else weights
    return Share(int(count[statuses == COVERED].sum()), int(count[statuses >= 0].sum()))


def shares_by(statuses: Statuses, groups: Sequence[str | None]) -> dict[str, Share]:
    """The share of every group (a commune's code per village; None belongs to no group)."""
    codes, uniques = pd.factorize(np.asarray(groups, dtype=object))
    inside = codes >= 0
    covered = np.bincount(codes[inside & (statuses == COVERED)], minlength=len(uniques))
    known = np.bincount(codes[inside & (statuses >= 0)], minlength=len(uniques))
    return {str(code): Share(int(n), int(d)) for code, n, d in zip(uniques, covered, known, strict=True)}
