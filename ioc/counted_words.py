"""The words about coverage that count, as arrays: of whom each is, by which method, and when it was last said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.cube import METHODS
from ioc.figure import SourceShare, ordered

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CountedWords:
    """The words of a cube as arrays, one entry for each, in its order. frame: columns of store.claims.newest_words and `invented`:
    whether the word or the village it is about is invented."""

    frame: pd.DataFrame

    @cached_property
    def _sources(self) -> tuple[npt.NDArray[np.intp], list[str]]:
        codes, names = pd.factorize(self.frame["source"])
        return codes, [str(name) for name in names]

    @cached_property
    def _operators(self) -> tuple[npt.NDArray[np.intp], int]:
        codes, names = pd.factorize(self.frame["operator"])
        return codes, len(names)

    @cached_property
    def methods(self) -> npt.NDArray[np.intp]:
        """Positions among METHODS."""
        return pd.Index(METHODS).get_indexer(pd.Index(self.frame["method"], dtype=object))

    @cached_property
    def villages(self) -> npt.NDArray[np.intp]:
        return pd.factorize(self.frame["village_id"])[0]

    @cached_property
    def _said_at(self) -> npt.NDArray[np.int64]:
        return self.frame["said_at"].to_numpy(np.int64)

    @cached_property
    def since(self) -> npt.NDArray[np.int64]:
        """From when each has been said, µs since 1970."""
        return self.frame["since"].to_numpy(np.int64)

    @cached_property
    def invented(self) -> npt.NDArray[np.bool_]:
        return self.frame["invented"].to_numpy(np.bool_)

    def by_source(self, words: npt.NDArray[np.int32]) -> tuple[tuple[SourceShare, ...], dict[str, datetime]]:
        """The sources of some words, and by source the time that its operators' newest words all reach: one silent operator shows."""
        (sources, names), (operators, count) = self._sources, self._operators
        here = sources[words]
        newest = np.full(len(names) * max(count, 1), np.iinfo(np.int64).min)
        np.maximum.at(newest, here * max(count, 1) + operators[words], self._said_at[words])
        by_operator = newest.reshape(len(names), -1)
        heard = by_operator > np.iinfo(np.int64).min
        rows, invented = (np.bincount(here, weights, len(names)).astype(int) for weights in (None, self.invented[words]))
        counted = np.flatnonzero(rows)
        shares = [SourceShare(names[i], int(rows[i]), moment(by_operator[i].max()), int(invented[i])) for i in counted]
        return ordered(shares), {names[i]: moment(by_operator[i][heard[i]].min()) for i in counted}


def moment(microseconds: Any) -> datetime:
    return EPOCH + timedelta(microseconds=int(microseconds))


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
