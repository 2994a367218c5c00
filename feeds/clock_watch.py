"""Whether the machine's clock has leapt: the wall clock beside the one that nobody sets."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAP_S = 2.0  # less is how a clock is put right while it runs


class ClockWatch:
    """Asked every so often. wall, steady: clocks in seconds; the second counts from anywhere and only forwards."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._apart = wall() - steady()
        self._since = steady()

    def leap_s(self) -> float:
        """By how much the clock leapt since the last time this was asked, backwards below 0; 0.0 when it did not."""
        apart = self._wall() - self._steady()
        leapt, self._apart = apart - self._apart, apart
        if abs(leapt) < LEAP_S:
            return 0.0
        self._since = self._steady()
        return leapt

    @property
    def evenly_s(self) -> float:
        """For how long it has gone on without a leap, since this process began at the most."""
        return self._steady() - self._since
