"""What all invented rows have in common, and the sizes of the provinces they imitate.

Villages have no open register and operators publish no coverage by village, so both are invented: the same seed gives the same rows,
every row is flagged, and totals are those of the place. Populations and numbers of villages are rounded from yearbooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

SOURCE = "mô phỏng"
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
SURVEYED_ON = date(2022, 4, 30)
"""The day that the published coverage of Điện Biên was true."""


@dataclass(frozen=True)
class Size:
    """villages, people: how many the invented villages are and hold. shares: % of villages with 2G, with 3G or 4G, with broadband."""

    villages: int
    people: int
    shares: tuple[float, float, float]


_SIZES = {
    "11": Size(1440, 650_000, (98.6, 94.3, 88.0)),
    "15": Size(2910, 1_625_000, (99.1, 96.0, 90.5)),
    "04": Size(1462, 546_000, (98.9, 95.1, 86.7)),
    "40": Size(3804, 3_420_000, (99.6, 98.2, 95.4)),
}


def size_of(code: str, communes: int) -> Size:
    """What to invent for a province with so many old communes; the shares of Điện Biên are the published ones."""
    return _SIZES.get(code, Size(10 * communes, 8_000 * communes, (99.5, 98.0, 94.0)))


def random(seed: int, subject: str) -> np.random.Generator:
    """A generator of its own for each subject, so that one more village does not move the endpoints."""
    return np.random.default_rng([seed, *subject.encode()])


def at_17(day: date) -> datetime:
    """17:00 in Vietnam, when the day's spreadsheets are in."""
    return datetime.combine(day, time(17), LOCAL)
