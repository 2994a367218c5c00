"""A folder where people and systems drop CSV files and spreadsheets. Each file is read once, by its content.

A file that is still growing is left for the next look. With ``after = "archive"`` a file that was taken moves to ``archive/``, one that
cannot be read to ``rejected/``; with ``after = "leave"`` it stays, and is known again by its hash as long as its run is kept.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from feeds.errors import ContentError, FetchError
from feeds.fetching import Content, Fetched, Format, Layout, Visit

FORMATS: dict[str, Format] = {".csv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".json": "json"}
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")


class Options(BaseModel):
    """folder: absolute, or relative to the feeds file; pattern: of file names; settle_s: a file that changes within it is left alone."""

    folder: Path
    pattern: str = "*"
    settle_s: float = Field(default=1.0, ge=0, le=60)
    after: Literal["archive", "leave"] = "archive"
    records: str = ""
    header_row: int = Field(default=1, ge=1)
    sheet: str = ""


@dataclass(frozen=True)
class _Seen:
    path: Path
    size: int
    modified_ns: int
    changed_ns: int  # of the inode: moves with every write, even one that sets the time of modification back


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """Files that are complete and were not read before, oldest first."""
    folder = visit.base / options.folder
    try:
        waiting = [seen for seen in _look(folder, options.pattern) if visit.memory.get(seen.path.name) != seen]
    except OSError as error:
        raise FetchError("run.folder_unreadable", folder=str(folder), detail=error.strerror or "") from error
    for seen in _settled(waiting, options, visit):
        if options.after == "leave" and _known(seen, visit):
            visit.memory[seen.path.name] = seen
            continue
        yield Fetched(seen.path.name, partial(_read, seen, options, visit), partial(_settle, seen, options, visit), once=True)


def _look(folder: Path, pattern: str) -> list[_Seen]:
    if not folder.is_dir():
        raise FetchError("run.folder_missing", folder=str(folder))
    found = []
    for path in folder.glob(pattern):
        if path.name.startswith((".", "~$")) or path.suffix.lower() in UNFINISHED or not path.is_file():
            continue
        stat = path.stat()
        found.append(_Seen(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return sorted(found, key=lambda seen: (seen.modified_ns, seen.path.name))


def _settled(waiting: list[_Seen], options: Options, visit: Visit) -> list[_Seen]:
    if not waiting:
        return []
    time.sleep(min(options.settle_s, visit.left_s))
    now = {seen.path: seen for seen in _look(waiting[0].path.parent, options.pattern)}
    return [seen for seen in waiting if now.get(seen.path) == seen]


def _known(seen: _Seen, visit: Visit) -> bool:
    try:
        content_hash = digest(seen.path.read_bytes())
    except OSError:
        return False
    return bool(visit.taken([content_hash]))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(seen: _Seen, options: Options, visit: Visit) -> Content:
    if seen.size > visit.max_bytes:
        raise ContentError("run.too_large", limit=visit.max_bytes)
    kind = FORMATS.get(seen.path.suffix.lower())
    if kind is None:
        raise ContentError("run.file_type", suffix=seen.path.suffix, known=", ".join(FORMATS))
    try:
        data = seen.path.read_bytes()
    except OSError as error:
        raise FetchError("run.file_unreadable", detail=error.strerror or "") from error
    said_at = min(datetime.fromtimestamp(seen.modified_ns / 1e9, UTC), visit.now)
    return Content(data, Layout(kind, options.records, options.header_row, options.sheet), said_at)


def _settle(seen: _Seen, options: Options, visit: Visit, taken: bool) -> None:
    """Move the file; one that cannot be moved is remembered, so that it does not fail every few seconds."""
    visit.memory[seen.path.name] = seen
    if options.after == "leave":
        return
    target = seen.path.parent / ("archive" if taken else "rejected")
    try:
        target.mkdir(exist_ok=True)
        seen.path.rename(_free(target / seen.path.name))
    except OSError:
        return
    visit.memory.pop(seen.path.name, None)


def _free(path: Path) -> Path:
    """`path`, or the same name with a number when it is taken."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
