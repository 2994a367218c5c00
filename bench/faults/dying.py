"""Faults of the machine: killed workers, two at once, a database that goes away, a full disk, a clock that goes back."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import func, select

from bench.faults.dropped import Sheets
from bench.faults.stage import Stage
from bench.faults.table import Line
from feeds.texts import CATALOGUE
from store import schema
from store.transactions import reading
from tests.support.postgres import Cluster
from tests.support.programs import ROOT, run

VILLAGES = 2000
FAKETIME = ("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1")
BUSY_S = 20.0


class Sickroom:
    """A stage with one large source, and what is needed to break its machine. cluster: None on SQLite."""

    def __init__(self, stage: Stage, cluster: Cluster | None) -> None:
        self.stage, self.cluster = stage, cluster
        self.source = Sheets("csv", "op-c", stage.home / "big", VILLAGES)
        self.version = 0
        stage.declare(self.source.toml())

    def tell(self, within_s: float = 90) -> None:
        """The next version, dropped and taken."""
        last = self.stage.last_run()
        self.drop()
        self.stage.wait_for_run(self.source.key, last, lambda run: run.state == "ok", within_s)

    def drop(self) -> None:
        self.version += 1
        self.source.good(self.version)

    @property
    def sound(self) -> tuple[bool, bool]:
        """Nothing lost: the store says what was told last. Nothing twice: a row for each village and version, a good run for each file."""
        held, rows = self.source.held(self.stage)
        r = schema.feed_runs.c
        with reading(self.stage.engine) as connection:
            good = connection.scalar(select(func.count()).where(r.feed == self.source.key, r.state == "ok"))
        return held == self.source.expected(self.version), rows == VILLAGES * self.version and good == self.version

    def line(self, fault: str, seen: str, kept: bool | None = None, since: float | None = None) -> Line:
        waited_s = None if since is None else self.stage.longest_wait_s(since)
        return Line(fault, self.source.title, seen, kept, *self.sound, waited_s)


def broken_machine(stage: Stage, cluster: Cluster | None, kills: int, only: str) -> Iterator[Line]:
    """One line for each fault whose name contains `only`."""
    room = Sickroom(stage, cluster)
    stage.start()
    room.tell()
    faults: dict[str, Callable[[Sickroom], Line]] = {
        f"kill -9 of the worker during a write, {kills} times": lambda room: killed(room, kills),
        "two workers at once": two_at_once,
        "clock moved back two hours": clock_back,
        "clock 500 days ahead": clock_ahead,
        "database restarted during a write" if cluster else "store locked by another program for 20 s": restarted if cluster else locked,
    }
    if cluster is None:
        faults["store file taken away, and put back"] = taken_away
    for fault, breaks in faults.items():
        if only in fault:
            yield breaks(room)


def killed(room: Sickroom, kills: int) -> Line:
    """Kill at a random moment between the drop of a file and the end of its run; start another; the file must be taken once."""
    stage, inside = room.stage, 0
    stage.kill()
    for _ in range(kills):
        last = stage.last_run()
        worker = stage.start()
        room.drop()
        _wait_until_at_work(stage)
        time.sleep(random.uniform(0, 0.35))
        inside += not stage.runs_since(room.source.key, last)
        worker.kill()
        _revive(room, last)
        stage.kill()
    seen = f"{inside} of {kills} kills hit before the run was written down"
    stage.start()
    _wait_until_at_work(stage)
    return room.line(f"kill -9 of the worker during a write, {kills} times", seen, kept=True)


def _wait_until_at_work(stage: Stage) -> None:
    """The witness has been asked: the worker has begun."""
    asked, deadline = len(stage.asked_at), time.monotonic() + 30
    while len(stage.asked_at) == asked and time.monotonic() < deadline:
        time.sleep(0.01)


def _revive(room: Sickroom, last: int) -> None:
    if not any(run.state == "ok" for run in room.stage.runs_since(room.source.key, last)):
        room.stage.start()
        room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)


def two_at_once(room: Sickroom) -> Line:
    """A second worker is started; the witness must not be asked twice as often."""
    room.stage.start()
    time.sleep(3)
    began = time.monotonic()
    for _ in range(3):
        room.tell()
    asked = len([at for at in room.stage.asked_at if at >= began])
    seen = f"one leads, one stands by; the witness was asked {asked} times in {time.monotonic() - began:.0f} s"
    line = room.line("two workers at once", seen, since=began)
    room.stage.stop()
    room.stage.start()
    return line


def clock_back(room: Sickroom) -> Line:
    """The worker's machine believes that it is two hours ago; what `ioc doctor` says there is what the operator sees."""
    library = next((path for path in FAKETIME if Path(path).exists()), None)
    fault = "clock moved back two hours"
    if library is None:
        return room.line(fault, "not done: needs libfaketime (Debian package faketime)")
    wrong = {"LD_PRELOAD": library, "FAKETIME": "-2h", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "PYTHONPATH": _sleep_that_works(room.stage)}
    before = room.source.held(room.stage)[0]
    room.stage.stop()
    room.stage.start(**wrong)
    time.sleep(5)
    kept = room.source.held(room.stage)[0] == before
    room.tell()
    told = {"IOC_STORE": room.stage.url, "IOC_HOME": str(room.stage.home), **wrong}
    findings = json.loads(run(["doctor", "--json"], told, room.stage.home).stdout)
    seen = next((finding["vi"] for finding in findings if finding["code"] == "doctor.clock_back"), "ioc doctor: –")
    room.stage.stop()
    began = time.monotonic()
    room.stage.start()
    room.tell()
    return room.line(fault, seen, kept, began)


def clock_ahead(room: Sickroom) -> Line:
    """The worker's machine believes that it is 500 days later: no run may be deleted for its age."""
    fault, library = "clock 500 days ahead", next((path for path in FAKETIME if Path(path).exists()), None)
    if library is None:
        return room.line(fault, "not done: needs libfaketime (Debian package faketime)")
    wrong = {"LD_PRELOAD": library, "FAKETIME": "+500d", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "PYTHONPATH": _sleep_that_works(room.stage)}
    before = room.stage.runs_since(room.source.key, 0)
    room.stage.stop()
    room.stage.start(**wrong)
    deadline = time.monotonic() + 30
    while "clock.ahead" not in room.stage.said and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(3)
    kept = room.stage.runs_since(room.source.key, 0)[: len(before)] == before
    seen = next((line.split(" ", 2)[2] for line in room.stage.said.splitlines() if "clock.ahead" in line), "nothing")
    room.stage.stop()
    room.stage.start()
    room.tell()
    return room.line(fault, f"journal: {seen}", kept)


def _sleep_that_works(stage: Stage) -> str:
    """libfaketime breaks clock_nanosleep, which Python sleeps with."""
    folder = stage.home / "clock"
    folder.mkdir(exist_ok=True)
    text = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds)\n"
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    return f"{folder}:{ROOT}"


def taken_away(room: Sickroom) -> Line:
    """The SQLite file is gone while a file comes: the file waits, no new store is made, and all of it is taken once the store is back."""
    began, last = time.monotonic(), room.stage.last_run()
    before = room.source.held(room.stage)[0]
    path = Path(room.stage.engine.url.database or "")
    room.stage.engine.dispose()
    aside = path.with_suffix(".aside")
    path.rename(aside)
    room.drop()
    deadline = time.monotonic() + 30
    while "store.gone" not in room.stage.said and time.monotonic() < deadline:
        time.sleep(0.1)
    made_anew = path.exists()
    if not made_anew:
        aside.rename(path)
    kept = not made_anew and room.source.held(room.stage)[0] == before
    room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)
    return room.line("store file taken away, and put back", CATALOGUE.text("vi", "run.store_gone"), kept, began)


def restarted(room: Sickroom) -> Line:
    """PostgreSQL is stopped while a file is being written, and started again."""
    assert room.cluster is not None
    began, last = time.monotonic(), room.stage.last_run()
    room.drop()
    time.sleep(random.uniform(0.1, 0.6))
    room.cluster.stop()
    time.sleep(2)
    room.cluster.start()
    room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)
    return room.line("database restarted during a write", _trouble(room.stage), since=began)


def locked(room: Sickroom) -> Line:
    """Another program holds the write lock of the SQLite file for longer than anybody waits."""
    began, last = time.monotonic(), room.stage.last_run()
    with sqlite3.connect(room.stage.engine.url.database or "", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        room.drop()
        time.sleep(BUSY_S)
        other.execute("ROLLBACK")
    other.close()
    room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)
    return room.line("store locked by another program for 20 s", _trouble(room.stage), since=began)


def _trouble(stage: Stage) -> str:
    """The last trouble of the store that the worker wrote in its log."""
    lines = [line for line in stage.said.splitlines() if " trouble " in line and "subject=store" in line]
    return f"journal: {lines[-1].split(' ', 2)[2]}" if lines else "nothing: the run waited and went on"


def full_disk(room: Sickroom, ballast: Path) -> Line:
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
    return room.line("disk full", seen, kept, began)


def _full(stage: Stage) -> str:
    return CATALOGUE.text("vi", "run.store_full") if "store_full" in stage.said or "store.full" in stage.said else _trouble(stage)


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
