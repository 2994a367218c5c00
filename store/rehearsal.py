"""Writing without keeping it: everything happens in a transaction that is undone, and what would have changed is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from store.transactions import writing
from store.witness import WITNESS, Witness


class _UndoError(Exception):
    pass


@contextmanager
def rehearsing(engine: Engine) -> Iterator[tuple[Connection, Witness]]:
    """A write transaction that is undone at the end of the block, whatever happens in it; holds the place of the writer until then.

    The witness has noted what `store.write.upsert` would have changed. Raises what `writing` raises, and what the block raises.
    """
    witness = Witness()
    try:
        with writing(engine) as connection:
            yield connection.execution_options(**{WITNESS: witness}), witness
            raise _UndoError
    except _UndoError:
        pass
