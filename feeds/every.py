"""When a job of the schedule comes again: every so many seconds, once for all the times that were missed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger


class Every(BaseTrigger):  # type: ignore[misc]
    """The library's own interval counts every time that was missed one by one: after a leap of a year, thirty million of them.

    jitter_s: comes up to so much earlier or later.
    """

    def __init__(self, every_s: float, jitter_s: float = 0.0) -> None:
        self.every_s, self.jitter_s = every_s, jitter_s

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """After `now`, whatever the time before was."""
        every = timedelta(seconds=self.every_s)
        following = (previous_fire_time or now) + every
        if following <= now:
            following = now + every
        jitter = timedelta(seconds=random.uniform(-self.jitter_s, self.jitter_s))  # noqa: S311
        return max(following + jitter, now + timedelta(milliseconds=1))

    def latest_after(self, now: datetime) -> datetime:
        """When the next one comes at the latest."""
        return now + timedelta(seconds=self.every_s + self.jitter_s)
