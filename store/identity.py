"""Which store this is: an id in the store itself, and on SQLite the file that a connection has open.

A process remembers the id of the store that it began with. Before it writes, the store must have that id, and the file at the store's
path must be the one that is being written to: a file that was deleted or replaced would take what is written along.
"""

from __future__ import annotations

import uuid
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import DBAPIError

from store.engine import file_at, sqlite_path
from store.errors import StoreGoneError, StoreReplacedError
from store.schema import store_identity

_remembered: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()


def id_of(connection: Connection) -> str | None:
    """The store's id; None before the migration that gave stores one."""
    return connection.execute(select(store_identity.c.id)).scalar()


def settle(connection: Connection, id_: str | None) -> None:
    """Give the store this id; None: the one it has, or else a new one."""
    given = id_ or id_of(connection) or str(uuid.uuid4())
    connection.execute(delete(store_identity))
    connection.execute(insert(store_identity).values(id=given))


def remember(engine: Engine, connection: Connection) -> None:
    """From now on this engine writes only to the store that `connection` reads."""
    found = id_of(connection)
    if found is not None:
        _remembered.setdefault(engine, found)


def is_remembered(engine: Engine) -> bool:
    return engine in _remembered


def check(engine: Engine, connection: Connection) -> None:
    """Raises StoreReplacedError when the store is another one than this engine began with."""
    remembered = _remembered.get(engine)
    if remembered is None:
        return
    try:
        found = id_of(connection)
    except DBAPIError as error:
        if _has_no_table(error):
            raise StoreReplacedError(url=_shown(engine)) from error
        raise
    if found != remembered:
        raise StoreReplacedError(url=_shown(engine))


def check_file(engine: Engine, connection: Connection) -> None:
    """Raises StoreGoneError or StoreReplacedError when the file that `connection` has open is no longer the store's file."""
    path = sqlite_path(engine)
    if path is None or file_at(path) == connection.info.get("file"):
        return
    raise (StoreReplacedError if path.exists() else StoreGoneError)(url=_shown(engine))


def _has_no_table(error: DBAPIError) -> bool:
    """Whether the database complains that a table is not there."""
    return getattr(error.orig, "sqlstate", None) == "42P01" or "no such table" in str(error.orig)


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
