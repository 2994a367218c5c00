"""What a cell's number format says beyond its number: a share, a month, a year; a cell that holds an error; and the names of cells."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal


class Percent(float):
    """The number of a cell that is shown in per cent: 0.955 for 95.5 %."""

    @property
    def percent(self) -> float:
        return float(Decimal(repr(float(self))) * 100)

    def __str__(self) -> str:
        return f"{self.percent:.12g}%".replace(".", ",")

    def kept(self) -> str:
        """As text that says both, from which `value_of` makes it again."""
        return f"{self} (={float(self)!r})"


class Month(date):
    """A day of which a cell shows month and year only: the month is meant."""

    def __str__(self) -> str:
        return f"{self.month:02d}/{self.year:04d}"


class Year(date):
    """A day of which a cell shows the year only."""

    def __str__(self) -> str:
        return f"{self.year:04d}"


class CellError(str):
    """What a spreadsheet shows in the stead of a value: #N/A, #DIV/0!, #REF!"""

    __slots__ = ()


_KEPT = re.compile(r"-?[0-9,e+-]+% \(=(-?[0-9.e+-]+)\)")


def value_of(kept: object) -> object:
    """The value of a row that had been set aside, from what was kept of it."""
    found = _KEPT.fullmatch(kept) if isinstance(kept, str) else None
    return Percent(found[1]) if found else kept


def letters(column: int) -> str:
    """The letters of a column, from 0: A, B, … Z, AA."""
    name, rest = "", column + 1
    while rest:
        rest, place = divmod(rest - 1, 26)
        name = chr(65 + place) + name
    return name


def cell_name(line: int, column: int) -> str:
    """ "C7", of line and column from 0."""
    return f"{letters(column)}{line + 1}"
