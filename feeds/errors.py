"""What can go wrong with a feed, its configuration or a command. Each carries a catalogue code and the values of its placeholders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from store.names import Question


class FeedError(Exception):
    """A run that cannot go on. `code` is a key of the catalogue (``[run]`` in store/text), `values` fill its placeholders."""

    transient = False
    attempts = 1

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"{code} {values}")
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, (type(self), self.code, self.values, vars(self))


class FetchError(FeedError):
    """The source did not answer as it should; asking again may help when `transient`."""

    def __init__(self, code: str, *, transient: bool = False, **values: object) -> None:
        super().__init__(code, **values)
        self.transient = transient


class ContentError(FeedError):
    """What came cannot be read: wrong encoding, broken JSON, a missing column. Nothing of it is written."""


class RowError(FeedError):
    """One row cannot be taken (``[row]`` in store/text); the others can. question: what a person has to tell before it can."""

    question: Question | None = None


class CommandError(Exception):
    """A command that cannot be carried out, said in one sentence (``[cli]`` in feeds/text)."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"{code} {values}")
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, (type(self), self.code, self.values, vars(self))

    def lines(self) -> list[tuple[str, dict[str, object]]]:
        """More to say below the sentence, as codes and values."""
        return []


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in the feeds file (``[config]`` in store/text). line: 1-based; 0 when the file as a whole is meant."""

    line: int
    code: str
    values: dict[str, object] = field(default_factory=dict, compare=False)


class ConfigError(Exception):
    """The feeds file has mistakes."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} mistakes: " + "; ".join(f"line {p.line} {p.code}" for p in problems))
        self.problems = problems


Remade = TypeVar("Remade", FeedError, CommandError)


def _remade(kind: type[Remade], code: str, values: dict[str, object], state: dict[str, object]) -> Remade:
    """The same error in another process."""
    error = kind(code, **values)
    vars(error).update(state)
    return error
