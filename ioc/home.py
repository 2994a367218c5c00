"""The data folder: may it be written, and does somebody else work in it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ioc.cli_terminal import CommandError


def prepare_home(home: Path) -> None:
    """Make the folder and try to write in it. Raises CommandError."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=home).close()
    except OSError as error:
        raise CommandError("cli.home_unwritable", home=home, detail=error.strerror or str(error)) from error


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel lets go when this process ends in whatever way. Raises CommandError when it is held."""
    file = os.open(home / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError("demo.running_already", home=home, pid=os.read(file, 20).decode() or "?") from error
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(file)
