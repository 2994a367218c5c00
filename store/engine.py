"""One engine from a URL: ``sqlite:///…`` (WAL) or ``postgresql+psycopg://…``."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

from store.errors import StoreUnavailableError

BUSY_TIMEOUT_MS = 15_000
KEEPALIVE: dict[str, Any] = {  # a server that vanished without a word is noticed within seconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "connect_timeout": 5,
}
# Reads are short and many come at once: to start helpers for one of them takes ten times as long as to read it.
FOR_SHORT_READS = "SET max_parallel_workers_per_gather = 0; SET jit = off"


def open_engine(url: str, *, pool_size: int = 5, name: str = "ioc") -> Engine:
    """An engine for the store at `url`. name: what PostgreSQL calls its connections.

    A missing SQLite folder is made. Raises StoreUnavailableError when the folder cannot be made or the URL is not understood.
    """
    try:
        parsed = make_url(url)
    except Exception as error:
        raise StoreUnavailableError(str(error), url=url) from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, parsed.database)
    if parsed.get_backend_name() != "postgresql":
        raise StoreUnavailableError("only sqlite:///… and postgresql+psycopg://… are supported", url=parsed.render_as_string())
    told = KEEPALIVE | {"application_name": name}
    engine = create_engine(parsed, pool_size=pool_size, max_overflow=10, pool_pre_ping=True, connect_args=told)

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.execute(FOR_SHORT_READS)
        connection.commit()

    return engine


def shown_url(url: str) -> str:
    """`url` as it may be shown: without its password."""
    return make_url(url).render_as_string(hide_password=True)


def _sqlite(url: str, database: str | None) -> Engine:
    if database and database != ":memory:":
        try:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(f"{error.strerror}: {error.filename}", url=url) from error
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-65536"):
            cursor.execute(f"PRAGMA {pragma}")
        _use_wal(cursor)
        cursor.close()

    return engine


def _use_wal(cursor: Any) -> None:
    """Switch to write-ahead logging. SQLite does not wait for others here, so two processes that open a new store would collide."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
