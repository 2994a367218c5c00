"""What a coverage figure rests on: the words that are counted in it, by source, by method, and what says otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from geo.cube import METHODS, Flags
from ioc.figure import Basis
from ioc.snapshot import Snapshot

Note = tuple[str, Mapping[str, object]]


def coverage_basis(snapshot: Snapshot, inside: Flags, technologies: Collection[str], operator: str | None = None) -> Basis:
    """The sources of the words that count for some villages and technologies."""
    words = snapshot.coverage.cube.words(inside, list(technologies), operator)
    if not len(words):
        return Basis(snapshot.at)
    sources, heard = snapshot.coverage.words.by_source(words)
    return Basis(snapshot.at, sources, snapshot.inherited("coverage", heard))


def precedence_notes(snapshot: Snapshot, inside: Flags, technologies: Collection[str], operator: str | None = None) -> list[Note]:
    """By which methods' words the villages are counted, and how many of them another contradicts; nothing where all declare alike."""
    cube, counted, wanted = snapshot.coverage.cube, snapshot.coverage.words, list(technologies)
    words = cube.words(inside, wanted, operator)
    methods = counted.methods[words]
    by = {method: len(np.unique(counted.villages[words[methods == i]])) for i, method in enumerate(METHODS)}
    against = {method: int((cube.disputed_by(method, wanted, operator) & inside).sum()) for method in METHODS}
    if not any(against.values()) and not by["measured"] and not by["reported"]:
        return []
    notes: list[Note] = [(f"note.by_{method}", {"count": count}) for method, count in by.items() if count and method != "declared"]
    if by["declared"]:
        notes.insert(0, ("note.by_declared", {}))
    return [*notes, *((f"note.against_{method}", {"count": count}) for method, count in against.items() if count)]
