"""A read replica beside the store: a streaming standby of PostgreSQL that dashboards read from, and what is known about it.

Attached to an engine, every `reading` goes to the replica while it is there and has all that the watcher has told about, and to the
store itself otherwise. Writes always go to the store.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from store.engine import open_engine, shown_url
from store.schema import versions

LOGGER = logging.getLogger(__name__)
LOOK_EVERY_S = 0.05
_replicas: WeakKeyDictionary[Engine, Replica] = WeakKeyDictionary()


class Replica:
    """state: unknown (before it has been compared with the store) | ok | behind | away.

    primary_away: the store itself does not answer, as far as the watcher knows; then what the replica has is all there is.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.url = shown_url(url)
        self.state = "unknown"
        self.primary_away = False

    @property
    def usable(self) -> bool:
        return self.state == "ok" or (self.primary_away and self.state != "away")

    def failed(self, error: Exception) -> None:
        """It did not answer: the store is read from until the watcher finds it again."""
        LOGGER.info("the read replica %s: %s", self.url, error)
        self._is("away")

    def catch_up(self, wanted: int, within_s: float, given_up: Callable[[], bool] = lambda: False) -> bool:
        """Wait until the replica has this version of "all"; its state says how that went. Blocks."""
        deadline = time.monotonic() + within_s
        while True:
            found = self._version()
            if found is None:
                self._is("away")
            elif found >= wanted:
                self._is("ok")
            elif time.monotonic() > deadline:
                self._is("behind")
            if found is None or found >= wanted or time.monotonic() > deadline or given_up():
                return self.state == "ok"
            time.sleep(LOOK_EVERY_S)

    def _version(self) -> int | None:
        try:
            with self.engine.connect().execution_options(postgresql_readonly=True) as connection:
                found = connection.execute(select(versions.c.version).where(versions.c.layer == "all")).scalar()
        except SQLAlchemyError as error:
            LOGGER.info("the read replica %s: %s", self.url, error)
            return None
        return found or 0

    def _is(self, state: str) -> None:
        if state != self.state:
            LOGGER.warning("the read replica %s is %s (was %s)", self.url, state, self.state)
        self.state = state


def attach(engine: Engine, url: str) -> Replica:
    """Let reads of `engine` go to the replica at `url`, once a watcher finds it as new. Raises StoreUnavailableError for a wrong URL."""
    replica = _replicas[engine] = Replica(url)
    return replica


def replica_of(engine: Engine) -> Replica | None:
    return _replicas.get(engine)
