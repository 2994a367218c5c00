"""What feeds did not take, or not wholly: kept until the same item is taken or somebody has seen to it, however many runs come after."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select, update

from store.frames import frame
from store.runs import LAYER, as_json, storable
from store.schema import rejected_items
from store.write import bump

MOST_KEPT = 50  # for each feed, the newest
REJECTED = ("failed", "partial")


def note_item(
    connection: Connection, feed: str, item: str | None, state: str, *, content_hash: str | None, at: datetime,
    rows_read: int, rows_rejected: int, error_code: str | None, error_args: Any,
) -> None:  # fmt: skip
    """Note what became of an item. state: of its run.

    A run in which nothing changed says nothing new of rows that were refused before; the same content refused again stays dismissed.
    """
    if item is None:
        return
    c = rejected_items.c
    item = storable(item)
    mine = (c.feed == feed, c.item == item)
    if state not in REJECTED:
        taken = () if state == "ok" else (c.state == "failed",)
        connection.execute(delete(rejected_items).where(*mine, *taken))
        return
    values = {
        "state": state, "content_hash": content_hash, "rejected_at": at, "rows_read": rows_read, "rows_rejected": rows_rejected,
        "error_code": error_code, "error_args": None if error_args is None else as_json(error_args),
    }  # fmt: skip
    known = connection.execute(select(c.id, c.content_hash, c.error_code).where(*mine)).first()
    if known is None:
        connection.execute(insert(rejected_items).values(feed=feed, item=item, **values))
        _forget_oldest(connection, feed)
        return
    again = {} if (known.content_hash, known.error_code) == (content_hash, error_code) else {"dismissed_at": None}
    connection.execute(update(rejected_items).where(c.id == known.id).values(**values, **again))


def _forget_oldest(connection: Connection, feed: str) -> None:
    c = rejected_items.c
    oldest = select(c.id).where(c.feed == feed).order_by(c.rejected_at.desc(), c.id.desc()).offset(MOST_KEPT).limit(MOST_KEPT)
    ids = list(connection.execute(oldest).scalars())
    if ids:
        connection.execute(delete(rejected_items).where(c.id.in_(ids)))


def items_open(connection: Connection, feed: str | None = None, limit: int = 50) -> pd.DataFrame:
    """Rejected items that nobody has dismissed, of one feed or of all, the newest first; the columns of rejected_items."""
    c = rejected_items.c
    of_feed = () if feed is None else (c.feed == feed,)
    statement = select(rejected_items).where(c.dismissed_at.is_(None), *of_feed)
    return frame(connection, statement.order_by(c.rejected_at.desc(), c.id.desc()).limit(limit))


def dismiss_item(connection: Connection, item_id: int, at: datetime) -> bool:
    """Somebody has seen to it; False when it was gone already."""
    mine = (rejected_items.c.id == item_id, rejected_items.c.dismissed_at.is_(None))
    done = bool(connection.execute(update(rejected_items).where(*mine).values(dismissed_at=at)).rowcount)
    bump(connection, LAYER)
    return done
