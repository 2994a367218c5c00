"""Text in TCVN3 or VNI: read when the feed declares it, pointed out when a column looks like it, never read in silence."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

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


def refuse_old_text(table: Table) -> Table:
    """`table`. Raises ContentError when a column looks like one of LEGACY: somebody has to say so."""
    found = old_column(table)
    if found is not None:
        raise ContentError("run.encoding_old", column=found[0], encoding=found[1])
    return table


def old_column(table: Table) -> tuple[str, str] | None:
    """The first column that looks like one of LEGACY, and like which."""
    for column in table.columns:
        texts = (row.values.get(column) for row in islice(table.rows, LOOKED_AT))
        encoding = looks_like(text for text in texts if isinstance(text, str) and not text.isascii())
        if encoding is not None:
            return column, encoding
    return None


def is_old(encoding: str) -> bool:
    """Whether an encoding's name is one of LEGACY."""
    return encoding.lower() in LEGACY


def likely(data: bytes) -> str | None:
    """The old encoding that bytes, which are not UTF-8, look like."""
    return looks_like(data.decode("latin-1").replace(";", "\n").replace(",", "\n").splitlines())
