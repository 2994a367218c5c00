"""Writes: changed-only upserts and the versions that tell everybody what changed.

Nothing here commits; `writing` does, at the end of its block. What is written stays invisible, versions included, until then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from store import merge_postgres, merge_sqlite
from store.binding import bound_batches, last_of_each_key
from store.merging import Merge
from store.schema import versions
from store.schema.history import has_twin
from store.transactions import writing
from store.witness import witness_of

__all__ = ["CHANNEL", "Written", "bump", "upsert", "writing"]

CHANNEL = "ioc_changed"


class Written(NamedTuple):
    """What an upsert did, in distinct keys."""

    added: int
    changed: int
    unchanged: int


def upsert(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    ignore: Collection[str] = ("stored_at",),
) -> Written:
    """Insert `rows`, or update those whose key is there already and whose values differ; leave equal ones untouched.

    columns: the names of the rows' values; the whole key among them. Columns that are not named keep what they have; a new row
    needs every NOT NULL column, defaults of the schema do not apply. rows: Python values (aware times, dates, shapely geometries,
    bool, None); of several with one key the last wins. ignore: columns in which a difference alone does not count; they are
    written along when something else differs. Raises ValueError for rows that do not fit `columns` or the table, for
    a None in a key, and for rows of a table that keeps history which do not say when they were stored.
    """
    if not rows:
        return Written(0, 0, 0)
    unique = last_of_each_key(table, columns, rows)
    if has_twin(table) and "stored_at" not in columns:
        raise ValueError(f"rows for {table.name} do not say stored_at, from which their history follows")
    witness = witness_of(connection)
    if witness is not None:
        witness.see(connection, table, columns, unique, ignore)
    batches = bound_batches(table, columns, unique, connection.dialect)
    merge = merge_sqlite.merge if connection.dialect.name == "sqlite" else merge_postgres.merge
    added, changed = merge(connection, Merge.of(table, columns, ignore), batches)
    if added + changed:
        bump(connection, table.name)
    return Written(added, changed, len(unique) - added - changed)


def bump(connection: Connection, *layers: str) -> None:
    """Raise the version of each layer, and of "all"; watchers see it when the transaction commits."""
    now = datetime.now(UTC)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"layer": layer, "version": 1, "changed_at": now} for layer in sorted({*layers, "all"})]
    statement = insert(versions).values(rows)
    raised = {"version": versions.c.version + 1, "changed_at": statement.excluded.changed_at}
    connection.execute(statement.on_conflict_do_update(index_elements=[versions.c.layer], set_=raised))
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))
