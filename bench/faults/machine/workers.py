"""Workers that are killed, and two at once."""

from __future__ import annotations

import random
import time

from bench.faults.machine.room import Room
from bench.faults.stage import Stage
from bench.faults.table import Line


def killed(room: Room, kills: int) -> Line:
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


def _revive(room: Room, last: int) -> None:
    if not any(run.state == "ok" for run in room.stage.runs_since(room.source.key, last)):
        room.stage.start()
        room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)


def two_at_once(room: Room) -> Line:
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
