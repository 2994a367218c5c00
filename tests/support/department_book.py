"""A workbook as a department keeps it: a sheet for each area, a title, a header of two lines, merged communes, totals, signatures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from geo.names import search_key

DAY = date(2026, 11, 5)
LEADING = ("TT", "Mã xã", "Tên xã", "Thôn, bản", "Số hộ", "Nhân khẩu", "Kinh độ", "Vĩ độ", "Ngày báo cáo")
OPERATORS = {"viettel": ("Viettel", ("3G", "4G", "5G")), "vnpt": ("VNPT", ("4G",))}
WORDS = {"x": "covered", "C": "covered", "có sóng yếu": "weak", "không": "none", None: None}  # as written → as meant


@dataclass
class Book:
    """data: the XLSX; villages: id → name, commune, households, people; claims: (id, operator, technology) → status."""

    data: bytes = b""
    villages: dict[str, tuple[str, str, int, int]] = field(default_factory=dict)
    claims: dict[tuple[str, str, str], str] = field(default_factory=dict)


def department_book(communes: Sequence[tuple[str, str, float, float]], villages_each: int, sheets: int) -> Book:
    """communes: code, full name, lon, lat. A sheet holds as many communes as the others; every commune has `villages_each` villages."""
    book, found = Workbook(), Book()
    book.remove(book.active)
    each = len(communes) // sheets
    for number in range(sheets):
        _sheet(book.create_sheet(f"Khu vực {number + 1}"), communes[number * each : (number + 1) * each], villages_each, found)
    file = io.BytesIO()
    book.save(file)
    found.data = file.getvalue()
    return found


def _sheet(page: Worksheet, communes: Sequence[tuple[str, str, float, float]], villages_each: int, found: Book) -> None:
    page.append(["UBND TỈNH ĐIỆN BIÊN, SỞ KHOA HỌC VÀ CÔNG NGHỆ"])
    page.append(["BẢNG TỔNG HỢP VÙNG PHỦ SÓNG ĐẾN THÔN, BẢN"])
    page.append([])
    _header(page)
    first = page.max_row + 1
    people = 0
    for code, name, lon, lat in communes:
        top = page.max_row + 1
        for number in range(1, villages_each + 1):
            people += _village(page, code, name, (lon, lat), number, found)
        for column in (2, 3):
            page.merge_cells(start_row=top, end_row=page.max_row, start_column=column, end_column=column)
    page.merge_cells(start_row=first, end_row=page.max_row, start_column=9, end_column=9)
    page.append(["Tổng cộng", None, None, None, None, people])
    page.append([])
    page.append([None] * 8 + ["Điện Biên, ngày 05 tháng 11 năm 2026"])
    page.append([None, "NGƯỜI LẬP BIỂU"] + [None] * 7 + ["THỦ TRƯỞNG ĐƠN VỊ"])


def _header(page: Worksheet) -> None:
    wide = [(name, technology) for name, technologies in OPERATORS.values() for technology in technologies]
    page.append([*LEADING, *(name for name, _ in wide)])
    page.append([*(None for _ in LEADING), *(technology for _, technology in wide)])
    top = page.max_row - 1
    for column in range(1, len(LEADING) + 1):
        page.merge_cells(start_row=top, end_row=top + 1, start_column=column, end_column=column)
    at = len(LEADING) + 1
    for _, technologies in OPERATORS.values():
        page.merge_cells(start_row=top, end_row=top, start_column=at, end_column=at + len(technologies) - 1)
        at += len(technologies)
    page.append([f"({number})" for number in range(1, len(LEADING) + len(wide) + 1)])


def _village(page: Worksheet, code: str, commune: str, place: tuple[float, float], number: int, found: Book) -> int:
    id_, name = f"{code}-{number}", f"BAN NA {'ABCDE'[number % 5]}{number}"
    people = 40 + (7 * number + len(found.villages)) % 300
    found.villages[id_] = (name, code, people // 4, people)
    cells: list[Any] = [number, code, search_key(commune).upper(), name, people // 4, people, *place, DAY]
    words = list(WORDS)
    for key, (_, technologies) in OPERATORS.items():
        for shift, technology in enumerate(technologies):
            word = words[(number + shift + len(found.villages)) % len(words)]
            cells.append(word)
            if WORDS[word] is not None:
                found.claims[id_, key, technology.lower()] = str(WORDS[word])
    page.append(cells)
    return people
