"""One worker at a time: a lock on a file beside a SQLite store, a session's advisory lock on PostgreSQL.

Both are let go by the system when their holder dies, however it dies. A holder that is there but does not move (stopped, starved, its
machine frozen) is found by its pulse, and evicted; should it wake up, the store's fence keeps it from writing.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from store.errors import StoreUnavailableError
from store.locks import SessionLock

ADVISORY_LOCK = 0x696F6377
PULSE_EVERY_S = 1.0
LOST_AFTER_S = 6.0
FROZEN_AFTER_S = 10.0  # longer than the leader itself takes to notice


class Leadership(Protocol):
    """take: try to lead, without waiting. holds: whether we still lead; asking is our pulse. release: let the next one lead.

    pulse: what changes as long as the leader asks; None: nobody leads. evict: take the lead from one that does not move.
    """

    def take(self) -> bool: ...
    def holds(self) -> bool: ...
    def pulse(self) -> object: ...
    def evict(self) -> None: ...
    def release(self) -> None: ...


def leadership(engine: Engine) -> Leadership:
    if engine.dialect.name == "postgresql":
        return SessionLock(engine, ADVISORY_LOCK)
    return _FileLock(Path(f"{engine.url.database}.worker"))


class Heart:
    """Asks every second, in a thread of its own, whether we still lead: a long write must not look like death.

    lost: that we do not, or that nothing has answered for so long that others may think so.
    """

    def __init__(self, leadership: Leadership) -> None:
        self._leadership = leadership
        self._stop = threading.Event()
        self._holds = True
        self._answered_at = time.monotonic()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> bool:
        return not self._holds or time.monotonic() - self._answered_at > LOST_AFTER_S

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(LOST_AFTER_S)

    def _beat(self) -> None:
        while self._holds and not self._stop.wait(PULSE_EVERY_S):
            self._holds = self._leadership.holds()
            self._answered_at = time.monotonic()


class Observer:
    """Watches the leader's pulse for a worker that stands by, in a thread of its own: its own writes may wait for a leader that is frozen.

    evicted: called when a leader had not moved for so long that the lead was taken from it.
    """

    def __init__(self, leadership: Leadership, evicted: Callable[[], None]) -> None:
        self._leadership = leadership
        self._evicted = evicted
        self._seen: object = None
        self._moved_at = self._looked_at = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="observer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(LOST_AFTER_S)

    def _watch(self) -> None:
        while not self._stop.wait(PULSE_EVERY_S):
            self._look()

    def _look(self) -> None:
        now = time.monotonic()
        slept, self._looked_at = now - self._looked_at > LOST_AFTER_S, now
        pulse = self._leadership.pulse()
        if pulse is None or pulse != self._seen or slept:  # who slept itself knows nothing about others
            self._seen, self._moved_at = pulse, now
        elif now - self._moved_at >= FROZEN_AFTER_S:
            self._moved_at = now
            self._leadership.evict()
            self._evicted()


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
            os.utime(self._file)
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except OSError:
            return False

    def pulse(self) -> object:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns

    def evict(self) -> None:
        """The lock is that of a file nobody would look at any more."""
        with suppress(FileNotFoundError):
            self._path.unlink()

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
