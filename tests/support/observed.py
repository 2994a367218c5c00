"""What tests look up in a store of endpoints, and how they keep others from writing to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, select

from store import schema


def states(engine: Engine) -> dict[str, str]:
    """Endpoint id → its state now."""
    s = schema.endpoint_state.c
    with engine.connect() as connection:
        return {row.endpoint_id: row.state for row in connection.execute(select(s.endpoint_id, s.state))}


def changes(engine: Engine) -> int:
    """How many changes of state have been noted."""
    with engine.connect() as connection:
        return len(connection.execute(select(schema.endpoint_changes.c.at)).all())


def recorded(engine: Engine) -> list[Any]:
    """Every run that was written down, oldest first."""
    with engine.connect() as connection:
        return list(connection.execute(select(schema.feed_runs).order_by(schema.feed_runs.c.id)))


def quarantined(engine: Engine) -> list[tuple[str, Any]]:
    """Reason and raw row of everything that was set aside."""
    q = schema.quarantine.c
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(q.reason_code, q.raw).order_by(q.id))]


@contextmanager
def writing_blocked(engine: Engine) -> Iterator[None]:
    """Nobody else can write to the store meanwhile; reading goes on."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE endpoint_state, feed_runs, feeds IN EXCLUSIVE MODE")
        yield
        connection.rollback()
