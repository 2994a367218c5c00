"""What changed: a watcher of the store hears, within a fraction of a second, of every commit that raised a version.

SQLite: a connection of its own asks `PRAGMA data_version` five times a second, a few microseconds each, and never waits for a lock.
PostgreSQL: `LISTEN`; `store.write.bump` notifies in the writer's transaction. Both outlive a store that goes away and comes back, be
it as another file or as a restarted server.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, select

from store.engine import KEEPALIVE
from store.errors import StoreUnavailableError
from store.replica import replica_of
from store.schema import versions
from store.transactions import reading
from store.write import CHANNEL

LOGGER = logging.getLogger(__name__)

POLL_EVERY_S = 0.2
LOOK_FOR_STOP_EVERY_S = 0.5
ASK_OFTEN_EVERY_S = 1.0
REPLICA_WITHIN_S = 3.0
ASK_AT_LEAST_EVERY_S = 10.0  # finds a connection that died without a word
RETRY_FIRST_S, RETRY_AT_MOST_S = 0.2, 2.0
QUESTION = "SELECT layer, version FROM versions"

Versions = dict[str, int]
States = AsyncGenerator[Versions, None]


def changed_layers(before: Versions, after: Versions) -> frozenset[str]:
    """The layers whose version differs, "all" left out; also one that is gone, as happens when the store was replaced."""
    return frozenset(layer for layer in before.keys() | after.keys() if before.get(layer) != after.get(layer)) - {"all"}


class Watcher:
    """Watches one store; each `changes` has a connection of its own.

    away: why the store does not answer at the moment; None while it does, as far as `changes` knows.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.away: StoreUnavailableError | None = None

    def versions(self) -> Versions:
        """Version of every layer that has ever been written, and of "all". Raises StoreUnavailableError."""
        with reading(self._engine) as connection:
            return {row.layer: row.version for row in connection.execute(select(versions.c.layer, versions.c.version))}

    async def changes(self, stop: asyncio.Event) -> States:
        """All versions, first as they are and then whenever one has changed, until `stop`; changes close together come as one.

        A store without a schema has no versions: {}. While the store is away nothing comes and `away` says why; once it is back the
        versions come if they differ from the last ones.
        """
        last: Versions | None = None
        async with aclosing(self._states(stop)) as states:
            async for state in states:
                if state != last:
                    last = state
                    yield state

    async def _states(self, stop: asyncio.Event) -> States:
        """Versions whenever they may have changed, over as many connections as it takes."""
        retry_s = RETRY_FIRST_S
        connected = self._source()
        while not stop.is_set():
            try:
                async with aclosing(connected(stop)) as states:
                    async for state in states:
                        retry_s = RETRY_FIRST_S
                        self._is_back()
                        await self._replica_has(state, stop)
                        yield state
            except (OSError, sqlite3.Error, psycopg.Error) as error:
                self._is_away(error)
                await _pause(stop, retry_s * random.uniform(0.8, 1.2))  # noqa: S311
                retry_s = min(2 * retry_s, RETRY_AT_MOST_S)

    async def _replica_has(self, state: Versions, stop: asyncio.Event) -> None:
        """Wait a while for the replica, which LISTEN does not work on; reads go to the store when it stays behind."""
        replica = replica_of(self._engine)
        if replica is not None:
            within_s = REPLICA_WITHIN_S if replica.state == "ok" else 0.0
            await asyncio.to_thread(replica.catch_up, state.get("all", 0), within_s, stop.is_set)

    def _source(self) -> Callable[[asyncio.Event], States]:
        if self._engine.dialect.name == "sqlite":
            return partial(_sqlite_states, Path(self._engine.url.database or "").absolute())
        _, options = self._engine.dialect.create_connect_args(self._engine.url)
        replica = replica_of(self._engine)
        asked_often = (lambda: False) if replica is None else (lambda: replica.state != "ok")
        return partial(_postgres_states, KEEPALIVE | dict(options), asked_often)

    def _is_away(self, error: Exception) -> None:
        if self.away is None:
            LOGGER.warning("the store does not answer: %s", error)
        self.away = StoreUnavailableError(str(error), url=self._engine.url.render_as_string(hide_password=True))
        self._tell_replica()

    def _is_back(self) -> None:
        if self.away is not None:
            LOGGER.warning("the store answers again")
        self.away = None
        self._tell_replica()

    def _tell_replica(self) -> None:
        replica = replica_of(self._engine)
        if replica is not None:
            replica.primary_away = self.away is not None


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


async def _sqlite_states(path: Path, stop: asyncio.Event) -> States:
    """Ends when another file has taken the place of the one that was opened; raises OSError when there is none."""
    opened = _identity(path)
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None)) as connection:
        seen: int | None = None
        while not stop.is_set() and _identity(path) == opened:
            try:
                now = connection.execute("PRAGMA data_version").fetchone()[0]
                if now != seen:
                    yield _ask_sqlite(connection)
                    seen = now
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:  # somebody repairs the log; ask again
                    raise
            await _pause(stop, POLL_EVERY_S)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _ask_sqlite(connection: sqlite3.Connection) -> Versions:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'versions'").fetchone() is None:
        return {}
    return dict(connection.execute(QUESTION).fetchall())


async def _postgres_states(options: dict[str, Any], asked_often: Callable[[], bool], stop: asyncio.Event) -> States:
    """asked_often: whether to look every second although nobody notified; a replica is expected back."""
    async with await psycopg.AsyncConnection.connect(**options, autocommit=True) as connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        while not stop.is_set():
            yield await _ask_postgres(connection)
            await _notified(connection, stop, ASK_OFTEN_EVERY_S if asked_often() else ASK_AT_LEAST_EVERY_S)


async def _ask_postgres(connection: psycopg.AsyncConnection[Any]) -> Versions:
    try:
        return dict(await (await connection.execute(QUESTION)).fetchall())
    except psycopg.errors.UndefinedTable:
        return {}


async def _notified(connection: psycopg.AsyncConnection[Any], stop: asyncio.Event, within_s: float) -> None:
    """Return when a notification has come, or it is time to stop or to ask without one."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + within_s
    while not stop.is_set() and clock() < deadline:
        if [notification async for notification in connection.notifies(timeout=LOOK_FOR_STOP_EVERY_S, stop_after=1)]:
            return
