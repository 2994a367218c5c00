"""A file that must not be read and a host that must not be asked."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from tests.support.sources import Web

SECRET = "CANARY-3b7e"
IN_ACCESS, IN_OPEN = 0x1, 0x20


class Canary:
    """A file whose every opening is counted by the kernel (inotify), and a listening server that counts questions."""

    def __init__(self, path: Path, text: str, trap: Web) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.path, self._trap = path, trap
        libc = ctypes.CDLL(None, use_errno=True)
        self._watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._watch < 0 or libc.inotify_add_watch(self._watch, os.fsencode(path), IN_ACCESS | IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {path}")

    @property
    def url(self) -> str:
        return self._trap.url("/inner.json")

    @property
    def untouched(self) -> bool:
        """Nobody has opened the file or asked the host since this was last asked."""
        asked = [path for path, _ in self._trap.asked if path.startswith("/inner")]
        self._trap.asked[:] = [one for one in self._trap.asked if not one[0].startswith("/inner")]
        try:
            return not os.read(self._watch, 4096) and not asked
        except BlockingIOError:
            return not asked

    def close(self) -> None:
        os.close(self._watch)
