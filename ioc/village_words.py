"""What is said about the coverage of one village: each word, which of them counts, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from geo.cube import METHODS, NOBODY
from ioc.snapshot import Snapshot
from store.frames import rows
from store.manual import unsigned


@dataclass(frozen=True)
class VillageWord:
    """One source's last word about an operator's technology. reason: code (`[reason]` of the catalogue) of why it counts or does not;
    said_at: when it was last said; since_at: from when; renamed: under which name its source goes on, None for its own."""

    operator: str
    technology: str
    method: str
    source: str
    status: str
    since_at: datetime
    said_at: datetime
    synthetic: bool
    counts: bool
    newest: bool
    reason: str
    renamed: str | None


def village_words(snapshot: Snapshot, village_id: str, claims: pd.DataFrame) -> list[VillageWord]:
    """claims: columns of store.claims.village_claims. By operator, technology and method; the newest of a method first."""
    found: list[VillageWord] = []
    for (operator, technology), cell in claims.groupby(["operator", "technology"], sort=False):
        counted = counted_method(snapshot, village_id, str(operator), str(technology))
        of_cell = rows(cell.sort_values(["newest", "confirmed_at"], ascending=False))
        found += [_word(row, counted, of_cell) for row in sorted(of_cell, key=lambda row: METHODS.index(row.method))]
    return found


def counted_method(snapshot: Snapshot, village_id: str, operator: str, technology: str) -> str | None:
    """By which method's word an operator's technology counts in a village; None where nothing is said, or of what is not listed."""
    cube, words = snapshot.coverage.cube, snapshot.coverage.words
    village = snapshot.places.village_position.get(village_id)
    if village is None or operator not in cube.operators or technology not in cube.technologies:
        return None
    position = int(cube.word[village, cube.operators.index(operator), cube.technologies.index(technology)])
    return None if position == NOBODY else METHODS[words.methods[position]]


def _word(row: Any, counted: str | None, of_cell: Sequence[Any]) -> VillageWord:
    renamed = row.speaker if row.speaker != unsigned(row.source) else None
    counts = bool(row.newest) and row.method == counted
    reason = _why(row, of_cell) if counts else _why_not(row, counted, of_cell)
    since_at, said_at = row.observed_at.to_pydatetime(), row.confirmed_at.to_pydatetime()
    return VillageWord(
        row.operator, row.technology, row.method, row.source, row.status, since_at, said_at, bool(row.synthetic), counts, bool(row.newest),
        reason, renamed,
    )  # fmt: skip


def _why(row: Any, of_cell: Sequence[Any]) -> str:
    methods = {other.method for other in of_cell}
    if row.method != "declared" and "declared" in methods:
        return f"young_{row.method}"
    if row.method == "declared" and len(methods) > 1:
        return "declared_before"
    return "newest" if len(of_cell) > 1 else "only"


def _why_not(row: Any, counted: str | None, of_cell: Sequence[Any]) -> str:
    if counted is None:
        return "not_listed"
    if not row.newest:
        taken = next((other for other in of_cell if other.newest and other.method == row.method), None)
        return "replaced" if taken is not None and taken.speaker == row.speaker else "older"
    return f"behind_{counted}"
