"""Every fault of the machine, one after another on one installation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.faults.machine.backups import forged_backup
from bench.faults.machine.clocks import clock_ahead, clock_back, clock_put_right
from bench.faults.machine.room import Room
from bench.faults.machine.stores import locked, replaced, restarted, taken_away
from bench.faults.machine.workers import killed, two_at_once
from bench.faults.stage import Stage
from bench.faults.table import Line, not_done
from tests.support.postgres import Cluster


def broken_machine(stage: Stage, cluster: Cluster | None, kills: int, only: str) -> Iterator[Line]:
    """One line for each fault whose name contains `only`. cluster: None on SQLite."""
    faults: dict[str, Callable[[Room], Line]] = {
        f"kill -9 of the worker during a write, {kills} times": lambda room: killed(room, kills),
        "two workers at once": two_at_once,
        "clock moved back two hours": clock_back,
        "clock 500 days ahead": clock_ahead,
        "clock set back ten minutes, and put right": clock_put_right,
        "database restarted during a write" if cluster else "store locked by another program for 20 s": restarted if cluster else locked,
        "a forged backup with a plug-in is restored": forged_backup,
        "store taken away, and put back": taken_away,
        "another store in its place": replaced,
    }
    chosen = [fault for fault in faults if only in fault]
    if chosen:
        room = Room(stage, cluster)
        stage.start()
        room.tell()
        for fault in chosen:
            try:
                yield faults[fault](room)
            except AssertionError as error:
                yield not_done(fault, room.source.title, error)
