"""Rows as both databases and a backup agree on them, streamed in batches, and a sum of a table's content that does not depend on order.

A portable value is None, text, a number, a truth value, a date or an aware time; geometry is hexadecimal WKB, JSON the very text that is
stored, bytes are hexadecimal. What a column is follows from `store.schema`, and from the database itself for columns of another revision.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import shapely
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    cast,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from store.binding import bound_batches
from store.merge_postgres import copy_in
from store.merging import comma, quoted
from store.schema import metadata
from store.types import Geometry, UTCDateTime

BATCH_ROWS = 5_000
FORMER_TABLES = frozenset({"endpoint_hourly", "endpoint_samples"})  # that an earlier revision had and store.schema has no longer
SUM_BITS = 128
DIGITS = frozenset("-0123456789")

Row = tuple[Any, ...]

# In this order: UTCDateTime is a DateTime, and Float is a Numeric.
KINDS: tuple[tuple[str, tuple[type[TypeEngine[Any]], ...]], ...] = (
    ("geometry", (Geometry,)),
    ("time", (UTCDateTime, DateTime)),
    ("date", (Date,)),
    ("bool", (Boolean,)),
    ("float", (Float, Numeric)),
    ("int", (Integer,)),
    ("json", (JSON,)),
    ("bytes", (LargeBinary,)),
    ("text", (String,)),
)
TYPES: dict[str, TypeEngine[Any]] = {
    "geometry": Geometry(),
    "time": UTCDateTime(),
    "date": Date(),
    "bool": Boolean(),
    "float": Float(),
    "int": Integer(),
    "json": Text(),
    "bytes": LargeBinary(),
    "text": Text(),
}


@dataclass(frozen=True)
class Shape:
    """A table's name, and its columns with the kind of each."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)

    def with_bytes_as_text(self) -> Shape:
        return Shape(self.name, tuple((name, "text" if kind == "bytes" else kind) for name, kind in self.columns))

    def as_table(self) -> Table:
        """The table with the types in which rows are read and written here."""
        return Table(self.name, MetaData(), *(Column(name, TYPES[kind]) for name, kind in self.columns))


class Content:
    """How many rows a table has and a sum over all of them, the same in whatever order and from whichever database they come."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    @classmethod
    def of(cls, rows: int, sum_: str) -> Content:
        """What somebody noted of a content."""
        content = cls()
        content.rows, content._sum = rows, int(sum_, 16)
        return content

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._sum += int.from_bytes(hashlib.blake2b(line, digest_size=SUM_BITS // 8).digest(), "big")

    @property
    def sum(self) -> str:
        return f"{self._sum % (1 << SUM_BITS):0{SUM_BITS // 4}x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and (self.rows, self.sum) == (other.rows, other.sum)

    __hash__ = None  # type: ignore[assignment]


def shapes(connection: Connection) -> list[Shape]:
    """Every table of the store as it is in the database, in the order of store.schema. What else a database holds is not ours to touch.

    A partition is no table of its own: its rows are those of the table that it is a part of.
    """
    there = set(inspect(connection).get_table_names())
    known = [*(table.name for table in metadata.sorted_tables), *sorted(FORMER_TABLES)]
    return [_shape(connection, name) for name in known if name in there]


def _shape(connection: Connection, name: str) -> Shape:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Did not recognize type 'geometry'")
        described = [column for column in inspect(connection).get_columns(name) if "computed" not in column]
    return Shape(name, tuple((column["name"], _kind(name, column["name"], column["type"])) for column in described))


def _kind(table: str, column: str, reflected: TypeEngine[Any]) -> str:
    declared = metadata.tables.get(table)
    type_ = declared.c[column].type if declared is not None and column in declared.c else reflected
    for kind, types in KINDS:
        if isinstance(type_, types):
            return kind
    return "text"


def rows_of(connection: Connection, shape: Shape) -> Generator[list[Row], None, None]:
    """The table's rows in batches, as they are at the moment of the connection's transaction."""
    table = shape.as_table()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL timezone = 'UTC'")  # year 9999 has no local time east of Greenwich
    columns = [cast(table.c[name], Text()).label(name) if kind == "json" else table.c[name] for name, kind in shape.columns]
    convert = [(position, CONVERTED[kind]) for position, (_, kind) in enumerate(shape.columns) if kind in CONVERTED]
    with connection.execute(select(*columns), execution_options={"stream_results": True, "yield_per": BATCH_ROWS}) as result:
        for batch in result.partitions():
            yield [_converted(tuple(row), convert) for row in batch]


def _converted(row: Row, convert: list[tuple[int, Callable[[Any], Any]]]) -> Row:
    if not convert:
        return row
    values = list(row)
    for position, do in convert:
        if values[position] is not None:
            values[position] = do(values[position])
    return tuple(values)


def _float(value: float) -> float | str:
    """JSON knows no infinity, and SQLite no minus zero."""
    return value + 0.0 if math.isfinite(value) else str(value)


def _json(value: str) -> str:
    """The text itself; a mere number as SQLite keeps it, which takes 0.10 for 0.1 and 1e2 for 100."""
    if value[:1] not in DIGITS:
        return value
    number = orjson.loads(value)
    return str(int(number) if float(number).is_integer() else number)


def _wkb(value: shapely.Geometry) -> str:
    return str(shapely.to_wkb(value, hex=True, include_srid=False))


CONVERTED: dict[str, Callable[[Any], Any]] = {"float": _float, "json": _json, "geometry": _wkb, "bytes": bytes.hex}
PARSED: dict[str, Callable[[Any], Any]] = {"date": date.fromisoformat, "time": datetime.fromisoformat}
DECODED: dict[str, Callable[[Any], Any]] = {"float": float, "geometry": shapely.from_wkb, "bytes": bytes.fromhex}


def line_of(row: Row) -> bytes:
    """A row as one line of a backup: JSON, without the end of the line."""
    return orjson.dumps(row)


def row_of(shape: Shape, line: bytes) -> Row:
    """The row of a line. Raises ValueError when it is none of this shape."""
    values = orjson.loads(line)
    if not isinstance(values, list) or len(values) != len(shape.columns):
        raise ValueError(f"not a row of {shape.name}")
    return _converted(tuple(values), [(n, PARSED[kind]) for n, (_, kind) in enumerate(shape.columns) if kind in PARSED])


def insert_rows(connection: Connection, shape: Shape, batches: Iterable[Sequence[Row]]) -> None:
    """Write portable rows into a table that has none with their keys. Rows that do not fit raise ValueError or the database's errors."""
    postgres = connection.dialect.name == "postgresql"
    decoders = DECODED | {"bytes": "\\x".__add__} if postgres else DECODED  # PostgreSQL reads bytes in the form that COPY writes
    decode = [(position, decoders[kind]) for position, (_, kind) in enumerate(shape.columns) if kind in decoders]
    table = (shape.with_bytes_as_text() if postgres else shape).as_table()
    columns = comma([quoted(name) for name in shape.names])
    for batch in batches:
        bound = bound_batches(table, shape.names, [_converted(row, decode) for row in batch], connection.dialect)
        if postgres:
            copy_in(connection, f"COPY {quoted(shape.name)} ({columns}) FROM STDIN", bound)
            continue
        statement = f"INSERT INTO {quoted(shape.name)} ({columns}) VALUES ({comma('?' * len(shape.columns))})"
        for values in bound:
            connection.exec_driver_sql(statement, list(zip(*values, strict=True)))


def set_sequences(connection: Connection, shape: Shape) -> None:
    """Let PostgreSQL give out ids after the greatest one that was written; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for name, kind in shape.columns:
        if kind != "int":
            continue
        arguments = {"table": quoted(shape.name), "column": name}
        sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), arguments)
        if sequence:
            greatest = connection.exec_driver_sql(f"SELECT max({quoted(name)}) FROM {quoted(shape.name)}").scalar()
            if greatest is not None:
                connection.execute(text("SELECT setval(CAST(:sequence AS regclass), :value)"), {"sequence": sequence, "value": greatest})


def content_of(connection: Connection, shape: Shape) -> Content:
    """What the table holds now."""
    content = Content()
    for batch in rows_of(connection, shape):
        for row in batch:
            content.add(line_of(row))
    return content
