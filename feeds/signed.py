"""The signed entries of a feed that people type in, and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine

from store import manual
from store.manual import Entry
from store.transactions import reading, writing


class Entries:
    """The signed entries of one feed."""

    def __init__(self, engine: Engine, feed: str) -> None:
        self._engine = engine
        self._feed = feed

    def signed(self) -> list[Entry]:
        """Those to be taken. One whose run is written down already was taken by a worker that died before it could say so."""
        with reading(self._engine) as connection:
            waiting = [(entry, manual.run_of(connection, entry)) for entry in manual.to_take(connection, self._feed)]
        for entry, run_id in waiting:
            if run_id is not None:
                self.finish(entry, self._was_good(run_id))
        return [entry for entry, run_id in waiting if run_id is None]

    def _was_good(self, run_id: int) -> bool:
        with reading(self._engine) as connection:
            return manual.run_was_good(connection, run_id)

    def finish(self, entry: Entry, taken: bool) -> None:
        with writing(self._engine) as connection:
            manual.finish(connection, entry, datetime.now(UTC), taken=taken)
