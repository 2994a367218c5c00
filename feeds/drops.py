"""Files that somebody drops into a folder: which are complete, what belongs together, and where they go afterwards."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import zipfile
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path

from feeds.archives import SHAPEFILE, SIDE_FILES
from feeds.journal import Troubles, trouble

_links = Troubles()
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
AWAY = ("archive", "rejected")
WHY = ".why.txt"
INCOMPLETE_AFTER_S = 600
"""A Shapefile whose side files have not come by then is turned away instead of waited for."""


@dataclass(frozen=True)
class Drop:
    """One file, or a Shapefile with its side files, as it was seen. missing: side files that have not come."""

    path: Path
    parts: tuple[Path, ...]
    size: int
    modified_ns: int
    changed_ns: int  # of the inode: moves with every write, even one that sets the time of modification back
    missing: tuple[str, ...] = ()


def look(folder: Path, pattern: str, now: datetime) -> list[Drop]:
    """What lies in the folder and is not waiting for more, oldest first. Raises OSError."""
    paths = [path for path in folder.glob(pattern) if _counts(path, folder)]
    owned = {side for path in paths if path.suffix.lower() == ".shp" for side in _sides(path)}
    drops = (_drop(path) for path in paths if path not in owned)
    ready = [drop for drop in drops if not _waits(drop, now)]
    return sorted(ready, key=lambda drop: (drop.modified_ns, drop.path.name))


def _counts(path: Path, folder: Path) -> bool:
    if path.name.startswith((".", "~$")) or path.suffix.lower() in UNFINISHED or path.name.endswith(WHY):
        return False
    return not set(path.relative_to(folder).parts[:-1]) & set(AWAY) and path.is_file() and not _is_behind_a_link(path, folder)


def _is_behind_a_link(path: Path, folder: Path) -> bool:
    """Whether it, or a folder between `folder` and it, is a link: whoever may drop files must not read others through us."""
    below = path.relative_to(folder)
    if not (path.is_symlink() or any((folder / parent).is_symlink() for parent in list(below.parents)[:-1])):
        return False
    _links.begins(path, "file_is_a_link", path=str(path))
    return True


def _sides(path: Path) -> list[Path]:
    """The side files of a Shapefile, whatever the case of their endings."""
    stem = path.stem.casefold()
    return sorted(
        other
        for other in path.parent.iterdir()
        if other.stem.casefold() == stem and other.suffix.lower() in SIDE_FILES and not other.is_symlink()
    )


def _drop(path: Path) -> Drop:
    shapefile = path.suffix.lower() == ".shp"
    parts = (path, *_sides(path)) if shapefile else (path,)
    present = {part.suffix.lower() for part in parts}
    missing = tuple(suffix for suffix in SHAPEFILE if suffix not in present) if shapefile else ()
    stats = [part.stat() for part in parts]
    changed_ns = max(stat.st_ctime_ns for stat in stats)
    return Drop(path, parts, sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats), changed_ns, missing)


def _waits(drop: Drop, now: datetime) -> bool:
    """Whether the rest of a Shapefile may still be on its way."""
    young = now.timestamp() - drop.changed_ns / 1e9 < INCOMPLETE_AFTER_S
    return young and (bool(drop.missing) or drop.path.suffix.lower() in SIDE_FILES)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_drop(drop: Drop, limit: int) -> bytes:
    """The file's bytes, of a Shapefile as one zip that is the same for the same files. At most limit + 1 bytes. Raises OSError."""
    if len(drop.parts) == 1:
        with _opened(drop.path) as file:
            return file.read(limit + 1)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for part in drop.parts:
            archive.writestr(zipfile.ZipInfo(f"{drop.path.stem}{part.suffix.lower()}"), _bytes_of(part))
    return packed.getvalue()


def _opened(path: Path) -> BufferedReader:
    """The file itself; OSError for a link that has taken its place since it was seen."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def _bytes_of(path: Path) -> bytes:
    with _opened(path) as file:
        return file.read()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_of(drop: Drop, limit: int) -> str:
    """The hash of what `read_drop` gives; a single file is never held in memory for it. Raises OSError."""
    if len(drop.parts) > 1:
        return digest(read_drop(drop, limit))
    with _opened(drop.path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ── Putting away ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def put_away(drop: Drop, where: str, why: str) -> bool:
    """Move the files to a folder beside them, with `why` as a text for people when there is any. False when they cannot be moved.

    A file is whole in one place at any moment, also when the disk is full or the folder lies on another one.
    """
    target = drop.path.parent / where
    try:
        target.mkdir(exist_ok=True)
        if target.is_symlink() and target.lstat().st_uid not in (0, os.geteuid()):  # of somebody else: it may lead anywhere
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        stem = _free(target, drop)
        for part in drop.parts:  # the .shp first: what is left behind when this is cut short is no Shapefile any more
            _move(part, target / f"{stem}{part.name[len(drop.path.stem) :]}")
    except OSError as error:
        trouble("file_not_moved", path=str(drop.path), to=str(target), detail=error.strerror or type(error).__name__)
        return False
    if why:
        _write_why(target / f"{stem}{drop.path.suffix}{WHY}", why)
    return True


def _free(target: Path, drop: Drop) -> str:
    """The file's own stem, or the same with a number when one of its files is there already."""
    stem, number = drop.path.stem, 1
    endings = [part.name[len(drop.path.stem) :] for part in drop.parts]
    while any((target / f"{stem}{ending}").exists() for ending in endings):
        number += 1
        stem = f"{drop.path.stem}-{number}"
    return stem


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry(source, target)


def _carry(source: Path, target: Path) -> None:
    """Move to another disk: complete there under its name before it goes here."""
    half = target.with_name(f".{target.name}.part")
    try:
        shutil.copy2(source, half)
        with half.open("rb") as file:
            os.fsync(file.fileno())
        half.replace(target)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    source.unlink()


def _write_why(path: Path, why: str) -> None:
    try:
        path.write_text(why, encoding="utf-8-sig", newline="\r\n")  # as the editors of those who read it expect
    except OSError as error:
        trouble("reason_not_written", path=str(path), detail=error.strerror or "")
