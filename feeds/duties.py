"""What the leader's loop does every so often."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


class Duty:
    """Something to do every so often in the leader's loop."""

    def __init__(self, every_s: float, do: Callable[[], None]) -> None:
        self._every_s = every_s
        self._do = do
        self._done_at = float("-inf")

    def if_due(self) -> None:
        if time.monotonic() - self._done_at >= self._every_s:
            self._done_at = time.monotonic()
            self._do()


class FileFollower:
    """Calls `read` at first and whenever the file is another; again while `read` says False."""

    def __init__(self, path: Path, read: Callable[[], bool]) -> None:
        self._path = path
        self._read = read
        self._known: tuple[int, int, int] | None = None
        self._pending = True

    def __call__(self) -> None:
        state = self._state()
        if self._pending or state != self._known:
            self._known = state
            self._pending = not self._read()

    def _state(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino
