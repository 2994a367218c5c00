"""A folder where people and systems drop tables and geographic files. Each file is read once, by its content.

A file that is still growing, and a Shapefile whose side files have not all come, are left for the next look. With ``after = "archive"`` a
file that was taken moves to ``archive/``, one that cannot be read to ``rejected/``, with a text beside it that says why; with
``after = "leave"`` it stays, and is known again by its hash as long as its run is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from feeds.drops import Drop, digest, digest_of, look, put_away, read_drop
from feeds.errors import ContentError, FetchError
from feeds.fetching import FILE_FORMATS, Content, Fetched, Format, Layout, Sheets, Verdict, Visit, known_encoding
from feeds.name_dates import NamedDays, days_of, name_pattern
from feeds.reasons import reason_text

__all__ = ["FORMATS", "Options", "digest", "fetch"]

FORMATS: dict[str, Format] = {**FILE_FORMATS, ".shp": "zip"}


class Options(BaseModel):
    """folder: absolute, or relative to the feeds file; pattern: of file names; settle_s: a file that changes within it is left alone.

    header_row: where the header stands, 0 to look for it; sheet: the one to read; sheets: several, by name, or "*" for all that fit.
    encoding: of CSV and .dbf that do not say it; layer, crs: of geographic files that have several, or do not say theirs. name_date: where
    the date stands in the name, e.g. "vung-phu_{yyyy}-{mm}.csv"; name_date_column: where it stands in the rows, unless the kind knows;
    name_date_slack_days: how far the newest row may lie outside of what the name says.
    """

    folder: Path
    pattern: str = "*"
    settle_s: float = Field(default=1.0, ge=0, le=60)
    after: Literal["archive", "leave"] = "archive"
    records: str = ""
    header_row: int = Field(default=0, ge=0)
    sheet: str = ""
    sheets: Sheets = ()
    encoding: str = ""
    layer: str = ""
    crs: str = ""
    name_date: str = ""
    name_date_column: str = ""
    name_date_slack_days: int = Field(default=0, ge=0)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        return known_encoding(name)

    @field_validator("name_date")
    @classmethod
    def _dated(cls, pattern: str) -> str:
        if pattern:
            name_pattern(pattern)
        return pattern

    def days(self, name: str) -> NamedDays | None:
        return days_of(name, self.name_date, self.name_date_slack_days, self.name_date_column) if self.name_date else None


@dataclass
class _Item:
    """One drop on its way through the pipeline. verdict: what was said about it before it is put away."""

    drop: Drop
    options: Options
    visit: Visit
    verdict: Verdict = field(default_factory=Verdict)

    def hear(self, verdict: Verdict) -> None:
        self.verdict = verdict


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """Files that are complete and were not read before, oldest first."""
    folder = visit.base / options.folder
    try:
        waiting = [drop for drop in _look(folder, options, visit) if visit.memory.get(drop.path.name) != drop]
        settled = _settled(folder, waiting, options, visit)
    except OSError as error:
        raise FetchError("run.folder_unreadable", folder=str(folder), detail=error.strerror or "") from error
    for drop in settled:
        if options.after == "leave" and _known(drop, visit):
            visit.memory[drop.path.name] = drop
            continue
        item = _Item(drop, options, visit)
        yield Fetched(drop.path.name, partial(_read, item), partial(_settle, item), once=True, explain=item.hear)


def _look(folder: Path, options: Options, visit: Visit) -> list[Drop]:
    if not folder.is_dir():
        raise FetchError("run.folder_missing", folder=str(folder))
    return look(folder, options.pattern, visit.now)


def _settled(folder: Path, waiting: list[Drop], options: Options, visit: Visit) -> list[Drop]:
    if not waiting:
        return []
    time.sleep(min(options.settle_s, visit.left_s))
    now = {drop.path: drop for drop in _look(folder, options, visit)}
    return [drop for drop in waiting if now.get(drop.path) == drop]


def _known(drop: Drop, visit: Visit) -> bool:
    if drop.size > visit.max_bytes:
        return False
    try:
        content_hash = digest_of(drop, visit.max_bytes)
    except OSError:
        return False
    return bool(visit.taken([content_hash]))


def _read(item: _Item) -> Content:
    drop, options, limit = item.drop, item.options, item.visit.max_bytes
    suffix = drop.path.suffix.lower()
    form = FORMATS.get(suffix)
    if form == "gz":
        suffix = "".join(drop.path.suffixes[-2:]).lower()
    if form is None:
        raise ContentError("run.file_type", suffix=drop.path.suffix, known=", ".join(FORMATS))
    if drop.missing:
        raise ContentError("run.shapefile_incomplete", missing=", ".join(drop.missing))
    if drop.size > limit:
        raise ContentError("run.too_large", limit=limit)
    named = options.days(drop.path.name)
    try:
        data = read_drop(drop, limit)
    except OSError as error:
        raise FetchError("run.file_unreadable", detail=error.strerror or "") from error
    if len(drop.parts) == 1 and len(data) > limit:
        raise ContentError("run.too_large", limit=limit)
    said_at = min(datetime.fromtimestamp(drop.modified_ns / 1e9, UTC), item.visit.now)
    layout = Layout(form, options.records, options.header_row, options.sheet, options.encoding, options.layer, options.crs, suffix, limit)
    layout = replace(layout, sheets=options.sheets)
    return Content(data, layout, said_at, named=named)


def _settle(item: _Item, taken: bool) -> None:
    """Put the file away; one that cannot be moved is remembered, so that it does not fail every few seconds."""
    memory, name = item.visit.memory, item.drop.path.name
    memory[name] = item.drop
    if item.options.after == "archive":
        why = reason_text(name, item.verdict, item.visit.now)
        if put_away(item.drop, "archive" if taken else "rejected", why):
            memory.pop(name, None)
