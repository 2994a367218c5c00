"""A disk that is full."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.faults.machine.room import Room, trouble
from bench.faults.stage import Stage
from bench.faults.table import Line
from feeds.texts import CATALOGUE


def full_disk(room: Room, ballast: Path) -> Line:
    """The rest of the store's disk is filled, a file comes, room is made again."""
    began, last = time.monotonic(), room.stage.last_run()
    before = room.source.held(room.stage)[0]
    _fill(ballast)
    room.drop()
    deadline = time.monotonic() + 30
    while "run.store_full" not in room.stage.said and "store.full" not in room.stage.said and time.monotonic() < deadline:
        time.sleep(0.1)
    kept = room.source.held(room.stage)[0] == before
    seen = _full(room.stage)
    ballast.unlink()
    room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)
    return room.line("disk full", seen, kept, began, may_wait=True, expected="said; taken whole once there is room")


def _full(stage: Stage) -> str:
    return CATALOGUE.text("vi", "run.store_full") if "store_full" in stage.said or "store.full" in stage.said else trouble(stage)


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 65_536)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """A disk of its own in memory; None where this user may not mount one."""
    folder = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    mounted = (
        os.geteuid() == 0
        and subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=False).returncode == 0
    )
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
