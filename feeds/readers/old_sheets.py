"""Sheets in TCVN3 or VNI, read when the feed declares it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from feeds.errors import ContentError
from feeds.readers.sheet import Sheet
from geo.legacy_text import LegacyTextError, decode_latin


def in_unicode(sheet: Sheet, encoding: str) -> Sheet:
    """`sheet` with its texts read in an old encoding. Raises ContentError with the first line that is not in it."""

    def read(cell: Any, line: int) -> Any:
        if not isinstance(cell, str):
            return cell
        try:
            return decode_latin(cell, encoding)
        except LegacyTextError as error:
            raise ContentError("run.encoding_other", encoding=encoding, row=line + 1) from error

    return replace(sheet, lines=[[read(cell, line) for cell in cells] for line, cells in enumerate(sheet.lines)])
