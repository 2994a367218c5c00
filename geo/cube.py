"""Coverage statuses as one array: village × operator × technology.

The status of a cell is the newest word of one method: the declaration, unless a measurement (or a report) is young enough to count before
it; where nothing was declared an older measurement, then a report, stands in. Another method that says otherwise is a dispute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

NO_DATA, NONE, WEAK, COVERED = -1, 0, 1, 2
STATUS_VALUES = {"none": NONE, "weak": WEAK, "covered": COVERED}
STATUS_LETTERS = {NO_DATA: "-", NONE: "n", WEAK: "w", COVERED: "c"}
STATUS_WORDS = {value: word for word, value in STATUS_VALUES.items()} | {NO_DATA: "no_data"}
METHODS = ("declared", "measured", "reported")
OUTRANKING = ("measured", "reported")  # which may count before a declaration, the first of them first
COMBINED = {"3g4g": ("3g", "4g")}
NOBODY = -1

Statuses = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int32]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class StatusCube:
    """`values[v, o, t]`: -1 no data, 0 none, 1 weak, 2 covered; `word[v, o, t]`: position of the word that counts among the words that
    the cube was made of, -1 where there is none; `against[m, v, o, t]`: whether the newest word of a method says otherwise.
    """

    operators: tuple[str, ...]
    technologies: tuple[str, ...]
    values: Statuses
    word: Rows
    against: Flags
    _best: dict[tuple[str, str | None], Statuses] = field(default_factory=dict, repr=False)
    _disputed: dict[tuple[str, tuple[str, ...], str | None], Flags] = field(default_factory=dict, repr=False)

    def best(self, technology: str, operator: str | None = None) -> Statuses:
        """Each village's best status for a technology ("3g4g": 3G or 4G), of one operator or of any; read-only.

        Unknown technologies and operators have no data.
        """
        key = (technology, operator)
        if key not in self._best:
            cells = self.values[np.ix_(self._everywhere, *self._at(COMBINED.get(technology, (technology,)), operator))]
            array: Statuses = cells.max(axis=(1, 2), initial=NO_DATA)
            array.setflags(write=False)
            self._best[key] = array
        return self._best[key]

    @property
    def _everywhere(self) -> Positions:
        return np.arange(len(self.values))

    def _at(self, technologies: Sequence[str], operator: str | None) -> tuple[Positions, Positions]:
        """Where one operator or all of them are, and where some technologies are."""
        at_operator = [i for i, key in enumerate(self.operators) if operator in (None, key)]
        at_technology = [self.technologies.index(key) for key in technologies if key in self.technologies]
        return np.array(at_operator, np.intp), np.array(at_technology, np.intp)

    def words(self, villages: Flags, technologies: Sequence[str], operator: str | None = None) -> Rows:
        """The positions of the words that count for some villages and technologies, of one operator or of any."""
        cells = self.cells(villages, technologies, operator)
        found: Rows = cells[cells != NOBODY]
        return found

    def cells(self, villages: Flags, technologies: Sequence[str], operator: str | None = None) -> Rows:
        """By village the position of the word that counts for each operator and technology, -1 where there is none."""
        found: Rows = self.word[np.ix_(np.flatnonzero(villages), *self._at(technologies, operator))]
        return found.reshape(len(found), found.shape[1] * found.shape[2])

    def disputed_by(self, method: str, technologies: Sequence[str], operator: str | None = None) -> Flags:
        """Villages where the newest word of a method says otherwise than the one that counts; read-only."""
        key = (method, tuple(technologies), operator)
        if key not in self._disputed:
            cells = self.against[METHODS.index(method)][np.ix_(self._everywhere, *self._at(technologies, operator))]
            array: Flags = cells.any(axis=(1, 2))
            array.setflags(write=False)
            self._disputed[key] = array
        return self._disputed[key]

    def no_signal(self, technologies: Sequence[str]) -> Flags:
        """Villages that some source speaks about and that no operator covers, even weakly, by any of `technologies`."""
        if not technologies:
            return np.zeros(len(self.values), bool)
        none: Flags = np.max([self.best(technology) for technology in technologies], axis=0) == NONE
        return none


def build_cube(
    words: pd.DataFrame,
    village_ids: Sequence[str],
    operators: Sequence[str],
    technologies: Sequence[str],
    outranks_after: Mapping[str, int] = MappingProxyType({}),
) -> StatusCube:
    """The cube of `words`: the newest word of each village, operator, technology and method, one row each.

    words: village_id, operator, technology, method, status and, with `outranks_after`, said_at. Rows about villages, operators or
    technologies not listed are left out. outranks_after: by method, after which `said_at` a word counts before a declaration.
    """
    shape = (len(METHODS), len(village_ids), len(operators), len(technologies))
    axes = [
        pd.Index(known).get_indexer(pd.Index(words[name], dtype=object))
        for known, name in ((METHODS, "method"), (village_ids, "village_id"), (operators, "operator"), (technologies, "technology"))
    ]
    known = np.logical_and.reduce([axis >= 0 for axis in axes])
    place = tuple(axis[known] for axis in axes)
    said = np.full(shape, NO_DATA, np.int8)
    said[place] = words["status"].map(STATUS_VALUES).fillna(NO_DATA).to_numpy(np.int8)[known]
    row = np.full(shape, NOBODY, np.int32)
    row[place] = np.flatnonzero(known)
    counts = np.zeros(shape[1:], np.intp)  # the method whose word counts, as a position among METHODS
    for method in range(len(METHODS) - 1, -1, -1):
        counts[said[method] != NO_DATA] = method
    for name in reversed(OUTRANKING):
        if name in outranks_after:
            here = (place[0] == METHODS.index(name)) & (words["said_at"].to_numpy(np.int64)[known] > outranks_after[name])
            counts[tuple(axis[here] for axis in place[1:])] = METHODS.index(name)
    values, word = (np.take_along_axis(of, counts[np.newaxis], axis=0)[0] for of in (said, row))
    return StatusCube(tuple(operators), tuple(technologies), values, word, (said != NO_DATA) & (said != values))


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
