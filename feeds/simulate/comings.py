"""Endpoints that come and go: mostly up, a few changes a minute, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterable

UP_SHARE = 0.94
CHANGES_A_MINUTE = 4.0


class Comings:
    """The state of each endpoint. `forced` ones stay as they were told until they are let go."""

    def __init__(self, ids: Iterable[str], seed: int) -> None:
        self._ids = sorted(ids)
        self._chance = random.Random(seed)  # noqa: S311 - plays, guards nothing
        # In balance as many fail as return: with d endpoints down for a mean time m, d / m failures happen in a second.
        self._failures_a_s = CHANGES_A_MINUTE / 2 / 60
        self._mean_down_s = max(20.0, len(self._ids) * (1 - UP_SHARE) / self._failures_a_s)
        self._back_in_s: dict[str, float] = {}
        self._forced: dict[str, bool] = {}
        for endpoint_id in self._ids:
            if self._chance.random() >= UP_SHARE:
                self._back_in_s[endpoint_id] = self._chance.expovariate(1 / self._mean_down_s)

    def is_up(self, endpoint_id: str) -> bool:
        return self._forced.get(endpoint_id, endpoint_id not in self._back_in_s)

    def states(self) -> dict[str, bool]:
        return {endpoint_id: self.is_up(endpoint_id) for endpoint_id in self._ids}

    def force(self, endpoint_id: str, up: bool | None) -> None:
        """Hold an endpoint up or down; None lets it go again. Raises KeyError for an unknown one."""
        if endpoint_id not in self._ids:
            raise KeyError(endpoint_id)
        if up is None:
            self._forced.pop(endpoint_id, None)
        else:
            self._forced[endpoint_id] = up

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        for endpoint_id in [key for key, left_s in self._back_in_s.items() if left_s <= seconds]:
            del self._back_in_s[endpoint_id]
        for endpoint_id in self._back_in_s:
            self._back_in_s[endpoint_id] -= seconds
        if self._ids and self._chance.random() < self._failures_a_s * seconds:
            failing = self._chance.choice(self._ids)
            self._back_in_s.setdefault(failing, max(8.0, self._chance.expovariate(1 / self._mean_down_s)))
