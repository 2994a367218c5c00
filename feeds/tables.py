"""Bytes as rows: JSON, CSV, XLSX and geographic files read into one shape, with the row numbers that a person sees who opens the file."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from xml.etree.ElementTree import ParseError

from feeds.errors import ContentError
from feeds.fetching import Layout, Unreadable
from feeds.old_text import in_unicode, is_old, likely, refuse_old_text, text_of

XLSX_ERRORS = (zipfile.BadZipFile, ParseError, zlib.error, KeyError, ValueError, TypeError, OSError, EOFError)
MAX_UNPACKED_BYTES = 500_000_000


@dataclass(frozen=True)
class Origin:
    """The sheet that a row stands in. sheet: its name, "" for a text file; columns: header → column, from 1.

    day_zero: the day that a spreadsheet counts as number 0; None where days are no numbers.
    """

    sheet: str
    columns: Mapping[str, int]
    day_zero: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """number: the row as the person who opens the file counts; in JSON the position in the list, from 1.

    came: the values as they came, where a feed's mapping made others of them. origin: of rows of a sheet. Whoever makes another row of one
    keeps both: `dataclasses.replace(row, values=…)`.
    """

    number: int
    values: dict[str, Any]
    came: dict[str, Any] | None = None
    origin: Origin | None = None


@dataclass(frozen=True)
class Note:
    """What was changed or left out while content was read, so that the run can say it.

    code: key of the catalogue ([note] in store/text); count: of cells, rows or sheets, its placeholder {count}; values: of the others.
    """

    code: str
    count: int = 1
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """columns: headers as they came (NFC, outer space off), without empty ones.

    notes: what was changed or left out; unreadable: lines that could not be made rows, each of which becomes a rejected row. Whoever makes
    another table of one keeps both: `dataclasses.replace(table, rows=…)`.
    """

    columns: tuple[str, ...]
    rows: list[Row]
    notes: tuple[Note, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def header(value: object) -> str:
    """A header as it is kept: NFC, runs of white space as one space, none outside."""
    return " ".join(unicodedata.normalize("NFC", str(value)).split()) if value is not None else ""


def read_table(data: bytes | list[dict[str, Any]], layout: Layout) -> Table:
    """Rows of `data`. Raises ContentError when it is not what `layout.format` says; empty rows are left out but counted."""
    if not isinstance(data, bytes):
        return records(data)
    if not data.strip():
        raise ContentError("run.empty")
    if layout.format in ("geojson", "geo", "zip"):
        from feeds.features import read_features  # the libraries of geography take a second to import

        table = read_features(data, layout)
    elif layout.format == "json":
        table = records(_json_list(data, layout))
    elif layout.format == "xlsx":
        table = _sheet(_xlsx(data, layout.sheet), layout.header_row or 1)
        return in_unicode(table, layout.encoding) if is_old(layout.encoding) else refuse_old_text(table)
    else:
        table = _sheet(_csv(data, layout.encoding), layout.header_row or 1)
    return table if layout.encoding else refuse_old_text(table)


def records(items: list[Any]) -> Table:
    """Rows of a list of records, numbered from 1. Raises ContentError when one is none."""
    bad = next((number for number, item in enumerate(items, start=1) if not isinstance(item, dict)), None)
    if bad is not None:
        raise ContentError("run.json_not_object", row=bad)
    columns = dict.fromkeys(header(key) for item in items for key in item)
    rows = [Row(number, {header(key): value for key, value in item.items()}) for number, item in enumerate(items, start=1)]
    return Table(tuple(columns), rows)


def read_json(data: bytes, encoding: str = "") -> Any:
    """The value that `data` says. Raises ContentError for a web page, a wrong encoding, broken or cut off JSON."""
    if data.lstrip()[:1] == b"<":
        raise ContentError("run.html_instead")
    try:
        return json.loads(data.decode(encoding) if encoding else data)
    except UnicodeDecodeError as error:
        raise ContentError("run.encoding", position=error.start) from error
    except json.JSONDecodeError as error:
        raise ContentError("run.json_invalid", line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise ContentError("run.json_invalid", line=1, column=1) from error


def _json_list(data: bytes, layout: Layout) -> list[Any]:
    value, path = read_json(data, layout.encoding), layout.records
    for step in filter(None, path.split(".")):
        if not isinstance(value, dict) or step not in value:
            raise ContentError(
                "run.records_missing", path=path, found=", ".join(value) if isinstance(value, dict) else type(value).__name__
            )
        value = value[step]
    if not isinstance(value, list):
        raise ContentError("run.records_not_list", path=path or "/")
    return value


def decode(data: bytes, stated: str = "") -> str:
    """Text of a CSV file: in the stated encoding, else UTF-8 with or without a byte order mark, UTF-16 with one.

    Raises ContentError for anything else.
    """
    if is_old(stated):
        return text_of(data, stated.lower())
    encoding = stated or ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        row, old = data[: error.start].count(b"\n") + 1, None if stated else likely(data)
        if old is not None:
            raise ContentError("run.encoding_like", encoding=old, row=row) from error
        raise ContentError("run.encoding", row=row, position=error.start) from error
    if "\x00" in text:
        raise ContentError("run.encoding", row=text[: text.index("\x00")].count("\n") + 1, position=text.index("\x00"))
    return text


def _csv(data: bytes, encoding: str) -> Iterator[list[Any]]:
    text = decode(data, encoding)
    if text.lstrip()[:1] == "<":
        raise ContentError("run.html_instead")
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    delimiter = max((";", ",", "\t"), key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise ContentError("run.csv_invalid", detail=str(error)) from error


def _xlsx(data: bytes, sheet: str) -> Iterator[list[Any]]:
    from openpyxl import load_workbook  # half a second to import, and most commands read no spreadsheet

    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(data)) as archive:
            warnings.simplefilter("ignore")
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise ContentError("run.too_large", limit=MAX_UNPACKED_BYTES)
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            names = book.sheetnames
            if sheet and sheet not in names:
                raise ContentError("run.sheet_missing", sheet=sheet, found=", ".join(names))
            page = book[sheet or names[0]]
            page.reset_dimensions()
            rows = [list(row) for row in page.iter_rows(values_only=True)]
            book.close()
    except XLSX_ERRORS as error:
        raise ContentError("run.xlsx_invalid", detail=type(error).__name__) from error
    yield from rows


def _sheet(lines: Iterable[list[Any]], header_row: int) -> Table:
    columns: list[str] = []
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        if number == header_row:
            columns = [header(cell) for cell in line]
            _refuse_twins(columns)
        elif number > header_row and any(cell is not None and str(cell).strip() for cell in line):
            rows.append(Row(number, {name: cell for name, cell in zip(columns, line, strict=False) if name}))
    if not any(columns):
        raise ContentError("run.no_header", row=header_row)
    return Table(tuple(name for name in columns if name), rows)


def _refuse_twins(columns: list[str]) -> None:
    named = [name.casefold() for name in columns if name]
    twin = next((name for name in columns if name and named.count(name.casefold()) > 1), None)
    if twin is not None:
        raise ContentError("run.column_twice", column=twin)
