"""One worker at a time: a lock on a file beside a SQLite store, a session's advisory lock on PostgreSQL.

Both are let go by the system when their holder dies, however it dies.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from store.errors import StoreUnavailableError
from store.locks import SessionLock

ADVISORY_LOCK = 0x696F6377


class Leadership(Protocol):
    """take: try to lead, without waiting. holds: whether we still lead. release: let the next one lead."""

    def take(self) -> bool: ...
    def holds(self) -> bool: ...
    def release(self) -> None: ...


def leadership(engine: Engine) -> Leadership:
    if engine.dialect.name == "postgresql":
        return SessionLock(engine, ADVISORY_LOCK)
    return _FileLock(Path(f"{engine.url.database}.worker"))


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Raises StoreUnavailableError when the file cannot be made."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreUnavailableError(error.strerror or "", url=str(self._path)) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def holds(self) -> bool:
        """Whether the file that we locked is still the one that others would lock."""
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
