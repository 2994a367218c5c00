"""One table of all faults: a line of it on each database, and the rows as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

YES, NO, NONE = "✔", "✘", "–"
DATABASES = ("sqlite", "postgresql")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
STORED = "said; what is stored stays; the next good one is taken whole, once"
LONGEST_WAIT_S = 10.0
MOST_MEMORY_MB = 600


@dataclass(frozen=True)
class Line:
    """What one fault did on one database.

    kept, as_expected: None where the question makes no sense. waited_s: the longest wait of the steady feed, due every two seconds;
    may_wait: the store was away, so that it had to. peak_mb: of the worker or what reads files for it, whichever had more.
    """

    fault: str
    feed: str
    seen: str
    kept: bool | None
    nothing_lost: bool
    nothing_twice: bool
    waited_s: float | None
    expected: str = STORED
    as_expected: bool | None = None
    peak_mb: int | None = None
    may_wait: bool = False

    @property
    def wrong(self) -> list[str]:
        """What is not as it should be."""
        late = self.waited_s is not None and not self.may_wait and self.waited_s > LONGEST_WAIT_S
        answers = {
            "not as expected": self.as_expected is not False,
            "last good not kept": self.kept is not False,
            "rows lost": self.nothing_lost,
            "rows twice": self.nothing_twice,
            "others late": not late,
            "too much memory": self.peak_mb is None or self.peak_mb < MOST_MEMORY_MB,
        }
        return [text for text, good in answers.items() if not good]

    @property
    def right(self) -> bool:
        return not self.wrong


def not_done(fault: str, feed: str, why: object) -> Line:
    """A fault after which what must come never came."""
    return Line(fault, feed, str(why).strip().replace("\n", " ")[:400], None, True, True, None, as_expected=False)


def table(lines: Mapping[str, Sequence[Line]]) -> str:
    """lines: database → its lines. A row for each fault and feed, with columns for each database."""
    found = {database: {(line.fault, line.feed): line for line in some} for database, some in lines.items()}
    keys = list(dict.fromkeys(key for some in found.values() for key in some))
    head = ["fault", "feed", "expected"]
    for database in found:
        head += [f"{TITLES[database]}: {what}" for what in ("what happened", "as expected", "steady 2 s feed: longest wait", "peak memory")]
    rows = [_row(head), _row(["---"] * len(head))]
    for key in keys:
        here = [some.get(key) for some in found.values()]
        first = next(line for line in here if line is not None)
        cells = [first.fault, first.feed, first.expected]
        for line in here:
            cells += [NONE] * 4 if line is None else _cells(line, None if line is here[0] else here[0])
        rows.append(_row(cells))
    return "\n".join(rows)


def told(database: str, line: Line) -> str:
    """A line for whoever waits for the table."""
    return f"{database}: {line.fault} · {line.feed}: {' · '.join(_cells(line, None))}"


def _cells(line: Line, other: Line | None) -> list[str]:
    """other: the line of the first database, not to say the same again."""
    return [
        "the same" if other is not None and other.seen == line.seen else line.seen,
        YES if line.right else f"{NO} {', '.join(line.wrong)}",
        NONE if line.waited_s is None else f"{line.waited_s:.1f} s",
        NONE if line.peak_mb is None else f"{line.peak_mb} MB",
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"
