"""Python values as a database driver takes them, whole columns at a time.

SQLAlchemy converts a value at a time while it executes; for hundreds of thousands of rows that costs more than the database does.
Here the same conversions, the types' own, run over columns, and once for each distinct time, day or truth value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Column, Float, Table
from sqlalchemy.engine import Dialect

from store.types import Geometry

BATCH_ROWS = 500  # more iterators at a time than 700 would set off the garbage collector, which costs more than the work

Row = tuple[Any, ...]
Values = Sequence[Any]


def last_of_each_key(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> Sequence[Row]:
    """`rows` with one for each key, the last; most often `rows` itself.

    Raises ValueError when `columns` lack a part of the key or name one that the table does not have, or a row is too short.
    """
    unknown = [name for name in columns if name not in table.c]
    if unknown:
        raise ValueError(f"table {table.name} has no column {', '.join(unknown)}")
    missing = sorted({column.name for column in table.primary_key} - set(columns))
    if missing:
        raise ValueError(f"rows for {table.name} lack the key column {', '.join(missing)}")
    key = itemgetter(*(columns.index(column.name) for column in table.primary_key))
    try:
        if len(set(map(hash, map(key, rows)))) == len(rows):
            return rows
    except IndexError:
        raise _ragged(table, columns) from None
    return list({key(row): row for row in rows}.values())


def bound_batches(table: Table, columns: Sequence[str], rows: Sequence[Row], dialect: Dialect) -> Iterator[list[Values]]:
    """`rows` in batches, each as its columns' values converted for the driver of `dialect`.

    None is NULL in every type, also in JSON; a NaN is NULL too. Raises ValueError for a None in a key column and for a row that is
    longer or shorter than `columns`.
    """
    converters = [_converter(table.c[name], dialect) for name in columns]
    key = [position for position, name in enumerate(columns) if table.c[name].primary_key]
    for start in range(0, len(rows), BATCH_ROWS):
        values = _transposed(table, columns, rows[start : start + BATCH_ROWS])
        for position in key:
            if None in values[position]:
                raise ValueError(f"key column {columns[position]} of {table.name} is None in a row; a key is never empty")
        yield [column if convert is None else convert(column) for convert, column in zip(converters, values, strict=True)]


def _transposed(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> list[Values]:
    try:
        values: list[Values] = list(zip(*rows, strict=True))
    except ValueError:
        raise _ragged(table, columns) from None
    if len(values) != len(columns):
        raise _ragged(table, columns)
    return values


def _ragged(table: Table, columns: Sequence[str]) -> ValueError:
    return ValueError(f"rows for {table.name} do not all have the {len(columns)} values {', '.join(columns)}")


def _converter(column: Column[Any], dialect: Dialect) -> Callable[[Values], Values] | None:
    """What to do with the values of one column; None: nothing."""
    if isinstance(column.type, Float):
        return _without_nan
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return None
    if isinstance(column.type, Geometry | JSON):
        return lambda values: [None if value is None else process(value) for value in values]
    return lambda values: _each_distinct_once(process, values)


def _each_distinct_once(process: Callable[[Any], Any], values: Values) -> Values:
    processed = {value: process(value) for value in set(values) if value is not None}
    processed[None] = None
    return [processed[value] for value in values]


def _without_nan(values: Values) -> Values:
    return [None if value != value else value for value in values]
