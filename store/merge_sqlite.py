"""Changed-only upsert on SQLite: one statement for twenty rows, `INSERT … ON CONFLICT … DO UPDATE … WHERE` something differs.

SQLite counts inserted and updated rows together, and those that triggers write in its `total_changes` too. Which were updated is counted
by a function that the statement calls for every row it updates: counting the table before and after would cost the more, the longer
the table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import Any, cast

from sqlalchemy import Connection

from store.binding import Values
from store.merging import Merge, comma, quoted

ROWS_PER_STATEMENT = 100
_TALLY = "ioc_tally"


def merge(connection: Connection, merge: Merge, batches: Iterable[list[Values]]) -> tuple[int, int]:
    """Numbers of added and of changed rows. batches: columns of values converted for the driver, one row for each key."""
    driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    tally = _tally(connection, driver)
    statements = {rows: _statement(merge, rows) for rows in (min(ROWS_PER_STATEMENT, _most_rows(driver, merge)), 1)}
    written, tally_before = 0, next(tally)
    for columns in batches:
        written += _merge_batch(connection, statements, len(columns), list(chain.from_iterable(zip(*columns, strict=True))))
    changed = next(tally) - tally_before - 1
    return written - changed, changed


def _tally(connection: Connection, driver: sqlite3.Connection) -> Iterator[int]:
    """The counter behind the SQL function; made once for each connection, `next` takes a number too."""
    if _TALLY not in connection.info:
        counter = connection.info[_TALLY] = count(1)
        driver.create_function(_TALLY, 0, counter.__next__)
    return cast(Iterator[int], connection.info[_TALLY])


def _most_rows(driver: sqlite3.Connection, merge: Merge) -> int:
    return driver.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(merge.columns)


def _merge_batch(connection: Connection, statements: dict[int, str], width: int, values: list[Any]) -> int:
    """How many rows were inserted or updated. statements: by the number of rows that they take, most first. values: of all rows, one
    row after the other.
    """
    start = written = 0
    for rows, statement in statements.items():
        step = width * rows
        stop = len(values) - (len(values) - start) % step
        if start < stop:
            taken = connection.exec_driver_sql(statement, [tuple(values[at : at + step]) for at in range(start, stop, step)])
            written += taken.rowcount
        start = stop
    return written


def _statement(merge: Merge, rows: int) -> str:
    table = quoted(merge.table.name)
    one = f"({comma('?' * len(merge.columns))})"
    return (
        f"INSERT INTO {table} ({comma([quoted(name) for name in merge.columns])}) VALUES {comma([one] * rows)} "
        f"ON CONFLICT ({comma([quoted(name) for name in merge.key])}) DO {_update(merge, table)}"
    )


def _update(merge: Merge, table: str) -> str:
    if not merge.compared:
        return "NOTHING"
    first, *others = (quoted(name) for name in merge.set_)
    settings = [f"{first} = CASE WHEN {_TALLY}() THEN excluded.{first} END", *(f"{name} = excluded.{name}" for name in others)]
    differs = " OR ".join(f"{table}.{quoted(name)} IS NOT excluded.{quoted(name)}" for name in merge.compared)
    return f"UPDATE SET {comma(settings)} WHERE {differs}"
