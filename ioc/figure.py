"""One figure: a value with its unit, denominator, source, age and state, the same on every page and in the API."""

from __future__ import annotations

from collections.abc import Mapping
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
class Figure:
    """value is None when there is no data (state "none") or the technology has ended (state "ended").

    unit: percent | count; true_at: when it was true, not after the moment shown; ageing: from when it is late and stale.
    notes: catalogue codes with their values.
    """

    key: str
    value: float | None
    unit: str
    numerator: int | None
    denominator: int | None
    true_at: datetime | None
    state: str
    source: str | None
    synthetic: bool
    ageing: Ageing | None = None
    counted: str = ""  # what is counted: villages | people | endpoints | dossiers
    target: Target | None = None
    notes: tuple[tuple[str, Mapping[str, object]], ...] = field(default=())

    def age_s(self, at: datetime) -> int | None:
        return None if self.true_at is None else max(0, int((at - self.true_at).total_seconds()))


def no_data(key: str, unit: str, counted: str = "", *, ended: bool = False) -> Figure:
    state = ENDED if ended else NONE
    return Figure(key, None, unit, None, None, None, state, None, False, None, counted)
