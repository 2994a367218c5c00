"""Figures that people type in or hand over as a sheet on the page /entry, once somebody has signed them.

Who entered and who signed are kept with the figures, in their source; they were reported when they were signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

from pydantic import BaseModel, Field

from feeds.errors import ContentError
from feeds.fetching import FILE_FORMATS, Content, Fetched, Layout, Visit
from store.manual import Entry

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv")


class Options(BaseModel):
    """four_eyes: whoever signs must be somebody else than who entered; max_rows: of a typed entry; max_entry_bytes: of a sheet."""

    four_eyes: bool = True
    max_rows: int = Field(default=200, ge=1, le=1000)
    max_entry_bytes: int = Field(default=5_000_000, ge=1000, le=20_000_000)


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """Signed entries, one at a time, in the order in which they were entered."""
    for entry in visit.entries.signed() if visit.entries else ():
        yield Fetched(entry.item, partial(content, entry, visit), partial(_settle, entry, visit), once=True)


def content(entry: Entry, visit: Visit) -> Content:
    """The rows of an entry. Raises ContentError for a sheet that is none."""
    said_at = entry.signed_at or visit.now
    if entry.file is None:
        return Content(list(entry.rows or []), Layout("rows"), said_at, people=(entry.author, entry.signer or ""))
    suffix = PurePath(entry.file_name or "").suffix.lower()
    if suffix not in SHEETS:
        raise ContentError("run.file_type", suffix=suffix, known=", ".join(SHEETS))
    layout = Layout(FILE_FORMATS[suffix], suffix=suffix, max_bytes=10 * visit.max_bytes)
    return Content(entry.file, layout, said_at, people=(entry.author, entry.signer or ""))


def _settle(entry: Entry, visit: Visit, taken: bool) -> None:
    assert visit.entries is not None
    visit.entries.finish(entry, taken)
