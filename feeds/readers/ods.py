"""Sheets of an OpenDocument workbook: values as calamine reads them; what number formats say, merged cells and formulas without a result
from the document's own XML, which calamine does not tell.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any
from xml.parsers import expat

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from feeds.errors import ContentError
from feeds.readers.book import Book, Entry
from feeds.readers.number_formats import DAY_ZERO_1900, Meaning, meant
from feeds.readers.sheet import MAX_CELLS, Merged, Sheet, Uncalculated
from feeds.readers.xlsx import plain_lines

DATE_PARTS = {"number:year": "y", "number:month": "m", "number:day": "d", "number:hours": "h", "number:minutes": "n", "number:seconds": "s"}
SAYING = {frozenset("ym"): "month", frozenset("y"): "year"}


def open_ods(data: bytes) -> Book:
    """The sheets of a document. Raises ContentError for one with a password or too large, and whatever the libraries raise."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    if "META-INF/manifest.xml" in archive.NameToInfo and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise ContentError("run.workbook_encrypted")
    scanner = _Scanner()
    with archive.open("content.xml") as part:
        pages = scanner.read(part)
    for name, page in pages.items():
        if page.height * page.width > MAX_CELLS:
            raise ContentError("run.sheet_too_large", sheet=name, rows=page.height, columns=page.width, limit=MAX_CELLS)
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    entries = tuple(Entry(sheet.name, sheet.visible == SheetVisibleEnum.Visible) for sheet in book.sheets_metadata)
    return Book(entries, partial(_sheet, book, pages))


@dataclass
class Page:
    """What the XML says of one sheet, as in feeds.readers.xlsx."""

    height: int = 0
    width: int = 0
    meanings: dict[tuple[int, int], Meaning] = field(default_factory=dict)
    uncalculated: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)


def _sheet(book: CalamineWorkbook, pages: dict[str, Page], name: str) -> Sheet:
    lines: list[list[Any]] = plain_lines(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
    page = pages.get(name, Page())
    for (line, column), said in page.meanings.items():
        if line < len(lines) and column < len(lines[line]):
            lines[line][column] = meant(lines[line][column], said, DAY_ZERO_1900)
    for line, column in page.uncalculated:
        while len(lines) <= line:
            lines.append([])
        lines[line] += [None] * (column + 1 - len(lines[line]))
        lines[line][column] = Uncalculated()
    return Sheet(name, lines, tuple(page.merged), DAY_ZERO_1900)


class _Scanner:
    """Handlers of one pass over content.xml. Styles stand before the sheets that use them."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {}
        self._page = Page()
        self._dates: dict[str, set[str]] = {}  # date style → parts that it shows
        self._styles: dict[str, str] = {}  # cell style → date style
        self._date = ""
        self._line, self._column, self._lines = -1, -1, 1
        self._waiting: list[tuple[int, int, dict[str, str]]] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = _no_doctype

    def read(self, part: IO[bytes]) -> dict[str, Page]:
        self._parser.ParseFile(part)
        return self._pages

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._cell(attributes)
        elif name == "table:table-row":
            self._line += self._lines
            self._lines = int(attributes.get("table:number-rows-repeated", 1))
            self._column = 0
        elif name == "table:table":
            self._page = self._pages.setdefault(attributes.get("table:name", ""), Page())
            self._line, self._lines = -1, 1
        elif name == "number:date-style":
            self._date = attributes.get("style:name", "")
            self._dates[self._date] = set()
        elif name in DATE_PARTS:
            self._dates.setdefault(self._date, set()).add(DATE_PARTS[name])
        elif name == "style:style":
            self._styles[attributes.get("style:name", "")] = attributes.get("style:data-style-name", "")

    def _cell(self, attributes: dict[str, str]) -> None:
        times = int(attributes.get("table:number-columns-repeated", 1))
        kind = attributes.get("office:value-type", attributes.get("calcext:value-type", ""))
        formula = "table:formula" in attributes
        if kind or formula:
            self._page.height = max(self._page.height, self._line + self._lines)
            self._page.width = max(self._page.width, self._column + times)
        if kind in ("percentage", "date") or (formula and not kind):
            self._mark(kind, attributes.get("table:style-name", ""), times)
        wide, high = (int(attributes.get(f"table:number-{name}-spanned", 1)) for name in ("columns", "rows"))
        if wide > 1 or high > 1:
            self._page.merged.append(Merged(self._line, self._column, self._line + high - 1, self._column + wide - 1))
        self._column += times

    def _mark(self, kind: str, style: str, times: int) -> None:
        said: Any = "percent" if kind == "percentage" else SAYING.get(frozenset(self._dates.get(self._styles.get(style, ""), ())), "")
        if self._lines * times > MAX_CELLS:
            return  # refused as too large when the sheet is whole
        for line in range(self._line, self._line + self._lines):
            for column in range(self._column, self._column + times):
                if not kind:
                    self._page.uncalculated.append((line, column))
                elif said:
                    self._page.meanings[line, column] = said


def _no_doctype(*declared: object) -> None:
    raise ValueError("a document type in a sheet")
