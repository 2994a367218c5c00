"""Bytes of a workbook, judged by what they are, whatever the file is called."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from feeds.errors import ContentError
from feeds.readers.book import Book
from feeds.readers.sheet import Sheet

MAX_UNPACKED_BYTES = 500_000_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    ExpatError,
    struct.error,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    OSError,
    EOFError,
    AssertionError,
    NotImplementedError,
    RuntimeError,
)
"""What the libraries raise for a file that is not as it should be."""


def is_workbook(data: bytes) -> bool:
    """Whether bytes that are said to be text are a workbook all the same."""
    return data.startswith(OLE) or (data.startswith(ZIP) and b"xl/workbook.xml" in data)


def open_book(data: bytes) -> Book:
    """The workbook. Raises ContentError saying in one sentence what the file is instead, or that it is broken."""
    with _in_one_sentence():
        book = _open(data)

    def read(name: str) -> Sheet:
        with _in_one_sentence():
            return book.read(name)

    return Book(book.entries, read)


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    from python_calamine import CalamineError, PasswordError
    from xlrd import XLRDError
    from xlrd.compdoc import CompDocError

    try:
        yield
    except PasswordError as error:
        raise ContentError("run.workbook_encrypted") from error
    except (*BROKEN, CalamineError, XLRDError, CompDocError) as error:
        raise ContentError("run.xlsx_invalid") from error


def _open(data: bytes) -> Book:
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ContentError("run.workbook_encrypted")
        from feeds.readers.xls import open_xls

        return open_xls(data)
    if not data.startswith(ZIP):
        raise ContentError(_instead(data))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise ContentError("run.too_large", limit=MAX_UNPACKED_BYTES)
        opendocument = "content.xml" in archive.NameToInfo
    if opendocument:
        from feeds.readers.ods import open_ods

        return open_ods(data)
    from feeds.readers.xlsx import open_xlsx

    return open_xlsx(data)


def _instead(data: bytes) -> str:
    """What a file is that is called a workbook and is none."""
    start = data[:4000].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if not start.startswith(b"<"):
        return "run.xlsx_invalid"
    return "run.sheet_is_xml" if b"urn:schemas-microsoft-com:office:spreadsheet" in start else "run.sheet_is_page"
