"""Locks that live outside transactions, on PostgreSQL: advisory locks of a session."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

_HOLDER = text(
    "SELECT pid, state_change, application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"
    " AND classid = 0 AND objid = :key AND objsubid = 1 AND pg_stat_activity.datname = current_database()"
    " AND database = pg_stat_activity.datid"
)
_END_SESSIONS = text(  # of one worker: its name is that of its process
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
    " AND pid <> pg_backend_pid() AND (pid = :pid OR (application_name = :name AND application_name NOT IN ('', 'ioc')))"
)


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

    def pulse(self) -> object:
        """Something that changes while whoever has the lock asks `holds` now and then; None when nobody has it or nothing answers."""
        try:
            with self._engine.connect() as connection:
                row = connection.execute(_HOLDER, {"key": self._number}).one_or_none()
                return None if row is None else tuple(row)
        except SQLAlchemyError:
            return None

    def evict(self) -> None:
        """End every session of whoever has the lock: it is there, but it does not move. What it was writing is rolled back."""
        try:
            with self._engine.begin() as connection:
                holder = connection.execute(_HOLDER, {"key": self._number}).one_or_none()
                if holder is not None:
                    connection.execute(_END_SESSIONS, {"name": holder.application_name, "pid": holder.pid})
        except SQLAlchemyError:
            return

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
