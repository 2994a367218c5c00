"""Bytes as rows: sheets, delimited text, JSON and geographic files in one shape, with the row numbers that a person sees who opens them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from feeds.errors import ContentError
from feeds.fetching import Layout, Unreadable


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
    if layout.format == "json":
        table = records(_json_list(data, layout))
    else:
        from feeds.features import read_features

        table = read_features(data, layout)
    return in_plain_sight(table, layout)


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
