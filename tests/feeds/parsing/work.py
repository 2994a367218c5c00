"""Work for a process that reads bytes of others: it behaves and misbehaves."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

from feeds.errors import ContentError, FetchError


def doubled(number: int) -> int:
    return 2 * number


def says_what_is_wrong() -> None:
    raise ContentError("run.no_header", row=7)


def asks_again() -> None:
    raise FetchError("run.no_room", transient=True, detail="full")


def breaks() -> None:
    raise AttributeError("'Chartsheet' object has no attribute 'iter_rows'")


def recurses() -> int:
    return 1 + recurses()


def hoards() -> int:
    kept = [b"x" * 1_000_000 for _ in range(100_000)]
    return len(kept)


def spins() -> None:
    while True:
        pass


def waits(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


def waits_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.02)


def ends(how: int) -> None:
    os.kill(os.getpid(), how)


def ends_once(flag: Path) -> str:
    if not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "read"


def prints(text: str) -> int:
    os.write(1, text.encode())
    print(text)
    return len(text)


def environment() -> dict[str, str]:
    return dict(os.environ)


def answers_with_code() -> object:
    return _Code()


class _Code:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("true",)


def reaches(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def process_id() -> int:
    return os.getpid()
