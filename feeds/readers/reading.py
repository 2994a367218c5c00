"""Bytes of a sheet or of delimited text as one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from feeds.errors import ContentError
from feeds.fetching import Layout
from feeds.old_text import is_old
from feeds.readers.book import Book
from feeds.readers.delimited import read_delimited
from feeds.readers.headers import Header, find_header
from feeds.readers.invisible import in_plain_sight
from feeds.readers.old_sheets import in_unicode
from feeds.readers.rows import table_of
from feeds.readers.sheet import Sheet
from feeds.readers.workbook import is_workbook, open_book
from feeds.tables import Note, Table, header

ALL = "*"
NAMED = 10
"""Most sheets that a message names."""


def read_text(data: bytes, layout: Layout) -> Table:
    """The table in a text file. Raises ContentError."""
    if is_workbook(data):
        return read_book(data, layout)
    return in_plain_sight(_table(read_delimited(data, layout), layout), layout)


def read_book(data: bytes, layout: Layout) -> Table:
    """The table in a workbook, of one sheet or of several below each other. Raises ContentError."""
    book = open_book(data)
    names = _named(book, layout)
    if names is None:
        return _first_that_fits(book, layout)
    return _together(book, names, layout)


def _table(sheet: Sheet, layout: Layout) -> Table:
    found = find_header(sheet, layout)
    if found is None or not any(found.names):
        row = layout.header_row or 1
        raise ContentError("run.no_header_in_sheet" if sheet.name else "run.no_header", row=row, sheet=sheet.name)
    return table_of(sheet, found, layout)


# ── Which sheets ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _named(book: Book, layout: Layout) -> list[str] | None:
    """The sheets that the layout names; None when the first one that fits is meant. Raises ContentError for one that is not there."""
    if layout.sheets == (ALL,):
        return [entry.name for entry in book.entries if entry.visible and entry.table]
    wanted = layout.sheets or ((layout.sheet,) if layout.sheet else ())
    known = {entry.name.casefold().strip(): entry for entry in book.entries}
    for name in wanted:
        entry = known.get(name.casefold().strip())
        if entry is None:
            raise ContentError("run.sheet_missing", sheet=name, found=", ".join(entry.name for entry in book.entries[:30]))
        if not entry.table:
            raise ContentError("run.sheet_is_chart", sheet=entry.name)
    return [known[name.casefold().strip()].name for name in wanted] or None


def _read(book: Book, name: str, layout: Layout) -> tuple[Sheet, Header | None]:
    sheet = book.read(name)
    if is_old(layout.encoding):
        sheet = in_unicode(sheet, layout.encoding)
    return sheet, find_header(sheet, layout)


def _first_that_fits(book: Book, layout: Layout) -> Table:
    """Of the first visible sheet that has every column that is needed, else of the one with most of the wanted columns.

    Where no column is needed, as when any kind of record would do, the sheet with most of the wanted ones.
    """
    settles = not layout.wanted or any(item.needed for item in layout.wanted)
    best: tuple[tuple[int, int], Sheet, Header] | None = None
    for entry in book.entries:
        if not (entry.visible and entry.table):
            continue
        sheet, found = _read(book, entry.name, layout)
        if found is None or not any(found.names):
            continue
        worth = -found.missing, found.found
        if best is None or worth > best[0]:
            best = worth, sheet, found
        if settles and not found.missing:
            break
    if best is None:
        raise ContentError("run.no_sheet", found=", ".join(entry.name for entry in book.entries[:30]))
    _, sheet, found = best
    table = in_plain_sight(table_of(sheet, found, layout), layout)
    return replace(table, notes=(*_others(book, [sheet.name]), *table.notes))


def _together(book: Book, names: list[str], layout: Layout) -> Table:
    """The rows of several sheets. Of "*", those that fit; of a list, every one must."""
    tables: dict[str, Table] = {}
    for name in names:
        sheet, found = _read(book, name, layout)
        if layout.sheets == (ALL,) and (found is None or found.missing or (layout.wanted and not found.found)):
            continue
        tables[name] = in_plain_sight(_table(sheet, layout), layout)
        if len(names) > 1 and found is not None and found.missing:
            columns = tables[name].columns
            raise ContentError("run.sheet_lacks", sheet=name, columns=_lacking(columns, layout), found=", ".join(columns[:30]))
    if not tables:
        return _first_that_fits(book, layout)
    every = tuple(dict.fromkeys(column for table in tables.values() for column in table.columns))
    counted = [Note("note.sheet_rows", len(table.rows), {"sheet": name}) for name, table in tables.items()] if len(tables) > 1 else []
    notes = (*counted, *_others(book, list(tables)), *(note for table in tables.values() for note in table.notes))
    rows = [row for table in tables.values() for row in table.rows]
    return Table(every, rows, notes, tuple(piece for table in tables.values() for piece in table.unreadable))


def _lacking(columns: Iterable[str], layout: Layout) -> str:
    present = {name.casefold() for name in columns}
    needed = [item.headers for item in layout.wanted if item.needed]
    return ", ".join(headers[0] for headers in needed if not any(header(name).casefold() in present for name in headers))


def _others(book: Book, read: list[str]) -> list[Note]:
    """The sheets that were not read, by name."""
    others = [entry.name for entry in book.entries if entry.name not in read]
    shown = ", ".join(f"'{name}'" for name in others[:NAMED]) + (" …" if len(others) > NAMED else "")
    return [Note("note.sheets_left_out", len(others), {"sheets": shown})] if others else []
