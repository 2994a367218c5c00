"""Clocks that are wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import count

from bench.faults.machine.room import Room
from bench.faults.table import Line
from bench.faults.telling import wait_a_while
from tests.support.clock import LIBRARIES, WrongClock
from tests.support.programs import run, wait_until

_number = count(1)


def _with_clock(fault: str, then: Callable[[Room, WrongClock], Line]) -> Callable[[Room], Line]:
    """The same with a worker whose clock is set by us, and a sound one after it."""

    def done(room: Room) -> Line:
        if not any(path.exists() for path in LIBRARIES):
            return room.line(fault, "not done: needs libfaketime (Debian package faketime)", as_expected=False)
        clock = WrongClock(room.stage.home / f"clock-{next(_number)}")
        room.stage.stop()
        return then(room, clock)

    return done


def _sound_again(room: Room) -> float:
    """A worker with a right clock in its stead, and a file for it; when it began."""
    room.stage.stop()
    began = time.monotonic()
    room.stage.start()
    room.tell()
    return began


def _back(room: Room, clock: WrongClock) -> Line:
    """The worker's machine believes that it is two hours ago; what `ioc doctor` says there is what the operator sees."""
    before = room.source.held(room.stage)[0]
    clock.set("-2h")
    room.stage.start(**clock.environment)
    time.sleep(5)
    kept = room.source.held(room.stage)[0] == before
    room.tell()
    told = {"IOC_STORE": room.stage.url, "IOC_HOME": str(room.stage.home), **clock.environment}
    findings = json.loads(run(["doctor", "--json"], told, room.stage.home).stdout)
    seen = next((finding["vi"] for finding in findings if finding["code"] == "doctor.clock_back"), "")
    began = _sound_again(room)
    return room.line("clock moved back two hours", seen or "ioc doctor: –", kept, began, as_expected=bool(seen), expected=GOES_ON)


def _ahead(room: Room, clock: WrongClock) -> Line:
    """The worker's machine believes that it is 500 days later: no run may be deleted for its age."""
    before = room.stage.runs_since(room.source.key, 0)
    clock.set("+500d")
    room.stage.start(**clock.environment)
    deadline = time.monotonic() + 30
    while "clock.ahead" not in room.stage.said and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(3)
    kept = room.stage.runs_since(room.source.key, 0)[: len(before)] == before
    seen = next((line.split(" ", 2)[2] for line in room.stage.said.splitlines() if "clock.ahead" in line), "")
    _sound_again(room)
    expected = "said; nothing is deleted for its age; goes on"
    return room.line("clock 500 days ahead", f"journal: {seen or '–'}", kept, as_expected=bool(seen), expected=expected)


def _put_right(room: Room, clock: WrongClock) -> Line:
    """Ten minutes back, and right again, while the worker runs: the feeds go on both times."""
    stage = room.stage
    stage.start(**clock.environment)
    room.tell()
    began, leaps = time.monotonic(), stage.said.count("clock_leapt")
    for number, offset in enumerate(("-10m", "+0"), 1):
        clock.set(offset)
        wait_until(lambda wanted=leaps + number: stage.said.count("clock_leapt") >= wanted, 60, lambda: stage.said)  # type: ignore[misc]
        wait_a_while(stage)
        room.tell()
    seen = [line.split(" ", 2)[2] for line in stage.said.splitlines() if "clock_leapt" in line][-2:]
    line = room.line("clock set back ten minutes, and put right", f"journal: {' / '.join(seen)}", since=began, expected=GOES_ON)
    _sound_again(room)
    return line


GOES_ON = "said; every feed goes on"
clock_back = _with_clock("clock moved back two hours", _back)
clock_ahead = _with_clock("clock 500 days ahead", _ahead)
clock_put_right = _with_clock("clock set back ten minutes, and put right", _put_right)
