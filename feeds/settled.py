"""Rows that wait for a person to settle a name: put aside with the run that could not tell, taken up again once that is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from feeds.fetching import Content, Layout
from feeds.readers.values import value_of
from feeds.records import Rejection
from store import names
from store.names import Waiting
from store.transactions import reading


@dataclass(frozen=True)
class Settled:
    """Rows that came together. item: the file or address; numbers: of the rows there; hashes: by which the store knows them."""

    item: str | None
    content: Content
    numbers: tuple[int, ...]
    hashes: tuple[str, ...]


def settled_rows(engine: Engine, feed: str, crs: str = "") -> list[Settled]:
    """The feed's rows whose names somebody has settled since, oldest word of the source first. crs: as the feed declares it."""
    with reading(engine) as connection:
        rows = names.settled_rows(connection, feed)
    groups: dict[tuple[datetime, str | None], list[Waiting]] = {}
    for row in rows:
        groups.setdefault((row.reported_at, row.item), []).append(row)
    return [_settled(item, said_at, same, crs) for (said_at, item), same in groups.items()]


def _settled(item: str | None, said_at: datetime, rows: list[Waiting], crs: str) -> Settled:
    content = Content([{name: value_of(value) for name, value in row.raw.items()} for row in rows], Layout("rows", crs=crs), said_at)
    return Settled(item, content, tuple(row.row_number for row in rows), tuple(row.row_hash for row in rows))


def note_questions(
    connection: Connection, feed: str, rejections: Sequence[Rejection], *, item: str | None, said_at: datetime | None, at: datetime
) -> None:
    """Put on the review list what the rows ask, and let the rows wait for the answer. said_at: when the source said them."""
    asking = [(row.question, row) for row in rejections if row.question is not None]
    if not asking:
        return
    names.note_reviews(connection, feed, [question for question, _ in asking], item=item, at=at)
    waiting = [
        Waiting(names.row_hash(row.raw), question.review_id(feed), item, row.number, row.raw, said_at or at) for question, row in asking
    ]
    names.wait(connection, feed, waiting, at=at)
