"""One engine from a URL: ``sqlite:///…`` (WAL) or ``postgresql+psycopg://…``."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError

from store.errors import StoreUnavailableError
from store.hidden import MARK, hide

BUSY_TIMEOUT_MS = 15_000
ONLY_OWNER, WITH_GROUP = 0o600, 0o660
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

    A missing SQLite folder is made, a missing file never: see `make_file`. Raises StoreUnavailableError when the folder cannot be made or
    the URL is not understood.
    """
    try:
        parsed = make_url(url)
    except Exception as error:
        raise StoreUnavailableError("the address is not understood", url=shown_url(url)) from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, parsed.database)
    if parsed.get_backend_name() != "postgresql":
        raise StoreUnavailableError("only sqlite:///… and postgresql+psycopg://… are supported", url=shown_url(url))
    hide([parsed.password or ""])
    told = KEEPALIVE | {"application_name": name}
    engine = create_engine(parsed, pool_size=pool_size, max_overflow=10, pool_pre_ping=True, connect_args=told)

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.execute(FOR_SHORT_READS)
        connection.commit()

    return engine


def shown_url(url: str) -> str:
    """`url` as it may be shown: without its password. Of an address that is not understood as a whole nothing, or its kind alone."""
    try:
        parsed = make_url(url)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, a password may stand anywhere in it
        return MARK
    if parsed.get_backend_name() != "sqlite" and "@" in f"{parsed.host}{parsed.database}{parsed.query}":
        return f"{parsed.get_backend_name()}://{MARK}"  # a password with a slash in it is read as a database
    return parsed.set(query={}).render_as_string(hide_password=True)


def sqlite_path(engine: Engine) -> Path | None:
    """Where a SQLite store has its file; None for PostgreSQL and for a store in memory."""
    database = engine.url.database
    return Path(database) if engine.dialect.name == "sqlite" and database and database != ":memory:" else None


def make_file(engine: Engine) -> None:
    """Make an empty file for a new SQLite store where there is none. Raises StoreUnavailableError."""
    path = sqlite_path(engine)
    if path is None:
        return
    try:
        if not path.exists():
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, ONLY_OWNER)
            os.fchmod(file, new_file_mode(path.parent))
            os.close(file)
    except OSError as error:
        raise StoreUnavailableError(f"{error.strerror}: {error.filename}", url=str(engine.url)) from error


def new_file_mode(folder: Path) -> int:
    """The owner's alone; the group's, too, in a folder that was set up for one (`chmod g+ws`)."""
    wanted = stat.S_ISGID | stat.S_IWGRP
    return WITH_GROUP if folder.stat().st_mode & wanted == wanted else ONLY_OWNER


def file_at(path: Path) -> tuple[int, int] | None:
    """Which file lies at `path`: device and inode; None when there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _sqlite(url: str, database: str | None) -> Engine:
    if database and database != ":memory:":
        try:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(f"{error.strerror}: {error.filename}", url=url) from error
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000})
    path = sqlite_path(engine)
    if path is not None:
        _only_what_is_there(engine, path)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-65536"):
            cursor.execute(f"PRAGMA {pragma}")
        _use_wal(cursor)
        cursor.close()

    return engine


def _only_what_is_there(engine: Engine, path: Path) -> None:
    """SQLite makes no file, and a connection whose file was deleted or replaced is not used again."""

    @event.listens_for(engine, "do_connect")
    def _open(_dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        record.info["file"] = file_at(path)  # before it is opened: what is opened is this file or a newer one
        arguments[0] = f"file:{quote(str(path.absolute()))}?mode=rw"
        options["uri"] = True

    @event.listens_for(engine, "checkout")
    def _same_file(_connection: Any, record: Any, _proxy: Any) -> None:
        if file_at(path) != record.info["file"]:
            raise DisconnectionError


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
