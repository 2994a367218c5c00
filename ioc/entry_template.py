"""The sheet to fill in for a feed: a header, lists of what may stand in a column, and a page that explains each column."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ioc.entry import Choices
from ioc.spreadsheet import HEAD, clean, put
from ioc.text import Words
from ioc.views.entry_words import field_choices, field_label, how_to_write
from store.manual import Form, FormField

ROWS = 500


def template_file(form: Form, title: str, choices: Choices, words: Words) -> bytes:
    """XLSX whose first sheet is read back as it is."""
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = words("entry.sheet_data")
    lists = book.create_sheet(words("entry.sheet_lists"))
    _header(page, form)
    for number, field in enumerate(form.fields, start=1):
        _limit(page, lists, number, field, field_choices(field, choices))
    _explain(book.create_sheet(words("entry.sheet_help"), 1), form, title, words)
    lists.sheet_state = "hidden"
    book.properties.title, book.properties.creator = clean(title), "IOC"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _header(page: Worksheet, form: Form) -> None:
    for number, field in enumerate(form.fields, start=1):
        cell = put(page.cell(1, number), field.header)
        cell.font, cell.fill = Font(bold=True), HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        page.column_dimensions[get_column_letter(number)].width = max(14, len(field.header) + 4)
    page.freeze_panes = "A2"


def _limit(page: Worksheet, lists: Worksheet, number: int, field: FormField, choices: Sequence[tuple[str, str]]) -> None:
    """Offer the choices of a column, and refuse a count that is none."""
    letter = get_column_letter(number)
    if choices:
        for line, (value, words) in enumerate(choices, start=1):
            put(lists.cell(line, 2 * number - 1), value)
            put(lists.cell(line, 2 * number), words)
        at = get_column_letter(2 * number - 1)
        rule = DataValidation("list", f"{quote_sheetname(lists.title)}!${at}$1:${at}${len(choices)}", allow_blank=True)
    elif field.type == "whole":
        rule = DataValidation("whole", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
    else:
        page.column_dimensions[letter].number_format = "General" if field.type == "number" else "@"  # 10/2026 stays what it is
        return
    page.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{ROWS + 1}")


def _explain(page: Worksheet, form: Form, title: str, words: Words) -> None:
    put(page.cell(1, 1), words("entry.help_title", title=title))
    put(page.cell(2, 1), words("entry.help_steps"))
    lines = [[words(f"entry.help_column.{key}") for key in ("header", "meaning", "required", "write")]]
    for field in form.fields:
        required = words("entry.required" if field.required else "entry.optional")
        lines.append([field.header, field_label(field, words), required, how_to_write(field, words)])
    for number, line in enumerate(lines, start=4):
        for column, text in enumerate(line, start=1):
            put(page.cell(number, column), text)
    page["A1"].font = Font(bold=True, size=14)
    for cell in page[4]:
        cell.font, cell.fill = Font(bold=True), HEAD
    for letter, width in zip("ABCD", (28, 34, 14, 60), strict=True):
        page.column_dimensions[letter].width = width
