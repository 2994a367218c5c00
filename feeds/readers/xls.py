"""Sheets of a workbook of Excel 97 to 2003, as xlrd reads them."""

from __future__ import annotations

import os
from datetime import datetime, time
from functools import partial
from typing import Any

import xlrd
from xlrd.biffh import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT, error_text_from_code
from xlrd.xldate import xldate_as_datetime

from feeds.errors import ContentError
from feeds.readers.book import Book, Entry
from feeds.readers.number_formats import DAY_ZERO_1900, DAY_ZERO_1904, meaning, meant
from feeds.readers.sheet import MAX_CELLS, Merged, Sheet
from feeds.readers.values import CellError


def open_xls(data: bytes) -> Book:
    """The sheets of a workbook. Raises ContentError for one with a password, and whatever xlrd raises for one that is broken."""
    with open(os.devnull, "w") as nowhere:
        try:
            book = xlrd.open_workbook(file_contents=data, formatting_info=True, on_demand=True, logfile=nowhere)
        except xlrd.XLRDError as error:
            if "encrypted" in str(error):
                raise ContentError("run.workbook_encrypted") from error
            raise
    visible = {name: book._sheet_visibility[place] == 0 for place, name in enumerate(book.sheet_names())}
    return Book(tuple(Entry(name, shown) for name, shown in visible.items()), partial(_sheet, book))


def _sheet(book: Any, name: str) -> Sheet:
    with open(os.devnull, "w") as nowhere:
        book.logfile = nowhere
        page = book.sheet_by_name(name)
    if page.nrows * page.ncols > MAX_CELLS:
        raise ContentError("run.sheet_too_large", sheet=name, rows=page.nrows, columns=page.ncols, limit=MAX_CELLS)
    lines = [[_value(book, page, line, column) for column in range(page.row_len(line))] for line in range(page.nrows)]
    merged = tuple(Merged(top, left, bottom - 1, right - 1) for top, bottom, left, right in page.merged_cells)
    return Sheet(name, lines, merged, DAY_ZERO_1904 if book.datemode else DAY_ZERO_1900)


def _value(book: Any, page: Any, line: int, column: int) -> Any:
    kind, value = page.cell_type(line, column), page.cell_value(line, column)
    if kind == XL_CELL_TEXT:
        return value or None
    if kind in (XL_CELL_NUMBER, XL_CELL_DATE):
        return _number(book, page, line, column, value, kind == XL_CELL_DATE)
    if kind == XL_CELL_BOOLEAN:
        return bool(value)
    return CellError(error_text_from_code.get(value, "#?")) if kind == XL_CELL_ERROR else None


def _number(book: Any, page: Any, line: int, column: int, value: float, dated: bool) -> Any:
    style = book.xf_list[page.cell_xf_index(line, column)]
    form = book.format_map.get(style.format_key)
    read: Any = _moment(value, book.datemode) if dated else int(value) if value.is_integer() and abs(value) < 1e15 else value
    said = meaning(form.format_str) if form is not None else ""
    return meant(read, said, DAY_ZERO_1904 if book.datemode else DAY_ZERO_1900) if said else read


def _moment(value: float, datemode: int) -> datetime | time | float:
    """A day with its time; a time alone below one day; the number itself where it is no day."""
    try:
        moment: datetime = xldate_as_datetime(value, datemode)
    except (OverflowError, ValueError):
        return value
    return moment.time() if 0 <= value < 1 else moment
