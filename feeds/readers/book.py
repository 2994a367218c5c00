"""A workbook: which sheets it has, each of them read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from feeds.readers.sheet import Sheet


class Entry(NamedTuple):
    """One sheet as the workbook lists it. table: whether it has cells; a chart on a sheet of its own has none."""

    name: str
    visible: bool = True
    table: bool = True


@dataclass(frozen=True)
class Book:
    """entries: in the order of the workbook; read: the sheet of a name."""

    entries: tuple[Entry, ...]
    read: Callable[[str], Sheet]
