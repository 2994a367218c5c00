"""What a dashboard asks of the worker. It asks through the store; the worker takes the wish within a second or two."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from store import runs
from store.transactions import writing


def request_run(engine: Engine, feed: str, at: datetime) -> bool:
    """Ask for a run of a feed now; False when there is no such feed or it is not declared any more. Raises StoreError."""
    with writing(engine) as connection:
        return runs.request_run(connection, feed, at)
