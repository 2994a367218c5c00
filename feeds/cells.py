"""Values of one row by field, read strictly: what cannot be read turns the row away with its header and what stood there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from feeds.degrees import degrees
from feeds.errors import RowError
from feeds.plausible_days import FIRST, LAST, moment_of_number, plausible
from feeds.readers.values import CellError
from feeds.tables import Row
from feeds.written_days import written
from store.names import Question

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")  # no database keeps these, though JSON can say them: "\ud800" is half a character
_FLAGS = dict.fromkeys(("có", "co", "yes", "true", "1", "x"), True) | dict.fromkeys(("không", "khong", "no", "false", "0"), False)
"""The few words that a row has when its feed's words have been read; `feeds.words.FLAGS` has the others."""


def fold(value: object) -> str:
    """Text for comparing words: NFC, casefolded, runs of white space as one."""
    return " ".join(unicodedata.normalize("NFC", str(value)).casefold().split())


@dataclass(frozen=True)
class Unreadable:
    """A cell that is not what the feed's mapping declares; whoever reads it gets the error `code` ([row] in store/text).

    wanted: the form that was declared. values: of the other placeholders. question: what a person has to tell first.
    """

    value: Any
    code: str
    wanted: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    question: Question | None = None


class Cells:
    """One row through the headers that were found. A field without a header, or an empty cell, reads as missing."""

    def __init__(self, row: Row, headers: Mapping[str, str]) -> None:
        self._row = row
        self._headers = headers

    @property
    def number_of_row(self) -> int:
        return self._row.number

    def knows(self, field: str) -> bool:
        """Whether there is a column for the field, whatever is in it."""
        return field in self._headers

    def raw(self, field: str) -> Any:
        value = self._cell(field)
        if isinstance(value, Unreadable):
            error = self.fail(value.code, field, **({"wanted": value.wanted} if value.wanted else {}), **value.values)
            error.question = value.question
            raise error
        if isinstance(value, CellError):
            raise self.fail("row.cell_error", field)
        if isinstance(value, str) and _NO_TEXT.search(value):
            raise self.fail("row.no_text", field)
        return value

    def _cell(self, field: str) -> Any:
        header = self._headers.get(field)
        value = self._row.values.get(header) if header is not None else None
        return None if is_empty(value) else value

    def called(self, field: str) -> str:
        """A field as a person knows it: its header, else what people usually call it."""
        return self._headers.get(field) or getattr(self._headers, "labels", {}).get(field, field)

    def fail(self, code: str, field: str, **values: object) -> RowError:
        value = self._cell(field)
        shown = value.value if isinstance(value, Unreadable) else value
        column = self.called(field)
        return RowError(code, column=column, value=_shown(shown), **values)

    def has(self, field: str) -> bool:
        return self.raw(field) is not None

    def text(self, field: str) -> str:
        """Text, NFC, outer space off. A whole number in a spreadsheet reads without its decimal point."""
        value = self.raw(field)
        if value is None:
            raise self.fail("row.missing", field)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return unicodedata.normalize("NFC", str(value)).strip()

    def whole(self, field: str) -> int:
        """A count: a whole number, not negative. "1.234" is refused: it is a thousand to one reader and a fraction to another."""
        value = self.raw(field)
        if value is None:
            raise self.fail("row.missing", field)
        number = _number(value)
        if number is None or number != int(number):
            raise self.fail("row.bad_number", field)
        if number < 0:
            raise self.fail("row.negative", field)
        return int(number)

    def number(self, field: str) -> float:
        value = self.raw(field)
        number = None if value is None else _number(value)
        if number is None:
            raise self.fail("row.bad_number" if value is not None else "row.missing", field)
        return float(number)

    def degrees(self, field: str) -> float:
        """A coordinate in degrees, as `feeds.degrees` reads it; `field` says of which axis its letter may be."""
        value = self.raw(field)
        number = degrees(value, field)
        if number is None:
            raise self.fail("row.missing" if value is None else "row.bad_degrees", field)
        if not abs(number) <= 180:
            raise self.fail("row.bad_degrees", field)
        return number

    def flag(self, field: str) -> bool:
        """Yes or no, in the usual words."""
        found = _FLAGS.get(fold(self.text(field)))
        if found is None:
            raise self.fail("row.bad_flag", field)
        return found

    def day(self, field: str) -> date:
        """A day as a calendar in Asia/Ho_Chi_Minh has it."""
        return self.moment(field).astimezone(LOCAL).date()

    def moment(self, field: str) -> datetime:
        """A moment in UTC: as `feeds.written_days` reads a text, a spreadsheet's date, or seconds or milliseconds since 1970.

        Without an offset it is the time of Asia/Ho_Chi_Minh; a bare date is its first moment. A day out of the plausible range is refused.
        """
        value = self.raw(field)
        if value is None:
            raise self.fail("row.missing", field)
        moment = _moment(value)
        if moment is None:
            raise self.fail("row.bad_time", field)
        local = moment.astimezone(LOCAL)
        if not plausible(local):
            raise self.fail("row.day_implausible", field, day=f"{local:%d/%m/}{local.year:04d}", first=FIRST.year, last=LAST.year)
        return moment


def _shown(value: object) -> str:
    return "" if value is None else _NO_TEXT.sub("\ufffd", str(value)[:80])


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if value == value and abs(value) < 1e15 else None
    text = str(value).strip()
    return float(text) if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) < 16 else None


def is_empty(value: object) -> bool:
    """Nothing, white space, or what a program writes for a number that it has not got."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, float) and not isfinite(value))


def _moment(value: object) -> datetime | None:
    try:
        if isinstance(value, datetime):
            return _utc(value)
        if isinstance(value, date):
            return _utc(datetime.combine(value, time()))
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = moment_of_number(value)
            return None if found is None else _utc(found)
        read = written(str(value))
        return None if read is None else _utc(read.moment)
    except OverflowError:
        return None


def _utc(moment: datetime) -> datetime:
    return (moment.replace(tzinfo=LOCAL) if moment.tzinfo is None else moment).astimezone(UTC)
