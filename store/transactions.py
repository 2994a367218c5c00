"""The two ways to talk to the store: a consistent read and the one write transaction.

There is one writer at a time on both databases: SQLite knows no other way, and on PostgreSQL it keeps writers that bump the same
versions in different order from blocking each other for ever. The threads of one process queue up here, because SQLite's busy wait
is no queue; processes wait for SQLite's write lock or for an advisory lock of PostgreSQL.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from store import fencing, identity
from store.engine import sqlite_path
from store.errors import StoreDamagedError, StoreEmptyError, StoreError, StoreFullError, StoreGoneError, StoreUnavailableError
from store.replica import Replica, replica_of

_WRITERS_LOCK = 0x696F63  # any number, the same in every process
_QUEUE_FOR_WRITING = (
    f"SET LOCAL lock_timeout = '60s'; SET LOCAL idle_in_transaction_session_timeout = '5min'; SELECT pg_advisory_xact_lock({_WRITERS_LOCK})"
)

_FULL = (sqlite3.SQLITE_FULL, "53100")  # disk_full
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, "XX001", "XX002")  # data_corrupted, index_corrupted


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed at the end of the block, rolled back when the block raises.

    Waits for its turn. Raises StoreUnavailableError when the database does not answer, stays busy or breaks off, and RuntimeError
    when the thread is writing already. Raises LeadLostError on the engine of a worker that leads no longer, StoreGoneError and
    StoreReplacedError when the store is not there or is another one than this process began with.
    """
    with _queue_of(engine), _saying_unavailable(engine), engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else _QUEUE_FOR_WRITING)
        identity.check(engine, connection)
        fencing.check(engine, connection)
        yield connection
        identity.check_file(engine, connection)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only view of the store at one moment, whatever is written meanwhile; of its replica while that is as new.

    Raises StoreUnavailableError, StoreGoneError and StoreReplacedError when the store is not there or is another one than this process
    began with: what another store says of places and operators would make good rows look bad.
    """
    with _saying_unavailable(engine), _connected(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        identity.check(engine, connection)
        yield connection


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection to the replica when it can be used, else to the store."""
    replica = replica_of(engine)
    if replica is not None and replica.usable:
        try:
            connection = replica.engine.connect()
        except OperationalError as error:
            replica.failed(error)
        else:
            with connection:
                yield from _watched(connection, replica)
            return
    with engine.connect() as connection:
        yield connection


def _watched(connection: Connection, replica: Replica) -> Iterator[Connection]:
    try:
        yield connection
    except OperationalError as error:  # it broke off, or gave up a long read for what it had to replay
        replica.failed(error)
        raise


@contextmanager
def _saying_unavailable(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        absent = _no_file(engine)
        if absent is not None:
            raise absent from error
        kind = _kind(error)
        if kind is None:
            raise
        detail = str(error.orig).strip().splitlines()
        shown = engine.url.render_as_string(hide_password=True)
        raise kind(detail[0] if detail else "–", url=shown) from error


def _no_file(engine: Engine) -> StoreError | None:
    """A store that this process has worked with is gone; one that it has not was never made. None when that is not the fault."""
    path = sqlite_path(engine)
    if path is None or path.exists():
        return None
    if identity.is_remembered(engine):
        return StoreGoneError(url=str(engine.url))
    return StoreEmptyError() if path.parent.is_dir() else None


def _kind(error: DBAPIError) -> type[StoreUnavailableError] | None:
    """What the database's complaint says about the store; None: nothing, it is about the statement."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF or getattr(error.orig, "sqlstate", None)
    if code in _FULL:
        return StoreFullError
    if code in _DAMAGED:
        return StoreDamagedError
    return StoreUnavailableError if isinstance(error, OperationalError) or error.connection_invalidated else None


class _Queue:
    """A lock whose waiters get it in the order in which they came."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._waiting: deque[int] = deque()

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._turn:
            if me in self._waiting:
                raise RuntimeError("writing() inside writing() of the same store; pass the connection on instead")
            self._waiting.append(me)
            try:
                self._turn.wait_for(lambda: self._waiting[0] == me)
            except BaseException:
                self._leave(me)
                raise

    def __exit__(self, *_: object) -> None:
        with self._turn:
            self._leave(threading.get_ident())

    def _leave(self, me: int) -> None:
        self._waiting.remove(me)
        self._turn.notify_all()


_queues: WeakKeyDictionary[Engine, _Queue] = WeakKeyDictionary()
_queues_guard = threading.Lock()


def _queue_of(engine: Engine) -> _Queue:
    with _queues_guard:
        return _queues.setdefault(engine, _Queue())
