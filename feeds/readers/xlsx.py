"""Sheets of an XLSX workbook: values as calamine reads them; what number formats say, results that are missing and errors from the sheet's
own XML, which calamine does not tell. Extents are checked before: calamine lays a sheet out as a rectangle in memory, however large.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from feeds.errors import ContentError
from feeds.readers.book import Book, Entry
from feeds.readers.number_formats import BUILT_IN, DAY_ZERO_1900, DAY_ZERO_1904, Meaning, meaning, meant
from feeds.readers.sheet import MAX_CELLS, Merged, Sheet, Uncalculated
from feeds.readers.values import CellError

MAX_PART_BYTES = 50_000_000
"""Of the parts that are read whole: workbook, relations, styles."""


def open_xlsx(data: bytes) -> Book:
    """The sheets of a workbook. Raises ContentError and whatever the libraries raise for one that is broken."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    parts = _Parts(archive)
    entries = tuple(
        Entry(sheet.name, sheet.visible == SheetVisibleEnum.Visible, sheet.typ == SheetTypeEnum.WorkSheet) for sheet in book.sheets_metadata
    )
    return Book(entries, partial(_sheet, book, parts))


def _sheet(book: CalamineWorkbook, parts: _Parts, name: str) -> Sheet:
    with parts.sheet(name) as part:
        found = scan(part, parts.meanings)
    _check_extent(name, found.height, found.width)
    read = book.get_sheet_by_name(name)
    lines = plain_lines(read.to_python(skip_empty_area=False))
    for (line, column), said in found.meanings.items():
        if line < len(lines) and column < len(lines[line]):
            lines[line][column] = meant(lines[line][column], said, parts.day_zero)
    _place(lines, found.texts)
    merged = tuple(Merged(top, left, bottom, right) for (top, left), (bottom, right) in read.merged_cell_ranges or ())
    return Sheet(name, lines, merged, parts.day_zero)


def _check_extent(name: str, height: int, width: int) -> None:
    if height * width > MAX_CELLS or height > 1_048_576 or width > 16_384:
        raise ContentError("run.sheet_too_large", sheet=name, rows=height, columns=width, limit=MAX_CELLS)


def plain_lines(lines: list[list[Any]]) -> list[list[Any]]:
    """The same lines: None for "", none of it at a line's end, whole numbers without a fraction."""
    for line in lines:
        for column, value in enumerate(line):
            if value == "":
                line[column] = None
            elif type(value) is float and value.is_integer() and abs(value) < 1e15:
                line[column] = int(value)
        while line and line[-1] is None:
            line.pop()
    return lines


def _place(lines: list[list[Any]], cells: dict[tuple[int, int], Any]) -> None:
    """Put cells where calamine had none; they may lie outside of what it thinks is in use."""
    for (line, column), value in cells.items():
        while len(lines) <= line:
            lines.append([])
        lines[line] += [None] * (column + 1 - len(lines[line]))
        lines[line][column] = value


# ── What the XML says ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Scanned:
    """Of one sheet. height, width: up to its last cell with something in it; texts: errors and formulas without a result, by place."""

    height: int = 0
    width: int = 0
    meanings: dict[tuple[int, int], Meaning] = field(default_factory=dict)
    texts: dict[tuple[int, int], Any] = field(default_factory=dict)


class _Scanner:
    """Handlers of one pass over a sheet, which is most of the time that reading takes: what is rare is listened to only where it begins."""

    def __init__(self, meanings: list[Meaning]) -> None:
        self.found = Scanned()
        self._meanings = {str(place): said for place, said in enumerate(meanings) if said}
        self._columns: dict[str, int] = {}
        self._prefix = ""
        self._line, self._column = -1, -1
        self._kind, self._formula, self._value = "", False, ""
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._root
        self._parser.StartDoctypeDeclHandler = _no_doctype

    def read(self, part: IO[bytes]) -> Scanned:
        self._parser.ParseFile(part)
        return self.found

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        self._prefix = name[: name.rfind(":") + 1]
        self._parser.StartElementHandler = self._prefixed if self._prefix else self._start

    def _prefixed(self, name: str, attributes: dict[str, str]) -> None:
        self._start(name.removeprefix(self._prefix), attributes)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._cell(attributes)
        elif tag in ("v", "is"):
            self._filled()
        elif tag == "f":
            self._formula = True
            self._listen()
        elif tag == "row":
            self._line = int(attributes["r"]) - 1 if "r" in attributes else self._line + 1
            self._column = -1

    def _cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place is None:
            self._column += 1
        else:
            name = place.rstrip("0123456789")
            self._line = int(place[len(name) :]) - 1
            column = self._columns.get(name)
            self._column = self._columns.setdefault(name, column_of(name)) if column is None else column
        self._formula = False
        self._kind = attributes.get("t", "")
        if self._kind == "e":
            self._listen()
            self._parser.CharacterDataHandler = self._text
        if self._meanings and attributes.get("s", "0") in self._meanings:
            self.found.meanings[self._line, self._column] = self._meanings[attributes.get("s", "0")]

    def _filled(self) -> None:
        found = self.found
        if self._line >= found.height:
            found.height = self._line + 1
        if self._column >= found.width:
            found.width = self._column + 1

    def _listen(self) -> None:
        """Hear the text of this cell's value, until it ends."""
        self._value = ""
        self._parser.EndElementHandler = self._end

    def _text(self, text: str) -> None:
        self._value += text

    def _end(self, name: str) -> None:
        tag = name.removeprefix(self._prefix)
        if tag == "f":  # its own text is no value
            self._value = ""
            self._parser.CharacterDataHandler = self._text
        elif tag == "c":
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None
            self._settle()

    def _settle(self) -> None:
        value = self._value.strip()
        if self._kind == "e":
            self.found.texts[self._line, self._column] = CellError(value)
        elif self._formula and not value and self._kind != "str":
            self.found.texts[self._line, self._column] = Uncalculated()
            self._filled()


def scan(part: IO[bytes], meanings: list[Meaning]) -> Scanned:
    """What a sheet's XML says besides its values. meanings: of the cell styles, in their order."""
    return _Scanner(meanings).read(part)


def column_of(name: str) -> int:
    """From 0: 0 for A, 26 for AA. Raises ValueError for what is no column's name."""
    if not (name.isascii() and name.isalpha() and name.isupper()):
        raise ValueError(name)
    column = 0
    for letter in name:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _no_doctype(*declared: object) -> None:
    raise ValueError("a document type in a sheet")


class _Parts:
    """The parts of the package: which sheet is in which file, the styles, how days are counted."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        main = self._target(self._tree("_rels/.rels"), "officeDocument", "") or "xl/workbook.xml"
        folder, name = posixpath.split(main)
        tree = self._tree(main)
        relations = self._tree(f"{folder}/_rels/{name}.rels")
        targets = {str(item.get("Id")): _joined(folder, str(item.get("Target"))) for item in relations}
        self._sheets = {str(item.get("name")): targets.get(_id(item), "") for item in _all(tree, "sheet")}
        epoch = next((item.get("date1904", "") for item in _all(tree, "workbookPr")), "")
        self.day_zero = DAY_ZERO_1904 if epoch in ("1", "true") else DAY_ZERO_1900
        styles = self._target(relations, "styles", folder)
        self.meanings = _meanings(self._tree(styles)) if styles and styles in archive.NameToInfo else []

    def sheet(self, name: str) -> IO[bytes]:
        return self._archive.open(self._sheets[name])

    def _tree(self, name: str) -> ElementTree.Element:
        with self._archive.open(name) as part:
            text = part.read(MAX_PART_BYTES + 1)
        if len(text) > MAX_PART_BYTES or b"<!DOCTYPE" in text:
            raise ValueError(name)
        return ElementTree.fromstring(text)  # noqa: S314 - small, and without a document type, which is where entities are declared

    @staticmethod
    def _target(relations: ElementTree.Element, kind: str, folder: str) -> str | None:
        found = (item.get("Target") for item in relations if str(item.get("Type")).endswith(f"/{kind}"))
        return next((_joined(folder, target) for target in found if target), None)


def _joined(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _all(tree: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    return (item for item in tree.iter() if item.tag.rpartition("}")[2] == tag)


def _id(item: ElementTree.Element) -> str:
    return next((value for name, value in item.items() if name.endswith("}id")), "")


def _meanings(styles: ElementTree.Element) -> list[Meaning]:
    """What each cell style says about numbers."""
    own = {str(item.get("numFmtId")): meaning(str(item.get("formatCode"))) for item in _all(styles, "numFmt")}
    table = next(_all(styles, "cellXfs"), None)
    numbers = [] if table is None else [str(item.get("numFmtId", "0")) for item in table]
    return [own[number] if number in own else BUILT_IN.get(int(number), "") for number in numbers]
