"""Text in TCVN3 or VNI: read when the feed declares it, pointed out when a column looks like it, never read in silence."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from feeds.errors import ContentError
from geo.legacy_text import LEGACY, LegacyTextError, decode, decode_latin, looks_like

if TYPE_CHECKING:
    from feeds.tables import Table

LOOKED_AT = 500
"""Rows of a column that are looked at."""


def text_of(data: bytes, encoding: str) -> str:
    """Text of bytes in one of LEGACY; also of such text that a program has taken for Latin-1 and saved as UTF-8.

    Raises ContentError with the row.
    """
    try:
        try:
            return decode_latin(data.decode("utf-8-sig"), encoding)
        except UnicodeDecodeError as error:
            if isinstance(error, LegacyTextError):
                raise
            return decode(data, encoding)
    except LegacyTextError as error:
        raise ContentError("run.encoding_other", encoding=encoding, row=error.object[: error.start].count(b"\n") + 1) from error


def in_unicode(table: Table, encoding: str) -> Table:
    """`table` with its texts and headers read in one of LEGACY. Raises ContentError with the first row that is not in it."""

    def read(value: Any, row: int) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return decode_latin(value, encoding)
        except LegacyTextError as error:
            raise ContentError("run.encoding_other", encoding=encoding, row=row) from error

    rows = [replace(row, values={read(name, 1): read(value, row.number) for name, value in row.values.items()}) for row in table.rows]
    return replace(table, columns=tuple(read(name, 1) for name in table.columns), rows=rows)


def refuse_old_text(table: Table) -> Table:
    """`table`. Raises ContentError when a column looks like one of LEGACY: somebody has to say so."""
    for column in table.columns:
        texts = (row.values.get(column) for row in islice(table.rows, LOOKED_AT))
        encoding = looks_like(text for text in texts if isinstance(text, str) and not text.isascii())
        if encoding is not None:
            raise ContentError("run.encoding_old", column=column, encoding=encoding)
    return table


def is_old(encoding: str) -> bool:
    """Whether an encoding's name is one of LEGACY."""
    return encoding.lower() in LEGACY


def likely(data: bytes) -> str | None:
    """The old encoding that bytes, which are not UTF-8, look like."""
    return looks_like(data.decode("latin-1").replace(";", "\n").replace(",", "\n").splitlines())
