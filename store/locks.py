"""Locks that live outside transactions, on PostgreSQL: advisory locks of a session."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError


class SessionLock:
    """A lock by number that one session of the database holds at a time; it lives as long as its connection, kept for nothing else."""

    def __init__(self, engine: Engine, number: int) -> None:
        self._engine = engine
        self._number = number
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Try, without waiting; False also when the database does not answer."""
        self.release()
        try:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except SQLAlchemyError:
            return False
        try:
            taken = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._number}))
        except SQLAlchemyError:
            taken = False
        if not taken:
            _drop(connection)
            return False
        self._connection = connection
        return True

    def holds(self) -> bool:
        """Whether the session that took the lock still lives."""
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Let the lock go."""
        if self._connection is not None:
            _drop(self._connection)
            self._connection = None


def _drop(connection: Connection) -> None:
    """Close the session itself: one that went back to the pool would keep its lock."""
    try:
        connection.invalidate()
        connection.close()
    except SQLAlchemyError:
        return
