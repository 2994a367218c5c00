"""A sheet before its header is known: lines of cells, as they stand there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from feeds.errors import RowError
from feeds.readers.invisible import visible

MAX_CELLS = 5_000_000
"""Of one sheet, counted as the rectangle up to its last cell in use."""


class Merged(NamedTuple):
    """Cells that were made one. Lines and columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


class Uncalculated(NamedTuple):
    """A formula whose result the file does not hold."""

    formula: str = ""


@dataclass(frozen=True)
class Sheet:
    """lines: cells by line and column, None where nothing stands.

    name: "" for a text file, whose cells are told apart by separators alone: a line with one too many may have them all in the wrong place
    (`positional` is False). broken: lines, from 0, that could not be parted into cells, with the reason and what stood there. day_zero: the
    day that the file counts as number 0.
    """

    name: str
    lines: list[list[Any]]
    merged: tuple[Merged, ...] = ()
    day_zero: date | None = None
    positional: bool = True
    broken: Mapping[int, tuple[RowError, str]] = field(default_factory=dict)


def is_blank(cell: object) -> bool:
    if not isinstance(cell, str):
        return cell is None
    if cell and "!" <= cell[0] <= "~":  # nearly all cells: known at a glance
        return False
    return not visible(cell).strip()
