"""What a dashboard asks of the worker. It asks through the store; the worker takes the wish within a second or two."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from store import names, rejected_items, runs
from store.transactions import writing


def request_run(engine: Engine, feed: str, at: datetime) -> bool:
    """Ask for a run of a feed now; False when there is no such feed or it is not declared any more. Raises StoreError."""
    with writing(engine) as connection:
        return runs.request_run(connection, feed, at)


def dismiss_item(engine: Engine, item_id: int, at: datetime) -> bool:
    """Take a rejected item off the list of feeds; False when it was gone already. Raises StoreError."""
    with writing(engine) as connection:
        return rejected_items.dismiss_item(connection, item_id, at)


def settle_name(engine: Engine, review: str, *, code: str | None, by: str, at: datetime) -> str:
    """Say which unit or village a name means (None: none); settled | no_review | no_place. Raises StoreError."""
    with writing(engine) as connection:
        return names.settle(connection, review, code=code, by=by, at=at)


def forget_name(engine: Engine, review: str, *, by: str, at: datetime) -> str:
    """Take back what was decided about a name; settled | no_review. Raises StoreError."""
    with writing(engine) as connection:
        return "settled" if names.decide(connection, review, decision=names.FORGOTTEN, by=by, at=at) else "no_review"
