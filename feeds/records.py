"""What a record kind is made of: the fields it reads, the records it accepts, the rows it turns away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from feeds.errors import RowError
from feeds.readers.values import Percent, cell_name
from feeds.tables import Note, Row
from store.names import Question

MOST_KEPT, MOST_ASKING = 1000, 50_000

FieldType = Literal["text", "whole", "number", "degrees", "flag", "moment", "day", "period", "code", "words"]


@dataclass(frozen=True)
class Field:
    """A field of a record.

    aliases: headers it is known by when the feed's columns do not name one. type: how its cells are read. unit: what a number is
    stored in, a unit of feeds.measures ("" when a feed cannot declare another). words: for a code, the codes and the words for each.
    vocabulary: the name of those words, where several fields share them.
    """

    name: str
    required: bool = True
    aliases: tuple[str, ...] = ()
    type: FieldType = "text"
    unit: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vocabulary: str = ""


@dataclass(frozen=True)
class Rejection:
    """A row that was turned away. number: as the person who opens the file counts; raw: the row as it came.

    question: what a person has to tell before the row can be taken.
    """

    number: int
    code: str
    values: dict[str, Any]
    raw: dict[str, Any]
    question: Question | None = None


class Rejections(list[Rejection]):
    """The first thousand rejections, and of the others how many there are for each reason: a file of a million bad rows is no memory of
    them. Rows that ask a person are kept beyond it, because they are taken once the answer is there.

    total: of all; more: reason → (how many are not kept, the values of the first).
    """

    def __init__(self, rejections: Iterable[Rejection] = ()) -> None:
        super().__init__()
        self.total = 0
        self.asking = 0
        self.more: dict[str, tuple[int, dict[str, Any]]] = {}
        self.extend(rejections)

    def append(self, rejection: Rejection) -> None:
        self.total += 1
        asks = rejection.question is not None and self.asking < MOST_ASKING
        self.asking += asks
        if asks or len(self) < MOST_KEPT:
            super().append(rejection)
            return
        count, values = self.more.get(rejection.code, (0, rejection.values))
        self.more[rejection.code] = (count + 1, values)

    def extend(self, rejections: Iterable[Rejection]) -> None:
        for one in rejections:
            self.append(one)

    @classmethod
    def joined(cls, first: Iterable[Rejection], more: Iterable[Rejection]) -> Rejections:
        """Both, counted together."""
        known = bounded(first)
        both = _rejections_of(list(known), vars(known))
        both.more = dict(known.more)
        both.extend(more)
        return both

    def renumbered(self, numbers: Sequence[int]) -> Rejections:
        """The same with the numbers that the rows had where they came from; `numbers` of none: as they are."""
        rows = [replace(row, number=numbers[row.number - 1]) if 0 < row.number <= len(numbers) else row for row in self]
        return _rejections_of(rows, vars(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rejections_of, (list(self), vars(self))


def _rejections_of(kept: list[Rejection], counts: dict[str, Any]) -> Rejections:
    rejections = Rejections()
    list.extend(rejections, kept)
    vars(rejections).update(counts)
    return rejections


def bounded(rejections: Iterable[Rejection]) -> Rejections:
    """The same as Rejections; what is that already stays."""
    return rejections if isinstance(rejections, Rejections) else Rejections(rejections)


@dataclass(frozen=True)
class Parsed:
    """records: what was accepted, one or more for a row. true_at: the newest moment the accepted rows speak about. notes: as of a table."""

    rows: int
    records: list[Any] = field(default_factory=list)
    rejections: Rejections = field(default_factory=Rejections)
    true_at: datetime | None = None
    notes: tuple[Note, ...] = ()


class Stored(NamedTuple):
    """Source rows by what they did to the store; with the rejected ones they sum to the rows read. older: left out, because what is stored
    was said later."""

    added: int
    changed: int
    unchanged: int
    older: int = 0


@dataclass(frozen=True)
class Stamp:
    """What every written record says about its origin."""

    feed: str
    source: str
    synthetic: bool
    reported_at: datetime
    stored_at: datetime


def rejection(row: Row, error: RowError) -> Rejection:
    came = row.values if row.came is None else row.came
    return Rejection(row.number, error.code, plain(error.values | _place(row, error)), plain(came), error.question)


def _place(row: Row, error: RowError) -> dict[str, object]:
    """Where in a sheet the fault is: "cell" as spreadsheets name it, where one is, and "sheet", where the file has sheets."""
    if row.origin is None:
        return {}
    column = row.origin.columns.get(str(error.values.get("column")))
    place: dict[str, object] = {} if column is None else {"cell": cell_name(row.number - 1, column - 1)}
    return place | ({"sheet": row.origin.sheet} if row.origin.sheet else {})


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values as JSON can hold them; an outline or another long thing by its beginning."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Percent):
        return value.kept()
    return value if isinstance(value, str | int | float | bool | None) else str(value)[:500]
