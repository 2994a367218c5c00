"""Delimited text as a sheet: separated by ; , tab or |, whichever parts the header; lines whose quotes do not close are set aside."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from feeds.errors import RowError
from feeds.fetching import Layout
from feeds.markup import refuse_markup
from feeds.readers.decoding import decode
from feeds.readers.headers import Header, find_header
from feeds.readers.sheet import Sheet

SEPARATORS = (";", ",", "\t", "|")
HEAD_LINES = 80
"""Lines in which the header is looked for."""
QUOTED_LINES = 50
"""Most lines of text in one quoted cell."""
_STATED = re.compile(r"\ufeff?\"?sep=(.)\"?[ \t;,]*\r?\n", re.IGNORECASE)


def read_delimited(data: bytes, layout: Layout) -> Sheet:
    """The lines of a text file, without the line that states the separator, which a spreadsheet program does not show either.

    Raises ContentError for another encoding, for a web page and for XML.
    """
    text = decode(data, layout.encoding)
    refuse_markup(text.encode())
    stated = _STATED.match(text)
    if stated is not None:
        text = text[stated.end() :]
    lines = list(io.StringIO(text, newline=""))
    separator = stated[1] if stated is not None else _separator(lines, layout)
    header = find_header(_sheet(lines[:HEAD_LINES], separator), layout)
    return _sheet(lines, separator, 0 if header is None else header.width)


def _separator(lines: Sequence[str], layout: Layout) -> str:
    """The one that parts the header into most of the wanted columns, then into most columns."""
    head = lines[: max(HEAD_LINES, layout.header_row + 5)]
    present = [separator for separator in SEPARATORS if any(separator in line for line in head)] or [","]

    def worth(separator: str) -> tuple[int, int, int]:
        header = find_header(_sheet(head, separator), layout)
        return (-1, 0, 0) if header is None else (header.found, _columns(header), -SEPARATORS.index(separator))

    return max(present, key=worth)


def _columns(header: Header) -> int:
    return sum(bool(name) for name in header.names)


def _sheet(lines: Sequence[str], separator: str, width: int = 0) -> Sheet:
    """width: cells of the header, 0 while it is not known."""
    cells: list[list[str]] = []
    broken: dict[int, tuple[RowError, str]] = {}
    for found in _records(lines, separator, width):
        if isinstance(found, str):
            broken[len(cells)] = RowError("row.quote_open" if found.count('"') % 2 else "row.quote_stray"), found
            found = []
        cells.append(found)
    return Sheet("", cells, positional=False, broken=broken)


def _records(lines: Sequence[str], separator: str, width: int) -> Iterator[list[str] | str]:
    """The cells of each record; a line that cannot be parted, as it is."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            yield _plain(line, separator)
            at += 1
            continue
        last = at if line.count('"') % 2 == 0 else _closing(lines, at)
        cells = None if last is None else _parted(lines[at : last + 1], separator, width)
        yield line.rstrip("\r\n") if cells is None else cells
        at = at + 1 if cells is None or last is None else last + 1


def _plain(line: str, separator: str) -> list[str]:
    text = line.rstrip("\r\n")
    return text.split(separator) if text else []


def _closing(lines: Sequence[str], first: int) -> int | None:
    """The line in which the quotes that `first` opens are closed."""
    for at in range(first + 1, min(first + QUOTED_LINES, len(lines))):
        if lines[at].count('"') % 2:
            return at
    return None


def _parted(lines: Sequence[str], separator: str, width: int) -> list[str] | None:
    """The cells of one record; None when its quotes stand where none may, or when it looks like several records in one stray pair."""
    if len(lines) > 1 and width and min(line.count(separator) + 1 for line in (lines[0], lines[-1])) >= width > 1:
        return None
    try:
        (cells,) = csv.reader(lines, delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        return None
    return cells
