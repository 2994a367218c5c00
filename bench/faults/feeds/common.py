"""Sources that can tell one version of their figures after another, rightly or wrongly, and what the store must then hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select

from bench.faults.stage import PLACES, Stage
from store import schema
from store.transactions import reading

Held = dict[str, object]
COMMON = 'source = "nguồn thử"\nevery_s = 1\nlate_after_s = 30\nstale_after_s = 60\ntimeout_s = 3\nretries = 1\nsynthetic = true\n'
COUNTS = ("in_progress", "due", "on_time", "overdue", "online")
BIG = 200_000_000
BAD = PLACES // 2


def _always(stage: Stage, run: Any) -> bool:
    return True


@dataclass(frozen=True)
class Expected:
    """What a fault must lead to.

    text: for the table; states: of the run, none when there must be no run; code: of the run, of the first row that it turned away, or of
    what it notes; holds: what else must be so.
    """

    text: str
    code: str = ""
    states: tuple[str, ...] = ("failed", "partial")
    holds: Callable[[Stage, Any], bool] = _always


class Source(Protocol):
    """key: the feed; faults: name → do it with the next version. A fault that lets good rows through names them in `passes`.

    expects: of faults whose outcome is not only that something is said.
    """

    key: str
    title: str
    faults: dict[str, Callable[[int], None]]
    passes: dict[str, Callable[[int], Held]]
    expects: dict[str, Expected]

    def toml(self) -> str: ...
    def begin(self) -> None: ...
    def good(self, version: int) -> None: ...
    def cure(self, version: int) -> None: ...
    def expected(self, version: int) -> Held: ...
    def held(self, stage: Stage) -> tuple[Held, int]: ...
    def grown(self, passed: int) -> int: ...


class Counted:
    """What the store holds of one source of dossier counts: a centre's number of received ones is the version."""

    def __init__(self, key: str, letter: str, title: str) -> None:
        self.key, self.title, self._letter = key, title, letter
        self.faults: dict[str, Callable[[int], None]] = {}
        self.passes: dict[str, Callable[[int], Held]] = {}
        self.expects: dict[str, Expected] = {}

    def expected(self, version: int) -> Held:
        return {self._id(number): version for number in range(1, PLACES + 1)}

    def held(self, stage: Stage) -> tuple[Held, int]:
        d = schema.dossiers.c
        with reading(stage.engine) as connection:
            rows = connection.execute(select(d.centre_id, d.received).where(d.centre_id.like(f"{self._letter}-%"))).all()
        return {row.centre_id: row.received for row in rows}, len(rows)

    def grown(self, passed: int) -> int:
        """Counts are replaced: there is one row for each centre and month."""
        return 0

    def _without(self, number: int) -> Callable[[int], Held]:
        return lambda version: {key: value for key, value in self.expected(version).items() if key != self._id(number)}

    def _id(self, number: int) -> str:
        return f"{self._letter}-{number:02d}"

    def _rows(self, version: int, bad: int = 0, **more: object) -> list[dict[str, object]]:
        same = {"period": "2026-10", **dict.fromkeys(COUNTS, 0), **more}
        return [
            {"centre_id": self._id(number), "received": "nhiều" if number == bad else version, **same} for number in range(1, PLACES + 1)
        ]
