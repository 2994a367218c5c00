"""Lines of a sheet that are no data: the numbering below a header, a header printed again, totals, and what stands below a signed table.

Each rule asks for more than a word: a village may be called "Tổng Cọt". What is not surely one of these stays a row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feeds.readers.headers import Header
from feeds.readers.invisible import visible
from feeds.readers.sheet import Uncalculated, is_blank
from feeds.tables import header as plain

Line = tuple[int, list[Any]]
"""Its place, from 0, and its cells."""

_BRACKETED = re.compile(r"[(\[]\s*(\d{1,3}|[a-z])\s*[)\]](\s*=.*)?|\d{1,3}\s*=.*", re.IGNORECASE)
_BARE = re.compile(r"\d{1,3}|[A-Z]")
_NUMERAL = re.compile(r"[-+]?\d[\d.,\s]*%?")
_ALL = re.compile(r"(tổng\s*(cộng|số)|tổng toàn (tỉnh|huyện|xã)|cộng toàn (tỉnh|huyện|xã)|grand total)\b.*|total\s*:?", re.IGNORECASE)
_SUM = re.compile(r"(tổng|cộng)\s*(:|\([^)]*\))?", re.IGNORECASE)
_PLACE_AND_DAY = re.compile(r"(^|,\s*|\s)ngày\s*[\d.…_]*\s*tháng\s*[\d.…_]*\s*năm\s*[\d.…_]*\s*\.?$", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"(người (lập|lập biểu|lập bảng|báo cáo|tổng hợp|kiểm tra|ký)( biểu| bảng| báo cáo)?|thủ trưởng( đơn vị| cơ quan)?"
    r"|(phó )?giám đốc( sở)?|(phó )?chủ tịch( ubnd.*)?|(phó )?trưởng phòng|chánh văn phòng"
    r"|kế toán trưởng|văn thư|(kt|tm|tl|tuq|q)\s*\.\s*\S.*"
    r"|\(\s*(đã )?(ký|chữ ký).*\)|nơi nhận\s*:?.*|ghi chú\s*:.*|nguồn( số liệu)?\s*:.*|-\s*(như trên|lưu\b).*)",
    re.IGNORECASE,
)
LOOKED_BELOW = 5


@dataclass(frozen=True)
class Lines:
    """data: what is left; the others by their places, from 0."""

    data: list[Line]
    numbering: list[int]
    again: list[int]
    totals: list[int]
    signed: list[int]


def sort_lines(lines: Sequence[Line], header: Header, needed: Sequence[int]) -> Lines:
    """Sort the lines below a header, blank ones left out before. needed: the columns that every row of data fills; () when not known."""
    rest = list(lines)
    numbering: list[int] = []
    if rest and _is_numbering(rest[0][1], [cells for _, cells in rest[1 : 1 + LOOKED_BELOW]]):
        numbering.append(rest.pop(0)[0])
    again = [place for place, cells in rest if _is_header(cells, header)]
    signed = _signed(rest, header, needed)
    out = {*again, *signed}
    totals = [place for place, cells in rest if place not in out and _is_total(cells, needed)]
    out |= set(totals)
    return Lines([line for line in rest if line[0] not in out], numbering, again, totals, signed)


def _text(cell: Any) -> str:
    return "" if is_blank(cell) else plain(visible(str(cell)))


def _is_number(cell: Any) -> bool:
    if isinstance(cell, Uncalculated):
        return True
    return (isinstance(cell, int | float) and not isinstance(cell, bool)) or (
        isinstance(cell, str) and bool(_NUMERAL.fullmatch(_text(cell)))
    )


# ── The line of numbers below a header ───────────────────────────────────────────────────────────────────────────────────


def _is_numbering(cells: Sequence[Any], below: Sequence[Sequence[Any]]) -> bool:
    """(1) (2) (3) … in this order; without brackets only where the lines below say something else in one of the columns."""
    filled = [(place, _text(cell)) for place, cell in enumerate(cells) if not is_blank(cell)]
    texts = [text for _, text in filled]
    if len(texts) < 2:
        return False
    if all(_BRACKETED.fullmatch(text) or re.fullmatch(r"[A-Z]", text) for text in texts) and any(not text.isalpha() for text in texts):
        return _in_order([re.sub(r"[(\[\])\s]|=.*", "", text) for text in texts])
    if len(texts) < 3 or not all(_BARE.fullmatch(text) for text in texts) or not _in_order(texts):
        return False
    return any(_says_otherwise(place, below) for place, _ in filled)


def _in_order(labels: Sequence[str]) -> bool:
    """A, B, … first if at all, then 1, 2, 3 … without a gap."""
    names = [label.upper() for label in labels if label.isalpha()]
    numbers = [int(label) for label in labels if label.isdigit()]
    first = numbers[0] if numbers else 1
    return (
        [label.upper() for label in labels[: len(names)]] == names == [chr(65 + place) for place in range(len(names))]
        and first in (0, 1, len(names) + 1)
        and numbers == list(range(first, first + len(numbers)))
        and bool(numbers)
    )


def _says_otherwise(column: int, below: Sequence[Sequence[Any]]) -> bool:
    cells = [line[column] for line in below if column < len(line) and not is_blank(line[column])]
    return bool(cells) and not any(_is_number(cell) for cell in cells)


def _is_header(cells: Sequence[Any], header: Header) -> bool:
    """The header once more, as sheets printed on several pages have it."""
    filled = 0
    for place, cell in enumerate(cells):
        if cell is None or is_blank(cell):
            continue
        if place >= len(header.parts) or _text(cell).casefold() not in [part.casefold() for part in header.parts[place]]:
            return False
        filled += 1
    return filled > 1


# ── Totals ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_total(cells: Sequence[Any], needed: Sequence[int]) -> bool:
    """A word for a sum that stands first, and numbers; a single "Tổng" or "Cộng" only where a column is empty that data fills."""
    filled = (cell for cell in cells if not is_blank(cell))
    label = next(filled, None)
    words = _text(label) if isinstance(label, str) else ""
    of_all, of_some = _ALL.fullmatch(words), _SUM.fullmatch(words)
    if not (of_all or of_some):
        return False
    others = list(filled)
    if not all(_is_number(cell) for cell in others) or not (others or of_all):
        return False
    if of_all:
        return _any_blank(cells, needed) or not needed or len(needed) < 2
    return bool(needed) and _any_blank(cells, needed)


def _any_blank(cells: Sequence[Any], columns: Sequence[int]) -> bool:
    return any(column >= len(cells) or is_blank(cells[column]) for column in columns)


# ── Below the table ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _signed(lines: Sequence[Line], header: Header, needed: Sequence[int]) -> list[int]:
    """The lines from a place and day, an office or a note on, if nothing that could be data comes after it."""
    tail: list[Line] = []
    for line in reversed(lines):
        if not _is_sparse(line[1], header, needed):
            break
        tail.insert(0, line)
    begin = next((at for at, (_, cells) in enumerate(tail) if _ends(cells)), None)
    return [] if begin is None else [place for place, _ in tail[begin:]]


def _is_sparse(cells: Sequence[Any], header: Header, needed: Sequence[int]) -> bool:
    filled = [cell for cell in cells if not is_blank(cell)]
    few = len(filled) <= max(1, min(3, header.width // 2))
    return few and (_any_blank(cells, needed) if needed else len(filled) == 1)


def _ends(cells: Sequence[Any]) -> bool:
    texts = [_text(cell) for cell in cells if not is_blank(cell)]
    return bool(texts) and any(_PLACE_AND_DAY.search(text) or _SIGNATURE.fullmatch(text) for text in texts)
