"""The units that a source's numbers may be written in, and what one of each is in the unit that the store keeps."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

_COUNT = {"one": "1", "hundred": "100", "thousand": "1e3", "million": "1e6", "billion": "1e9"}
_COUNT_VI = {"đơn vị": "1", "trăm": "100", "nghìn": "1e3", "ngàn": "1e3", "triệu": "1e6", "tỷ": "1e9", "tỉ": "1e9"}
_SHARE = {"percent": "1", "%": "1", "phần trăm": "1", "ratio": "100", "tỷ lệ": "100", "permille": "0.1", "‰": "0.1"}

# By the unit that a field is stored in: the name a feed may declare → how many of the stored unit it is.
FACTORS: Mapping[str, Mapping[str, str]] = {
    "one": _COUNT | _COUNT_VI,
    "percent": _SHARE,
    "figure": _COUNT | _COUNT_VI | _SHARE,  # a figure whose indicator says what it is: a share is kept in per cent
    "m": {"mm": "0.001", "cm": "0.01", "m": "1", "km": "1000"},
    "ms": {"µs": "0.001", "ms": "1", "s": "1000", "min": "60000"},
    "byte": {"byte": "1", "kB": "1e3", "MB": "1e6", "GB": "1e9", "TB": "1e12", "KiB": "1024", "MiB": "1048576", "GiB": "1073741824"},
}


def factor(stored: str, declared: str) -> Decimal | None:
    """How many of the stored unit one of the declared is; None when the declared one does not measure the same."""
    known = FACTORS.get(stored, {})
    return Decimal(known[declared]) if declared in known else None


def scaled(value: float, times: Decimal) -> float:
    """`value` in the stored unit, without what binary fractions add: 0.9663 × 100 is 96.63."""
    return float(Decimal(str(value)) * times)
