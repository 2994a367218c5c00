"""One backup in one file: a zip of lines of JSON for each table, of files that go along, and of a manifest that says what is in it.

The manifest comes last, so a backup that was cut short has none. The file gets its name when it is complete and on the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any

from store.errors import BackupError
from store.portable import BATCH_ROWS, Content, Row, Shape, line_of, row_of

FORMAT = 1
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished"
CHUNK_BYTES = 1 << 20
LINE_BYTES = 1 << 28
MOST_MANIFEST_BYTES = 64_000_000
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Saved:
    """One table in a backup: columns with their kinds, how many rows, the sum of its content and the SHA-256 of its lines."""

    columns: tuple[tuple[str, str], ...]
    rows: int
    content: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. revision: of the schema; made_at: UTC, ISO 8601; files: path → SHA-256 of what went along."""

    revision: str
    province: str | None
    made_at: str
    software: str
    database: str
    tables: Mapping[str, Saved]
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


class Writer:
    """A backup that is being written."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._zip = file
        self.tables: dict[str, Saved] = {}
        self.files: dict[str, str] = {}

    def table(self, shape: Shape, batches: Iterable[Sequence[Row]]) -> None:
        content, digest = Content(), hashlib.sha256()
        with self._zip.open(_member(shape.name), "w", force_zip64=True) as out:
            for batch in batches:
                lines = [line_of(row) for row in batch]
                for line in lines:
                    content.add(line)
                block = b"".join(line + b"\n" for line in lines)
                digest.update(block)
                out.write(block)
        self.tables[shape.name] = Saved(shape.columns, content.rows, content.sum, digest.hexdigest())

    def file(self, name: str, path: Path) -> None:
        """A file that goes along. name: its relative path, with slashes."""
        digest = hashlib.sha256()
        with path.open("rb") as source, self._zip.open(f"files/{name}", "w", force_zip64=True) as out:
            while block := source.read(CHUNK_BYTES):
                digest.update(block)
                out.write(block)
        self.files[name] = digest.hexdigest()

    def manifest(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))


@contextmanager
def writing_archive(path: Path) -> Iterator[Writer]:
    """A new backup at `path`, which only its owner may read; nothing is left there when the block raises.

    Raises BackupError when there is something already or the disk refuses.
    """
    if path.exists():
        raise BackupError("backup.exists", path=path)
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
                yield Writer(file)
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(path)
    except OSError as error:
        raise BackupError("backup.unwritable", path=path, detail=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


class Archive:
    """A backup that is there, opened for reading. Raises BackupError when it is none, is damaged or of a newer form."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _readable(path):
            self._file = path.open("rb")
            try:
                self._zip = zipfile.ZipFile(self._file)
                self.manifest = _manifest(self._small(MANIFEST, MOST_MANIFEST_BYTES))
            except BaseException:
                self._file.close()
                raise
        if self.manifest.format > FORMAT:
            raise BackupError("backup.newer_format", path=path)

    def sha256(self) -> str:
        """Of the whole file, the one that is read from here on."""
        with _readable(self.path):
            self._file.seek(0)
            return hashlib.file_digest(self._file, "sha256").hexdigest()

    def _small(self, member: str, most: int) -> bytes:
        """What unpacks to no more than `most` bytes, whatever the zip says of it. Raises ValueError."""
        with self._zip.open(member) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise ValueError(f"{member} is too large")
        return data

    def shape(self, table: str) -> Shape:
        return Shape(table, self.manifest.tables[table].columns)

    def rows_of(self, table: str) -> Generator[list[Row], None, None]:
        shape = self.shape(table)
        with _readable(self.path), self._zip.open(_member(table)) as lines:
            numbered = iter(lambda: lines.readline(LINE_BYTES), b"")
            while batch := [row_of(shape, line) for line in islice(numbered, BATCH_ROWS)]:
                yield batch

    def verify(self) -> None:
        """Read all of it and compare with what the manifest says. Raises BackupError."""
        expected = {_member(name): table.sha256 for name, table in self.manifest.tables.items()}
        expected |= {f"files/{name}": sha256 for name, sha256 in self.manifest.files.items()}
        with _readable(self.path):
            for member, sha256 in expected.items():
                with self._zip.open(member) as file:
                    if _sha256(file) != sha256:
                        raise ValueError(f"{member} is not what was written")

    def extract(self, name: str, target: Path, most: int) -> None:
        """Write one of the files that came along, of no more than `most` bytes, to a new file `target` for its owner alone.

        Raises BackupError, also when it is larger or not what the manifest says.
        """
        digest, left = hashlib.sha256(), most
        opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(opened, "wb") as out, _readable(self.path), self._zip.open(f"files/{name}") as source:
            while block := source.read(CHUNK_BYTES):
                left -= len(block)
                if left < 0:
                    raise ValueError(f"{name} is too large")
                digest.update(block)
                out.write(block)
            if digest.hexdigest() != self.manifest.files[name]:
                raise ValueError(f"{name} is not what was written")

    def __del__(self) -> None:
        """As zipfile closes what nobody closed."""
        if hasattr(self, "_zip"):
            self.close()

    def close(self) -> None:
        self._zip.close()
        self._file.close()


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(CHUNK_BYTES):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupError("backup.unreadable", path=path, detail=error.strerror or str(error)) from error
    except BROKEN as error:
        raise BackupError("backup.damaged", path=path, detail=str(error) or "–") from error


def _manifest(text: bytes) -> Manifest:
    told: dict[str, Any] = json.loads(text)
    tables = {
        name: Saved(tuple((column, kind) for column, kind in table.pop("columns")), **table) for name, table in told.pop("tables").items()
    }
    manifest = Manifest(tables=tables, **told) if told.get("format") == FORMAT else _of_another_format(told)
    for name in manifest.files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise ValueError(f"a file outside of its folder: {name}")
    return manifest


def _of_another_format(told: dict[str, Any]) -> Manifest:
    return Manifest("", None, "", "", "", {}, format=int(told["format"]))
