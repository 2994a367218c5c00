"""A stage with one large source, and what is needed to break its machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from bench.faults.feeds.dropped import Sheets
from bench.faults.stage import Stage
from bench.faults.table import Line
from store import schema
from store.transactions import reading
from tests.support.postgres import Cluster

VILLAGES = 2000


class Room:
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

    def line(self, fault: str, seen: str, kept: bool | None = None, since: float | None = None, **more: Any) -> Line:
        """more: of Line."""
        waited_s = None if since is None else self.stage.longest_wait_s(since)
        return replace(Line(fault, self.source.title, seen, kept, *self.sound, waited_s, "every file is taken whole, once"), **more)


def trouble(stage: Stage) -> str:
    """The last trouble of the store that the worker wrote in its log."""
    lines = [line for line in stage.said.splitlines() if " trouble " in line and "subject=store" in line]
    return f"journal: {lines[-1].split(' ', 2)[2]}" if lines else "nothing: the run waited and went on"
