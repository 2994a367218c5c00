"""Tables as files that a spreadsheet program opens right: CSV and XLSX.

CSV is UTF-8 with a byte order mark, without which Excel reads Vietnamese letters as another alphabet. In Vietnamese its columns are apart
by ";" and the decimal mark is a comma, as Excel expects with Vietnamese regional settings; in English they are "," and a point. GDAL and
QGIS read both. Days are ISO, and headings hold none of the separators.

A text that begins like a formula stays a text: in CSV behind an apostrophe, in XLSX as a string cell marked as such. Numbers are numbers,
negative ones too. Characters that XML cannot hold are left out.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

BYTE_ORDER_MARK = "\ufeff"
SEPARATORS = {"vi": ";", "en": ","}
DECIMAL_MARKS = {"vi": ",", "en": "."}
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = PatternFill("solid", start_color="FFDCE6F1")
Value = str | int | float | bool | date | None


@dataclass(frozen=True)
class Column:
    """width: in characters; number_format: of Excel, "General" for text."""

    title: str
    width: int = 14
    number_format: str = "General"


def clean(text: str) -> str:
    """Without the characters that no XML file can hold: controls, halves of surrogate pairs, U+FFFE and U+FFFF."""
    return NOT_IN_XML.sub("", text)


def harmless(value: Value) -> Value:
    """A text that a spreadsheet program would take for a formula, behind an apostrophe; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def csv_file(columns: Sequence[Column], rows: Sequence[Sequence[Value]], language: str) -> bytes:
    """The table with one line of titles. Missing values are empty."""
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=SEPARATORS[language], lineterminator="\r\n")
    writer.writerow([harmless(column.title) for column in columns])
    writer.writerows([_written(value, DECIMAL_MARKS[language]) for value in row] for row in rows)
    return (BYTE_ORDER_MARK + lines.getvalue()).encode()


def _written(value: Value, decimal_mark: str) -> Value:
    """A cell of a CSV file."""
    if isinstance(value, float):
        return repr(value).replace(".", decimal_mark) if math.isfinite(value) else None
    return harmless(clean(value)) if isinstance(value, str) else value


def workbook_file(
    sheet: str, title: str, facts: Sequence[tuple[str, Value]], columns: Sequence[Column], rows: Sequence[Sequence[Value]]
) -> bytes:
    """One sheet: the title, a block of facts about the table, the table with a frozen head and filters, ready to print on A4."""
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = sheet
    put(page.cell(1, 1), title).font = Font(bold=True, size=14)
    for number, (name, value) in enumerate(facts, start=2):
        put(page.cell(number, 1), name).font = Font(bold=True)
        put(page.cell(number, 2), value).alignment = Alignment(horizontal="left")
    head = len(facts) + 3
    _write_table(page, head, columns, rows)
    _prepare_print(page, head)
    book.properties.title, book.properties.creator = clean(title), "IOC"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write_table(page: Worksheet, head: int, columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> None:
    for number, column in enumerate(columns, start=1):
        cell = put(page.cell(head, number), column.title)
        cell.font, cell.fill = Font(bold=True), HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        page.column_dimensions[get_column_letter(number)].width = column.width
    for line, row in enumerate(rows, start=head + 1):
        for number, (column, value) in enumerate(zip(columns, row, strict=True), start=1):
            put(page.cell(line, number), value).number_format = column.number_format
    page.freeze_panes = page.cell(head + 1, 2)
    page.auto_filter.ref = f"A{head}:{get_column_letter(len(columns))}{head + max(1, len(rows))}"


def put(cell: Any, value: Value) -> Cell:
    """Write a value into a cell of a workbook: a text stays a text whatever it begins with."""
    assert isinstance(cell, Cell)
    value = clean(value) if isinstance(value, str) else value
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = harmless(value) != value
    return cell


def _prepare_print(page: Worksheet, head: int) -> None:
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", "9"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{head}:{head}"
    page.oddFooter.right.text = "&P / &N"
