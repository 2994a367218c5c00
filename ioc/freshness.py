"""Fresh, late, stale: how the states of figures compare, and what is promised where no feed says anything."""

from __future__ import annotations

from collections.abc import Iterable

from store.promises import FRESH, LATE, NONE, STALE, Ages

ENDED = "ended"
WORST_LAST = (ENDED, FRESH, LATE, STALE, NONE)
DAY_S = 86_400
ENDPOINTS = Ages(30, 120)
USUAL = {
    "coverage": Ages(35 * DAY_S, 70 * DAY_S),
    "endpoint_status": ENDPOINTS,
    "dossiers": Ages(DAY_S, 3 * DAY_S),
}
ANY = Ages(100 * DAY_S, 400 * DAY_S)


def worst(states: Iterable[str]) -> str:
    """The worst of several states; "none" when there are none."""
    return max(states, key=WORST_LAST.index, default=NONE)
