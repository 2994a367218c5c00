"""Rows of a declared kind as values by field: each field read by its type, what cannot be read turns the row away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from feeds.cells import Cells, fold
from feeds.periods import period
from feeds.plausible_days import FIRST, LAST, plausible
from feeds.records import Field
from feeds.words import usual, word

UNIT_NAMES = ("Tên xã", "Xã, phường", "Xã/phường", "Tên xã, phường", "Tên xã/phường", "Xã", "Đơn vị", "Tên đơn vị", "Đơn vị hành chính")
UNIT_FIELDS = (
    Field("unit_code", required=False, aliases=("Mã xã", "Mã xã, phường", "Mã xã/phường", "Mã ĐVHC", "Mã đơn vị", "Mã đơn vị hành chính")),
    Field("unit_name", required=False, aliases=UNIT_NAMES),
    Field("parent_name", required=False, aliases=("Tên huyện", "Huyện", "Tên tỉnh", "Tỉnh")),
)
DAYS = ("Ngày báo cáo", "Thời điểm", "Ngày cập nhật", "Ngày số liệu", "Thời điểm báo cáo")
OBSERVED = Field("observed_at", required=False, aliases=DAYS, type="moment")

_READERS: Mapping[str, Callable[[Cells, str], Any]] = {
    "text": Cells.text,
    "whole": Cells.whole,
    "number": Cells.number,
    "degrees": Cells.degrees,
    "flag": Cells.flag,
    "moment": Cells.moment,
    "day": Cells.day,
}


def read_fields(cells: Cells, fields: Iterable[Field]) -> dict[str, Any]:
    """Field → value; None for an empty cell of a field that need not be there. Raises RowError."""
    return {field.name: _read(cells, field) for field in fields}


def _read(cells: Cells, field: Field) -> Any:
    if not field.required and not cells.has(field.name):
        return None
    if field.type == "code":
        return _code(cells, field)
    if field.type == "period":
        cells.text(field.name)  # row.missing
        found = period(cells.raw(field.name))
        if found is None:
            raise cells.fail("row.bad_period", field.name)
        if not (plausible(found[1]) and plausible(found[2])):
            raise cells.fail("row.day_implausible", field.name, day=found[0], first=FIRST.year, last=LAST.year)
        return found
    if field.type == "words":
        return " ".join(sorted(set(re.split(r"[\s,;/+]+", fold(cells.text(field.name)))) - {""}))
    return _READERS[field.type](cells, field.name)


def _code(cells: Cells, field: Field) -> str:
    code = usual(field.words).get(word(cells.text(field.name)))
    if code is None:
        raise cells.fail("row.bad_word", field.name, known=", ".join(field.words))
    return code


def moment_of(cells: Cells, said_at: datetime, latest: datetime) -> datetime:
    """When the row was true: its own `observed_at`, else when its source said it. Raises RowError when that lies in the future."""
    observed_at = cells.moment("observed_at") if cells.has("observed_at") else said_at
    if observed_at > latest:
        raise cells.fail("row.future", "observed_at")
    return observed_at
