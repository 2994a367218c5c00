"""Changed-only upsert on PostgreSQL: COPY into a temporary table, then one UPDATE and one INSERT from there.

The UPDATE joins, so that an unchanged row is only read; `ON CONFLICT` alone would lock and so rewrite it. `ON CONFLICT` stays on
the INSERT for rows that somebody who does not use `store.transactions.writing` adds in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast

import psycopg
from psycopg.types.json import Json
from sqlalchemy import JSON, Connection
from sqlalchemy.exc import DBAPIError

from store.binding import Values
from store.merging import Merge, comma, quoted

_INCOMING = "ioc_incoming"
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def merge(connection: Connection, merge: Merge, batches: Iterable[list[Values]]) -> tuple[int, int]:
    """Numbers of added and of changed rows. batches: columns of values converted for the driver, one row for each key."""
    columns = comma([quoted(name) for name in merge.columns])
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {_INCOMING} ON COMMIT DROP AS SELECT {columns} FROM {quoted(merge.table.name)} WITH NO DATA"
    )
    copy_in(connection, f"COPY {_INCOMING} ({columns}) FROM STDIN", batches)
    changed = connection.exec_driver_sql(_update(merge)).rowcount if merge.compared else 0
    added = connection.exec_driver_sql(_insert(merge, columns)).rowcount
    connection.exec_driver_sql(f"DROP TABLE {_INCOMING}")
    return added, changed


def copy_in(connection: Connection, statement: str, batches: Iterable[list[Values]]) -> None:
    """COPY … FROM STDIN of columns of values converted for the driver."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for columns in batches:
                lines = map("\t".join, zip(*map(_fields, columns), strict=True))
                copy.write("\n".join(lines) + "\n")
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _fields(values: Values) -> list[str]:
    """A column as COPY's text format writes it, each distinct value worked out once."""
    fields = {value: _field(value) for value in set(values)}
    return [fields[value] for value in values]


def _field(value: object) -> str:
    if value is None:
        return "\\N"
    text = json.dumps(value.obj) if isinstance(value, Json) else str(value)
    return text.translate(_ESCAPED) if not text.isalnum() else text


def _update(merge: Merge) -> str:
    settings = [f"{quoted(name)} = incoming.{quoted(name)}" for name in merge.set_]
    return (
        f"UPDATE {quoted(merge.table.name)} AS stored SET {comma(settings)} FROM {_INCOMING} AS incoming "
        f"WHERE {_same_key(merge)} AND ({_differs(merge, 'stored', 'incoming')})"
    )


def _insert(merge: Merge, columns: str) -> str:
    return (
        f"INSERT INTO {quoted(merge.table.name)} AS stored ({columns}) SELECT {columns} FROM {_INCOMING} AS incoming "
        f"WHERE NOT EXISTS (SELECT FROM {quoted(merge.table.name)} AS stored WHERE {_same_key(merge)}) "
        f"ON CONFLICT ({comma([quoted(name) for name in merge.key])}) DO {_on_conflict(merge)}"
    )


def _on_conflict(merge: Merge) -> str:
    if not merge.compared:
        return "NOTHING"
    settings = [f"{quoted(name)} = excluded.{quoted(name)}" for name in merge.set_]
    return f"UPDATE SET {comma(settings)} WHERE {_differs(merge, 'stored', 'excluded')}"


def _same_key(merge: Merge) -> str:
    return " AND ".join(f"stored.{quoted(name)} = incoming.{quoted(name)}" for name in merge.key)


def _differs(merge: Merge, one: str, other: str) -> str:
    return " OR ".join(f"{_comparable(merge, one, name)} IS DISTINCT FROM {_comparable(merge, other, name)}" for name in merge.compared)


def _comparable(merge: Merge, alias: str, name: str) -> str:
    """PostgreSQL's type json has no equality; jsonb has."""
    return f"{alias}.{quoted(name)}{'::jsonb' if isinstance(merge.table.c[name].type, JSON) else ''}"
