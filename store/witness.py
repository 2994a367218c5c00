"""What an upsert is about to change, told row by row to whoever watches the connection; nobody does while feeds are taken in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select, tuple_

WITNESS = "ioc_witness"
ROWS_AT_ONCE = 500


class Change(NamedTuple):
    """One row that would be added (`before` is None) or changed. fields: the columns that differ, of a new row those with a value."""

    table: str
    key: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    fields: tuple[str, ...]


class Witness:
    """Notes the changes of one connection."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def see(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], ignore: Collection[str]
    ) -> None:
        """Compare rows that are about to be written with those that are there."""
        key = [column.name for column in table.primary_key]
        incoming = [dict(zip(columns, row, strict=True)) for row in rows]
        stored = _stored(connection, table, columns, key, [tuple(row[name] for name in key) for row in incoming])
        for row in incoming:
            before = stored.get(tuple(row[name] for name in key))
            fields = tuple(name for name in columns if name not in key and name not in ignore and _differs(before, row, name))
            if before is None or fields:
                self.changes.append(Change(table.name, {name: row[name] for name in key}, before, row, fields))


def witness_of(connection: Connection) -> Witness | None:
    found = connection.get_execution_options().get(WITNESS)
    return found if isinstance(found, Witness) else None


def _stored(
    connection: Connection, table: Table, columns: Sequence[str], key: Sequence[str], keys: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    statement = select(*(table.c[name] for name in columns))
    names = [table.c[name] for name in key]
    for start in range(0, len(keys), ROWS_AT_ONCE):
        some = keys[start : start + ROWS_AT_ONCE]
        among = names[0].in_([one for (one,) in some]) if len(names) == 1 else tuple_(*names).in_(some)
        for row in connection.execute(statement.where(among)).mappings():
            found[tuple(row[name] for name in key)] = dict(row)
    return found


def _differs(before: Mapping[str, Any] | None, row: Mapping[str, Any], name: str) -> bool:
    return row[name] is not None if before is None else bool(before[name] != row[name])
