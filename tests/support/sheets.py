"""Workbooks as departments make them: XLSX, XLS and ODS with number formats, merged cells, hidden sheets and formulas."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

Lines = Sequence[Sequence[object]]


def xlsx(
    *sheets: tuple[str, Lines],
    formats: Mapping[str, str] | None = None,
    merged: Sequence[str] = (),
    hidden: Sequence[str] = (),
    charts: Sequence[str] = (),
    from_1904: bool = False,
) -> bytes:
    """formats: cell of the first sheet → number format; merged: ranges of it; hidden: sheets by name; charts: before the others."""
    book = Workbook()
    book.remove(book.active)
    for name in charts:
        book.create_chartsheet(name)
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    for name, lines in sheets:
        page = book.create_sheet(name)
        for line in lines:
            page.append(list(line))
        page.sheet_state = "hidden" if name in hidden else "visible"
    page = book[sheets[0][0]]
    for cell, code in (formats or {}).items():
        page[cell].number_format = code
    for area in merged:
        page.merge_cells(area)
    return _saved(book)


def xls(*sheets: tuple[str, Lines], formats: Mapping[tuple[int, int], str] | None = None, merged: Sequence[tuple[int, ...]] = ()) -> bytes:
    """formats: (line, column) from 0 of the first sheet → number format; merged: (top, bottom, left, right) of it."""
    import xlwt

    book = xlwt.Workbook()
    for place, (name, lines) in enumerate(sheets):
        page = book.add_sheet(name)
        tops = {(top, left): (bottom, right) for top, bottom, left, right in merged} if place == 0 else {}
        for line, cells in enumerate(lines):
            for column, value in enumerate(cells):
                code = (formats or {}).get((line, column)) if place == 0 else None
                code = code or ("dd/mm/yyyy" if isinstance(value, date) else "General")
                style = xlwt.easyxf(num_format_str=code)
                if (line, column) in tops:
                    bottom, right = tops[line, column]
                    page.write_merge(line, bottom, column, right, value, style)
                elif value is not None:
                    page.write(line, column, value, style)
    return _saved(book)


def _saved(book: object) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def ods(*sheets: tuple[str, Lines], hidden: Sequence[str] = ()) -> bytes:
    """Cells: text, number, day, None; ("percent", x), ("month", day), ("formula",) and ("down", value, rows) for merged ones."""
    tables = "".join(_ods_table(name, lines, name in hidden) for name, lines in sheets)
    names = ("office", "table", "text", "style", "number")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{_ODS[name]}:1.0"' for name in names)
    styles = (
        '<number:date-style style:name="N1"><number:month/><number:text>/</number:text><number:year/></number:date-style>'
        '<style:style style:name="m" style:family="table-cell" style:data-style-name="N1"/>'
        '<style:style style:name="hide" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    content = f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
    content += f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>",
            "content.xml": '<?xml version="1.0" encoding="UTF-8"?>' + content,
        }
    )


_ODS = {"office": "office", "table": "table", "text": "text", "style": "style", "number": "datastyle"}


def _ods_table(name: str, lines: Lines, hidden: bool) -> str:
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, line))}</table:table-row>" for line in lines)
    style = ' table:style-name="hide"' if hidden else ""
    return f'<table:table table:name="{escape(name)}"{style}>{rows}</table:table>'


def _ods_cell(value: object) -> str:
    if isinstance(value, tuple):
        if value[0] == "percent":
            return _typed("percentage", "value", value[1])
        if value[0] == "month":
            return _typed("date", "date-value", value[1], ' table:style-name="m"')
        if value[0] == "formula":
            return '<table:table-cell table:formula="of:=1+1"/>'
        return _ods_cell(value[1]).replace("<table:table-cell", f'<table:table-cell table:number-rows-spanned="{value[2]}"', 1)
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, date):
        return _typed("date", "date-value", value.isoformat() if isinstance(value, datetime) else value)
    if isinstance(value, int | float):
        return _typed("float", "value", value)
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'


def _typed(kind: str, name: str, value: object, more: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" office:{name}="{value}"{more}><text:p>{value}</text:p></table:table-cell>'


def packed(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def edited(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A workbook with something else in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert old in files[part], files[part][:2000]
    return packed({name: content.replace(old, new) if name == part else content for name, content in files.items()})


def encrypted() -> bytes:
    """What a workbook with a password looks like from outside: a compound file with an encrypted package."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
