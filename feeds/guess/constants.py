"""What no column of a list of units says and the list as a whole does: the level, by the names, and the day that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from feeds.guess.contents import Column, Reference, kinds_share
from feeds.guess.matching import Match
from feeds.guess.proposal import Doubt
from geo.names import split_kind

LEVELS = {
    "commune": ("xã", "phường", "thị trấn", "đặc khu"),
    "district": ("huyện", "quận", "thị xã", "thành phố"),
    "province": ("tỉnh",),
}
LEAST = 0.9


def constant(field: str, match: Match, reference: Reference) -> tuple[Any, Doubt] | None:
    """The value and the doubt about it; None where the list does not say it either."""
    if match.kind.key != "units" or "full_name" not in match.found:
        return None
    if field == "level":
        found = next(_levels(match.found["full_name"].column), None)
        return None if found is None else (found, Doubt("constant", {"field": "Cấp", "value": found}))
    if field == "valid_from" and reference.units_since is not None:
        day = reference.units_since.isoformat()
        return day, Doubt("constant_day", {"day": day}, must=True)
    return None


def _levels(names: Column) -> Iterator[str]:
    """The level whose kinds nearly all names begin with."""
    if kinds_share(names, village=False) < LEAST:
        return
    kinds = [split_kind(str(value))[0] for _, value in names.cells]
    yield from (level for level, known in LEVELS.items() if sum(kind in known for kind in kinds) >= LEAST * len(kinds))
