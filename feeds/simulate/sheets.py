"""Operators' spreadsheets as they come: each operator has its own format, words and way with dates."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feeds.cells import LOCAL

HEADERS = {"2g": "2G", "3g": "3G", "4g": "4G", "5g": "5G", "broadband": "Băng rộng cố định"}
FIRST_HEADERS = ("Mã thôn, bản", "Tên thôn, bản", "Ngày báo cáo")


@dataclass(frozen=True)
class Habit:
    """How one operator writes. suffix: .xlsx or .csv; words: for covered, weak, none."""

    suffix: str
    words: tuple[object, object, object]
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    day_format: str = "%d/%m/%Y"


HABITS = (
    Habit(".xlsx", ("có", "lõm", "không")),
    Habit(".csv", ("có", "yếu", "không"), delimiter=";"),
    Habit(".xlsx", ("Có sóng", "Lõm sóng", "Trắng sóng")),
    Habit(".csv", (1, "yếu", 0), day_format="%Y-%m-%d"),
    Habit(".csv", ("covered", "weak", "none"), encoding="utf-16", delimiter="\t"),
)

Line = tuple[str, str, Sequence[str | None]]  # village, its name, a status (or a slip of the pen) for each technology


def write_sheet(folder: Path, name: str, habit: Habit, moment: datetime, technologies: Sequence[str], lines: Iterable[Line]) -> Path:
    """Drop one sheet: written aside and moved in whole. moment: what the report speaks about; its clock shows unless it is midnight."""
    local = moment.astimezone(LOCAL)
    header = [*FIRST_HEADERS, *(HEADERS.get(technology, technology) for technology in technologies)]
    told = dict(zip(("covered", "weak", "none", None), (*habit.words, None), strict=True))
    rows = [[village, label, _day(local, habit), *(told.get(word, word) for word in words)] for village, label, words in lines]
    data = _xlsx([header, *rows]) if habit.suffix == ".xlsx" else _csv([header, *rows], habit)
    target = folder / f"{name}{habit.suffix}"
    aside = folder / f".{target.name}.part"
    aside.write_bytes(data)
    aside.rename(target)
    return target


def date_file(path: Path, moment: datetime) -> None:
    """Give the file the time at which its operator would have sent it."""
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def _day(local: datetime, habit: Habit) -> object:
    midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
    if habit.suffix == ".xlsx":
        return local.date() if midnight else local.replace(tzinfo=None)
    return local.strftime(habit.day_format if midnight else f"{habit.day_format} %H:%M:%S")


def _xlsx(rows: Iterable[Sequence[object]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("Vùng phủ sóng (mô phỏng)")
    for row in rows:
        page.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _csv(rows: Iterable[Sequence[object]], habit: Habit) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=habit.delimiter, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode(habit.encoding)
