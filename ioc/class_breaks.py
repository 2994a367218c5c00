"""Where the map's classes of a share begin, in percent, technology by technology: five classes, round numbers, one colour ramp.

Most technologies reach nearly every village, so their classes part what is below the usual targets; one that is being built would be a
single colour by those. A technology that is not named here takes the usual ones.
"""

from __future__ import annotations

USUAL = (70, 80, 90, 96)  # the upper two near the usual targets
BREAKS = {"5g": (10, 20, 30, 50)}


def class_breaks(technology: str) -> tuple[int, ...]:
    """The four lower ends of the classes above the lowest."""
    return BREAKS.get(technology, USUAL)
