"""Ids that no column holds, but two together do: the code of a commune and a number within it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feeds.guess.contents import Column, Reference
from feeds.guess.headers import likeness
from feeds.guess.matching import Match

IDS = ("id", "village_id", "endpoint_id", "centre_id")
COUNTERS = ("STT", "TT", "Số thứ tự", "Thứ tự")
CODES = ("Mã xã", "Mã ĐVHC", "Mã đơn vị", "unit_code")
FORMS = (("-", 0), ("-", 2), ("-", 3), ("", 2), ("", 3), (".", 0), ("_", 0))  # what stands between, and how many figures the number has
LEAST_KNOWN = 0.5


def joined_id(field: str, match: Match, columns: Sequence[Column], reference: Reference) -> str | None:
    """How the id is written together, as a feed declares it: one that the store knows, else any that is another for each row."""
    code = match.found["unit_code"].column if "unit_code" in match.found else _like(columns, CODES)
    number = _like(columns, COUNTERS)
    if field not in IDS or code is None or number is None:
        return None
    pairs = list(zip((value for _, value in code.cells), (value for _, value in number.cells), strict=False))
    known = reference.known.get(field)
    for between, figures in FORMS:
        made = [f"{_text(first)}{between}{_text(second).zfill(figures)}" for first, second in pairs]
        fits = len(set(made)) == len(made) if known is None else sum(one in known for one in made) >= LEAST_KNOWN * len(made)
        if made and fits:
            width = f":0{figures}" if figures else ""
            return f"{{{code.header}}}{between}{{{number.header}{width}}}"
    return None


def _like(columns: Sequence[Column], names: tuple[str, ...]) -> Column | None:
    return next((column for column in columns if not column.empty and likeness(column.header, names) >= 0.9), None)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
