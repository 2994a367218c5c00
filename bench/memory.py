"""The largest memory of a running process and of those that it started."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from pathlib import Path


class Peaks(threading.Thread):
    """The largest resident memory of a process and of those below it, MB; until `end`, or for ever."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.worker, self.reader = pid, 0, 0
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            self.worker = max(self.worker, resident_mb(self.pid))
            for path in Path(f"/proc/{self.pid}/task").glob("*/children"):
                try:
                    below = path.read_text().split()
                except OSError:
                    continue
                self.reader = max([self.reader, *(resident_mb(int(pid)) for pid in below)])
            time.sleep(0.1)

    def end(self) -> int:
        """The larger of the two."""
        self._ended.set()
        self.join(5)
        return max(self.worker, self.reader)


def resident_mb(pid: int) -> int:
    """The largest it had since it began, or since `begin_anew`; 0 for one that has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) // 1024 if found else 0


def begin_anew(pid: int) -> None:
    """Forget the largest memory so far, where the kernel lets us."""
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")
