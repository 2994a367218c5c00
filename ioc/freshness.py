"""Fresh, late, stale: how a figure's age reads against what its source promised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

FRESH, LATE, STALE, NONE, ENDED = "fresh", "late", "stale", "none", "ended"
WORST_LAST = (ENDED, FRESH, LATE, STALE, NONE)


@dataclass(frozen=True)
class Promise:
    """Ages of the source's own time, in seconds, after which a figure is late and then stale."""

    late_after_s: int
    stale_after_s: int

    def stricter(self, other: Promise) -> Promise:
        return Promise(min(self.late_after_s, other.late_after_s), min(self.stale_after_s, other.stale_after_s))

    def state(self, true_at: datetime | None, at: datetime) -> str:
        if true_at is None:
            return NONE
        age_s = (at - true_at).total_seconds()
        return STALE if age_s > self.stale_after_s else LATE if age_s > self.late_after_s else FRESH


def inherited(heard: Iterable[tuple[datetime, Promise]]) -> tuple[datetime, Promise]:
    """Time and promise of a figure that rests on several sources, each with its newest time and its own promise; at least one.

    The figure is as old as the oldest of them, and late or stale as soon as the first of them is.
    """
    sources = list(heard)
    true_at = min(at for at, _ in sources)
    late_after_s = min((at - true_at).total_seconds() + promise.late_after_s for at, promise in sources)
    stale_after_s = min((at - true_at).total_seconds() + promise.stale_after_s for at, promise in sources)
    return true_at, Promise(int(late_after_s), int(stale_after_s))


def worst(states: Iterable[str]) -> str:
    """The worst of several states; "none" when there are none."""
    return max(states, key=WORST_LAST.index, default=NONE)


DAY_S = 86_400
COVERAGE = Promise(35 * DAY_S, 70 * DAY_S)
ENDPOINTS = Promise(30, 120)
DOSSIERS = Promise(DAY_S, 3 * DAY_S)
INDICATORS = Promise(100 * DAY_S, 400 * DAY_S)
DEFAULTS = {"coverage": COVERAGE, "endpoint_status": ENDPOINTS, "dossiers": DOSSIERS}
