"""A database of another system, asked with one SELECT: PostgreSQL, MariaDB or MySQL, SQLite. Never writes there.

``:since`` in the query is the newest moment that this feed has stored, less an overlap, so that a big table is read piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, field_validator
from sqlalchemy import Connection, CursorResult, text

from feeds.databases import database_url, only_select, reading_only, shown_database
from feeds.errors import ContentError, FetchError
from feeds.fetching import Content, Fetched, Layout, Visit

BATCH = 2000


class Options(BaseModel):
    """url: postgresql://, mariadb://, mysql:// or sqlite:///; query: one SELECT. overlap_s: how far `:since` goes back behind the newest
    moment, for rows that were entered late; since_start: what it is before anything was read. time_zone: of times without one.
    """

    url: str
    query: str
    max_rows: int = Field(default=200_000, ge=1)
    overlap_s: int = Field(default=3600, ge=0)
    since_start: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    time_zone: str = "Asia/Ho_Chi_Minh"

    @field_validator("url")
    @classmethod
    def _database(cls, url: str) -> str:
        database_url(url)
        return url

    @field_validator("query")
    @classmethod
    def _one_select(cls, query: str) -> str:
        return only_select(query)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("time zone such as Asia/Ho_Chi_Minh expected") from error
        return name

    @property
    def is_incremental(self) -> bool:
        return "since" in text(self.query).compile().params


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """The query's one answer."""
    yield Fetched(shown_database(database_url(options.url)), partial(_read, options, visit))


def _read(options: Options, visit: Visit) -> Content:
    url, newest = database_url(options.url), visit.newest()
    parameters = {"since": _since(options, newest, url.get_backend_name())} if options.is_incremental else {}
    with reading_only(url, visit.base, visit.left_s, options.time_zone) as connection:
        streamed = connection.execution_options(stream_results=True, max_row_buffer=BATCH)
        rows, size = _rows(streamed, options, parameters, visit)
    # Nothing after `:since` is no news, not a fault; nothing at all is one.
    nothing_new = not rows and newest is not None and options.is_incremental
    return Content(rows, Layout("rows"), visit.now, unchanged=nothing_new, size=size)


def _since(options: Options, newest: datetime | None, backend: str) -> datetime | str:
    """Text as SQLite keeps times, a time without a zone for MariaDB, a moment for PostgreSQL."""
    start = options.since_start if options.since_start.tzinfo else options.since_start.replace(tzinfo=ZoneInfo(options.time_zone))
    moment = start if newest is None else newest - timedelta(seconds=options.overlap_s)
    local = moment.astimezone(ZoneInfo(options.time_zone)).replace(tzinfo=None)
    if backend == "sqlite":
        return local.isoformat(" ", "seconds")
    return moment if backend == "postgresql" else local


def _rows(connection: Connection, options: Options, parameters: dict[str, Any], visit: Visit) -> tuple[list[dict[str, Any]], int]:
    rows: list[dict[str, Any]] = []
    size = 0
    zone = ZoneInfo(options.time_zone)
    with closing(connection.execute(text(options.query), parameters)) as result:
        names = _names(result)
        for batch in result.partitions(BATCH):
            for values in batch:
                row = {name: _plain(value, zone) for name, value in zip(names, values, strict=True)}
                size += sum(len(value) if isinstance(value, str) else 8 for value in row.values())
                rows.append(row)
            _check(len(rows), size, options, visit)
    return rows, size


def _check(count: int, size: int, options: Options, visit: Visit) -> None:
    if count > options.max_rows:
        raise ContentError("run.sql_too_many", limit=options.max_rows)
    if size > visit.max_bytes:
        raise ContentError("run.too_large", limit=visit.max_bytes)
    if not visit.left_s:
        raise FetchError("run.sql_slow", transient=True, url=shown_database(database_url(options.url)), detail="")


def _names(result: CursorResult[Any]) -> list[str]:
    names = list(result.keys())
    twin = next((name for name in names if names.count(name) > 1), None)
    if twin is not None:
        raise ContentError("run.column_twice", column=twin)
    return names


def _plain(value: Any, zone: ZoneInfo) -> Any:
    """Numbers, texts and times as the kinds know them."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, memoryview | bytes | bytearray):
        return bytes(value).hex()
    return value if isinstance(value, str | int | float | bool | None) or hasattr(value, "isoformat") else str(value)
