"""Bytes of a text file as text: in the stated encoding, else UTF-8 or UTF-16; nothing else is guessed."""

from __future__ import annotations

from feeds.errors import ContentError
from feeds.old_text import is_old, likely, text_of


def decode(data: bytes, stated: str = "") -> str:
    """Text of a CSV file: in the stated encoding, else UTF-8 with or without a byte order mark, UTF-16 with one.

    Raises ContentError for anything else.
    """
    if is_old(stated):
        return text_of(data, stated.lower())
    encoding = stated or ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        row, old = data[: error.start].count(b"\n") + 1, None if stated else likely(data)
        if old is not None:
            raise ContentError("run.encoding_like", encoding=old, row=row) from error
        raise ContentError("run.encoding", row=row, position=error.start) from error
    if "\x00" in text:
        raise ContentError("run.encoding", row=text[: text.index("\x00")].count("\n") + 1, position=text.index("\x00"))
    return text
