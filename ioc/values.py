"""Values for the map: small, live, apart from the geometry they belong to."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from geo.cube import STATUS_LETTERS, Share, shares_by
from ioc.class_breaks import class_breaks
from ioc.endpoint_state import endpoint_states
from ioc.kpi import in_service
from ioc.snapshot import Snapshot

NO_DATA_CLASS = -1
LEVELS = ("commune", "district", "province")


def map_values(snapshot: Snapshot, technology: str, operator: str | None) -> dict[str, Any]:
    """Class and share of every unit, and one status letter per village in the order of the villages source.

    Of the past also the state of every endpoint by its id; those of now come live.
    """
    statuses = snapshot.coverage.cube.best(technology, operator)
    villages = snapshot.places.villages
    breaks = class_breaks(technology)
    units: dict[str, dict[str, Any]] = {code: _value(Share(0, 0), breaks) for code in snapshot.places.units.index}
    for level in LEVELS:
        units |= {code: _value(share, breaks) for code, share in shares_by(statuses, list(villages[level])).items()}
    letters = "".join(STATUS_LETTERS[int(status)] for status in statuses)
    values = {"in_service": in_service(snapshot, technology), "units": units, "villages": letters, "classes": breaks}
    return values if snapshot.is_now else values | {"endpoints": endpoint_states(snapshot)}


def _value(share: Share, breaks: tuple[int, ...]) -> dict[str, Any]:
    value = share.value
    if value is None:
        return {"v": None, "n": 0, "d": 0, "c": NO_DATA_CLASS}
    return {"v": round(value, 2), "n": share.numerator, "d": share.denominator, "c": bisect_right(breaks, value)}
