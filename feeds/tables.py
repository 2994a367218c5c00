"""Bytes as rows: sheets, delimited text, JSON and geographic files in one shape, with the row numbers that a person sees who opens them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from feeds.errors import ContentError
from feeds.fetching import FILE_FORMATS, Layout, Unreadable
from feeds.markup import refuse_markup


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
    from feeds.readers.invisible import cleaned, in_plain_sight

    if not isinstance(data, bytes):
        return cleaned(records(data))
    if not data.strip():
        raise ContentError("run.empty")
    if layout.format in ("xlsx", "csv"):
        from feeds.readers import reading  # the libraries of sheets and of geography take their time to import

        return reading.read_book(data, layout) if layout.format == "xlsx" else reading.read_text(data, layout)
    if layout.format == "gz":
        return read_table(*unpacked(data, layout))
    return in_plain_sight(_other(data, layout), layout)


def _other(data: bytes, layout: Layout) -> Table:
    """What is no sheet."""
    if layout.format in ("json", "geojson"):
        from feeds.json_body import read_body

        return read_body(data, layout)
    if layout.format == "ics":
        from feeds.calendar_files import read_calendar

        return read_calendar(data)
    from feeds.features import read_features

    return read_features(data, layout)


def unpacked(data: bytes, layout: Layout) -> tuple[bytes, Layout]:
    """What a .gz holds and how it lies: by the name without .gz, else by how it begins. Raises ContentError."""
    from feeds.archives import gunzip  # knows the formats, which this module reads

    inner, suffix = gunzip(data, layout.max_bytes), layout.suffix.lower().removesuffix(".gz")
    form = FILE_FORMATS.get(suffix) or ("json" if inner.lstrip()[:1] in (b"{", b"[") else "csv")
    if form in ("zip", "gz"):
        raise ContentError("run.zip_nested", name=suffix)
    return inner, replace(layout, format=form, suffix=suffix)


def records(items: list[Any]) -> Table:
    """Rows of a list of records, numbered from 1. Raises ContentError when one is none."""
    bad = next((number for number, item in enumerate(items, start=1) if not isinstance(item, dict)), None)
    if bad is not None:
        raise ContentError("run.json_not_object", row=bad)
    columns = dict.fromkeys(header(key) for item in items for key in item)
    rows = [Row(number, {header(key): value for key, value in item.items()}) for number, item in enumerate(items, start=1)]
    return Table(tuple(columns), rows)


def read_json(data: bytes, encoding: str = "") -> Any:
    """The value that `data` says. Raises ContentError for a web page, XML, a wrong encoding, broken or cut off JSON."""
    refuse_markup(data)
    try:
        return json.loads(data.decode(encoding) if encoding else data)
    except UnicodeDecodeError as error:
        raise ContentError("run.encoding", position=error.start) from error
    except json.JSONDecodeError as error:
        raise ContentError("run.json_invalid", line=error.lineno, column=error.colno) from error
    except (RecursionError, ValueError) as error:  # nested without end; a number of thousands of digits
        raise ContentError("run.json_invalid", line=1, column=1) from error
