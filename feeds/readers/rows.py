"""A sheet and its header as a table: rows with their numbers, merged cells filled, lines that are no data left out and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from feeds.errors import ContentError, RowError
from feeds.fetching import Layout, Unreadable
from feeds.readers.headers import Header
from feeds.readers.leftovers import Line, Lines, sort_lines
from feeds.readers.sheet import Sheet, Uncalculated, is_blank
from feeds.readers.values import Month, Percent, Year, cell_name, letters
from feeds.tables import Note, Origin, Row, Table, header

SHOWN = 500  # of a line that cannot be parted, so many characters are kept


def table_of(sheet: Sheet, found: Header, layout: Layout) -> Table:
    """The rows below the header. Raises ContentError for a header that stands twice in use, or a formula without its result."""
    columns = _columns(sheet, found, layout)
    used = _used(columns, layout)
    filled = _fill_down(sheet, found)
    lines = [(place, cells) for place, cells in _below(sheet, found) if place in sheet.broken or not all(is_blank(cell) for cell in cells)]
    whole = [line for line in lines if line[0] not in sheet.broken]
    sorted_ = sort_lines(whole, found, _needed(columns, layout))
    data, unreadable = _shaped(sheet, found, sorted_.data)
    _refuse_uncalculated(sheet, data, columns, used)
    origin = Origin(sheet.name, {name: place + 1 for place, name in columns.items()}, sheet.day_zero)
    rows = [Row(place + 1, _values(cells, columns), origin=origin) for place, cells in data]
    broken = [_broken(sheet, place) for place in sorted(sheet.broken) if place > found.last]
    notes = (*_found_at(found, layout), *_left_out(sorted_), *filled, *_formats(data, columns, used))
    return Table(tuple(columns.values()), rows, notes, tuple(sorted((*unreadable, *broken), key=lambda piece: piece.number)))


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _columns(sheet: Sheet, found: Header, layout: Layout) -> dict[int, str]:
    """Column → name. A name that stands twice is refused when it is one that is wanted; else the later ones get a number."""
    words = {_folded(name) for item in layout.wanted for name in item.headers}
    columns: dict[int, str] = {}
    first: dict[str, int] = {}
    for place, name in enumerate(found.names):
        if not name:
            continue
        key = _folded(name)
        if key in first:
            if not layout.wanted or key in words:
                cells = (cell_name(found.first, first[key]), cell_name(found.first, place))
                raise ContentError("run.column_twice", column=name, first=cells[0], second=cells[1])
            name = _numbered(name, first)
            key = _folded(name)
        first[key] = place
        columns[place] = name
    return columns


def _numbered(name: str, taken: Iterable[str]) -> str:
    number = 2
    while _folded(f"{name} ({number})") in taken:
        number += 1
    return f"{name} ({number})"


def _folded(name: str) -> str:
    return header(name).casefold()


def _used(columns: dict[int, str], layout: Layout) -> set[int]:
    """The columns that are wanted; all of them where nobody said which."""
    words = {_folded(name) for item in layout.wanted for name in item.headers}
    return {place for place, name in columns.items() if not layout.wanted or _folded(name) in words}


def _needed(columns: dict[int, str], layout: Layout) -> list[int]:
    words = {_folded(name) for item in layout.wanted if item.needed for name in item.headers}
    return [place for place, name in columns.items() if _folded(name) in words]


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _below(sheet: Sheet, found: Header) -> list[Line]:
    return [(place, sheet.lines[place]) for place in range(found.last + 1, len(sheet.lines))]


def _fill_down(sheet: Sheet, found: Header) -> list[Note]:
    """Let the value of merged cells hold for each of their lines, in their first column. What was filled is counted."""
    count = 0
    for area in sheet.merged:
        if area.top <= found.last or area.bottom == area.top or area.top >= len(sheet.lines):
            continue
        value = sheet.lines[area.top][area.left] if area.left < len(sheet.lines[area.top]) else None
        if is_blank(value):
            continue
        for cells in sheet.lines[area.top + 1 : area.bottom + 1]:
            cells += [None] * (area.left + 1 - len(cells))
            if is_blank(cells[area.left]):
                cells[area.left] = value
                count += 1
    return [Note("note.merged", count)] if count else []


def _values(cells: Sequence[Any], columns: dict[int, str]) -> dict[str, Any]:
    values = {name: cells[place] for place, name in columns.items() if place < len(cells)}
    return {name: None if isinstance(value, Uncalculated) else value for name, value in values.items()}


def _shaped(sheet: Sheet, found: Header, lines: Sequence[Line]) -> tuple[list[Line], list[Unreadable]]:
    """The lines with as many cells as the header; the others of a text file set aside: which of their cells is which is not known."""
    if sheet.positional:
        return list(lines), []
    data: list[Line] = []
    unreadable: list[Unreadable] = []
    for place, cells in lines:
        last = next((column + 1 for column in range(len(cells) - 1, -1, -1) if not is_blank(cells[column])), 0)
        if found.width <= len(cells) and last <= found.width:
            data.append((place, cells))
            continue
        code, many = ("row.too_many_cells", last) if last > found.width else ("row.too_few_cells", len(cells))
        error = RowError(code, found=many, expected=found.width)
        unreadable.append(Unreadable(place + 1, error, {letters(column): cell for column, cell in enumerate(cells)}))
    return data, unreadable


def _broken(sheet: Sheet, place: int) -> Unreadable:
    error, text = sheet.broken[place]
    return Unreadable(place + 1, error, {"A": text[:SHOWN]})


def _refuse_uncalculated(sheet: Sheet, lines: Sequence[Line], columns: dict[int, str], used: set[int]) -> None:
    for place, cells in lines:
        for column in used:
            if column < len(cells) and isinstance(cells[column], Uncalculated):
                cell = cell_name(place, column)
                raise ContentError("run.formula_not_calculated", cell=cell, sheet=sheet.name, column=columns[column])


# ── What is said about it ────────────────────────────────────────────────────────────────────────────────────────────────


def _found_at(found: Header, layout: Layout) -> list[Note]:
    if found.first == 0 or layout.header_row:
        return []
    return [Note("note.header_row", found.first, {"row": found.first + 1})]


def _left_out(lines: Lines) -> list[Note]:
    kinds = {
        "note.numbering": lines.numbering,
        "note.header_again": lines.again,
        "note.totals": lines.totals,
        "note.signed": lines.signed,
    }
    return [Note(code, len(places), {"rows": _numbers(places)}) for code, places in kinds.items() if places]


def _numbers(places: Sequence[int]) -> str:
    shown = ", ".join(str(place + 1) for place in places[:10])
    return shown if len(places) <= 10 else f"{shown} …"


def _formats(lines: Sequence[Line], columns: dict[int, str], used: set[int]) -> list[Note]:
    """Columns in which number formats said what the cells mean."""
    codes: dict[type, str] = {Percent: "note.percent_cells", Month: "note.month_cells", Year: "note.year_cells"}
    counts = Counter((codes[type(cell)], place) for _, cells in lines for place, cell in enumerate(cells) if type(cell) in codes)
    notes: list[Note] = []
    for code in codes.values():
        said = {place: counts[code, place] for place in sorted(used) if counts[code, place]}
        if said:
            notes.append(Note(code, sum(said.values()), {"columns": ", ".join(f"'{columns[place]}'" for place in said)}))
    return notes
