"""What a process that reads bytes of others may use: memory, processor time, open files; no core dump, no network if the kernel grants it.

Facts: setrlimit(2), unshare(2). The limit of memory is of address space on top of what the libraries take, because that differs between
machines.
"""

from __future__ import annotations

import ctypes
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

OPEN_FILES = 64
_DIE_WITH_PARENT = 1
_NEW_NETWORK, _NEW_USERS = 0x40000000, 0x10000000


@dataclass(frozen=True)
class Limits:
    """Of one piece of work. memory_bytes: on top of the libraries; cpu_s: of processor time; wall_s: until it is given up."""

    memory_bytes: int = 1_000_000_000
    cpu_s: int = 120
    wall_s: float = 240.0


FEED = Limits()
IMPORT = Limits(2_500_000_000, 600, 1200.0)
"""A person waits, and the outlines of a whole country are large."""


def confine() -> None:
    """Once, at the start: few open files, no core dump, no signals of a terminal, and no network where the kernel grants that."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # the worker ends first, and this ends with it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    libc = ctypes.CDLL(None)
    libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if libc.unshare(_NEW_NETWORK) != 0:
        libc.unshare(_NEW_USERS | _NEW_NETWORK)


def apply(limits: Limits) -> None:
    """For the piece of work that begins now."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space_bytes() + limits.memory_bytes, most))
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + limits.cpu_s + 1, most))


def lift() -> None:
    """The work is done: what it gave back is sent without a limit of memory."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
