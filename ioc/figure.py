"""One figure: a value with its unit, denominator, sources, age and state, the same on every page and in the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ioc.freshness import ENDED
from store.promises import NONE, Ageing


@dataclass(frozen=True)
class Target:
    value: float
    comparator: str
    due: str  # year or date, as published
    source: str


@dataclass(frozen=True)
class SourceShare:
    """One source of a figure. rows: how many of its rows are counted; synthetic_rows: how many of them are invented, or about what is;
    newest_at: when the newest of them was last said."""

    name: str
    rows: int
    newest_at: datetime
    synthetic_rows: int = 0


@dataclass(frozen=True)
class Basis:
    """What a figure rests on: the sources of the rows that are counted in it, most rows first, and how it ages.

    at: the moment shown. ageing: from when it is late and stale, None when nothing is counted.
    """

    at: datetime
    sources: tuple[SourceShare, ...] = ()
    ageing: Ageing | None = None

    @property
    def rows(self) -> int:
        return sum(source.rows for source in self.sources)

    @property
    def synthetic_rows(self) -> int:
        return sum(source.synthetic_rows for source in self.sources)

    @property
    def synthetic(self) -> bool:
        """Whether anything invented is counted."""
        return self.synthetic_rows > 0

    @property
    def source(self) -> str | None:
        """Every source's name, in order of the alphabet; None when nothing is counted."""
        return ", ".join(sorted(source.name for source in self.sources)) or None

    @property
    def true_at(self) -> datetime | None:
        """The oldest of the sources' newest times, not after the moment shown."""
        return min(self.ageing.true_at, self.at) if self.ageing else None

    @property
    def state(self) -> str:
        """fresh | late | stale | none."""
        return self.ageing.state(self.at) if self.ageing else NONE


def shares_of(counted: Iterable[tuple[str, datetime, bool]]) -> tuple[SourceShare, ...]:
    """The sources of counted rows, each given as its source, when it was said and whether it is invented; most rows first."""
    found: dict[str, SourceShare] = {}
    for name, said_at, synthetic in counted:
        before = found.get(name, SourceShare(name, 0, said_at))
        newest = max(before.newest_at, said_at)
        found[name] = SourceShare(name, before.rows + 1, newest, before.synthetic_rows + int(synthetic))
    return ordered(found.values())


def ordered(shares: Iterable[SourceShare]) -> tuple[SourceShare, ...]:
    return tuple(sorted(shares, key=lambda share: (-share.rows, share.name)))


@dataclass(frozen=True)
class Figure:
    """value is None when there is no data (state "none") or the technology has ended (state "ended").

    unit: percent | count; true_at: when it was true, not after the moment shown; notes: catalogue codes with their values.
    """

    key: str
    value: float | None
    unit: str
    numerator: int | None
    denominator: int | None
    basis: Basis | None
    counted: str = ""  # what is counted: villages | people | endpoints | dossiers
    target: Target | None = None
    notes: tuple[tuple[str, Mapping[str, object]], ...] = field(default=())
    ended: bool = False

    @property
    def sources(self) -> tuple[SourceShare, ...]:
        return self.basis.sources if self.basis else ()

    @property
    def source(self) -> str | None:
        return self.basis.source if self.basis else None

    @property
    def synthetic(self) -> bool:
        return self.basis is not None and self.basis.synthetic

    @property
    def ageing(self) -> Ageing | None:
        return self.basis.ageing if self.basis else None

    @property
    def true_at(self) -> datetime | None:
        return self.basis.true_at if self.basis else None

    @property
    def state(self) -> str:
        """fresh | late | stale | none | ended."""
        if self.ended:
            return ENDED
        return self.basis.state if self.basis else NONE

    def age_s(self, at: datetime) -> int | None:
        return None if self.true_at is None else max(0, int((at - self.true_at).total_seconds()))


def no_data(key: str, unit: str, counted: str = "", *, ended: bool = False) -> Figure:
    return Figure(key, None, unit, None, None, None, counted, ended=ended)
