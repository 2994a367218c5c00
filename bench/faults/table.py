"""Lines of the table, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass

YES, NO, NONE = "✔", "✘", "–"
HEAD = ("fault", "feed", "what the operator sees", "last good kept", "nothing lost", "nothing twice", "others: longest wait")


@dataclass(frozen=True)
class Line:
    """What one fault did. kept: None where the question makes no sense; waited_s: the longest wait of the witness, due every second."""

    fault: str
    feed: str
    seen: str
    kept: bool | None
    nothing_lost: bool
    nothing_twice: bool
    waited_s: float | None

    @property
    def right(self) -> bool:
        return self.kept is not False and self.nothing_lost and self.nothing_twice

    def cells(self) -> tuple[str, ...]:
        marks = (_mark(answer) for answer in (self.kept, self.nothing_lost, self.nothing_twice))
        return (self.fault, self.feed, self.seen.replace("|", "/"), *marks, NONE if self.waited_s is None else f"{self.waited_s:.1f} s")


def _mark(answer: bool | None) -> str:
    return NONE if answer is None else YES if answer else NO


def head() -> str:
    return "\n".join((_row(HEAD), _row(["---"] * len(HEAD))))


def row(line: Line) -> str:
    return _row(line.cells())


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"
