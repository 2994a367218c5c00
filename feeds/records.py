"""What a record kind is made of: the fields it reads, the records it accepts, the rows it turns away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from feeds.errors import RowError
from feeds.tables import Note, Row
from store.names import Question

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


@dataclass(frozen=True)
class Parsed:
    """records: what was accepted, one or more for a row. true_at: the newest moment the accepted rows speak about. notes: as of a table."""

    rows: int
    records: list[Any] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    true_at: datetime | None = None
    notes: tuple[Note, ...] = ()


class Stored(NamedTuple):
    """Source rows by what they did to the store; with the rejected ones they sum to the rows read."""

    added: int
    changed: int
    unchanged: int


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
    return Rejection(row.number, error.code, plain(error.values), plain(came), error.question)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values as JSON can hold them; an outline or another long thing by its beginning."""
    return {key: value if isinstance(value, str | int | float | bool | None) else str(value)[:500] for key, value in values.items()}
