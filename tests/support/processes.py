"""Waiting for what other processes do, and seeing whether they live."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path


def wait_for(true: Callable[[], object], timeout_s: float = 10) -> None:
    """Return as soon as it holds; fail when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"did not happen within {timeout_s} s"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Running, and not merely waiting to be collected by its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def cpu_of_children_s() -> float:
    """Processor time that ended children have used so far: unlike a clock, it is the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
