"""The rows of a list of units that are of the store's own province: a list of the whole country brings only those.

Codes have a fixed number of figures, so zeros that a spreadsheet took from their front are put back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from feeds.cells import Cells
from feeds.errors import RowError
from feeds.tables import Note, Row
from feeds.words import usual, word
from geo.unit_lookup import DIGITS

NO_DISTRICTS_SINCE = date(2025, 7, 1)
SHOWN = 5


@dataclass(frozen=True)
class Own:
    """What the store has: all codes of its units, and those of its province."""

    codes: frozenset[str]
    provinces: frozenset[str]


@dataclass(frozen=True)
class _Unit:
    """What a row says, as far as it can be read; codes with their zeros."""

    row: Row
    code: str
    parent: str
    level: str


def own_rows(
    rows: Sequence[Row], headers: Mapping[str, str], own: Own, levels: Mapping[str, tuple[str, ...]]
) -> tuple[list[Row], tuple[Note, ...]]:
    """The rows to read, with whole codes, and what was put back or left out.

    Left out is a unit that the store has not got under a parent that neither it nor the list's own part has, and any other province.
    A row that says too little to tell stays, and is refused by its reader.
    """
    known = usual(levels)
    units = [_unit(row, headers, own, known) for row in rows]
    parents = _parents(units, own)
    kept = [unit for unit in units if _is_own(unit, own, parents)]
    left = [unit.code for unit in units if not _is_own(unit, own, parents)]
    restored = sum(unit.row.values != row.values for unit, row in zip(units, rows, strict=True) if _is_own(unit, own, parents))
    shown = ", ".join([*left[:SHOWN], *(["…"] if len(left) > SHOWN else [])])
    notes = [Note("note.zeros_restored", restored)] if restored else []
    notes += [Note("note.units_elsewhere", len(left), {"codes": shown})] if left else []
    return [unit.row for unit in kept], tuple(notes)


def _parents(units: Sequence[_Unit], own: Own) -> Collection[str]:
    """Codes under which a unit is of the province: the store's, and those of districts of the list that lie in it."""
    districts = {unit.code for unit in units if unit.level == "district" and unit.parent in own.provinces}
    return own.codes | districts


def _is_own(unit: _Unit, own: Own, parents: Collection[str]) -> bool:
    if unit.level == "province":
        return unit.code in own.provinces or not unit.code
    return not unit.code or not unit.parent or unit.parent in parents or (unit.code in own.codes and not _of_another_province(unit, own))


def _of_another_province(unit: _Unit, own: Own) -> bool:
    return len(unit.parent) == DIGITS["province"] and unit.parent not in own.provinces


def _unit(row: Row, headers: Mapping[str, str], own: Own, known: Mapping[str, str]) -> _Unit:
    cells = Cells(row, headers)
    level = known.get(word(_text(cells, "level")), "")
    code = _whole(_text(cells, "code"), DIGITS.get(level, 0))
    parent = _parent(_text(cells, "parent_code"), level, _day(cells), own)
    group = _whole(_text(cells, "grouping_code"), DIGITS["district"])
    values: dict[str, Any] = {"code": code, "parent_code": parent, "grouping_code": group}
    changed = {headers[name]: value for name, value in values.items() if value and value != _text(cells, name)}
    if changed:
        row = replace(row, values=row.values | changed, came=row.came or row.values)
    return _Unit(row, code, parent, level)


def _parent(written: str, level: str, day: date | None, own: Own) -> str:
    """A commune lies in a district until the end of June 2025, in its province since."""
    if written in own.codes or level not in ("commune", "district"):
        return written
    in_province = level == "district" or day is None or day >= NO_DISTRICTS_SINCE
    return _whole(written, DIGITS["province" if in_province else "district"])


def _whole(written: str, digits: int) -> str:
    return written.zfill(digits) if written.isascii() and written.isdigit() else written


def _text(cells: Cells, field: str) -> str:
    try:
        return cells.text(field)
    except RowError:
        return ""


def _day(cells: Cells) -> date | None:
    try:
        return cells.day("valid_from")
    except RowError:
        return None
