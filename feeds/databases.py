"""Other people's databases, opened to read: PostgreSQL, MariaDB or MySQL, SQLite. Nothing here can write, and nothing waits for ever.

Three locks lie one behind the other: the query is one SELECT (`only_select`), the session is read-only, and the guide asks for an account
that may only read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlparse
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from feeds.errors import FetchError

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql", "sqlite": "sqlite"}
_STEPS = 10_000
"""SQLite looks at the clock once in so many steps of its machine."""

# What a server says → our code. PostgreSQL: SQLSTATE, MariaDB and MySQL: number.
_SAID: dict[object, str] = {
    "28P01": "run.sql_denied",
    "28000": "run.sql_denied",
    "42501": "run.sql_not_allowed",
    "42P01": "run.sql_no_table",
    "3F000": "run.sql_no_table",
    "42703": "run.sql_no_column",
    "42601": "run.sql_invalid",
    "57014": "run.sql_slow",
    "25006": "run.sql_writes",
    "3D000": "run.sql_no_database",
    1044: "run.sql_denied",
    1045: "run.sql_denied",
    1698: "run.sql_denied",
    1142: "run.sql_not_allowed",
    1143: "run.sql_not_allowed",
    1049: "run.sql_no_database",
    1146: "run.sql_no_table",
    1054: "run.sql_no_column",
    1064: "run.sql_invalid",
    1969: "run.sql_slow",
    3024: "run.sql_slow",
    1792: "run.sql_writes",
    1290: "run.sql_writes",
}
# SQLite, and PostgreSQL before its session begins, say it in words alone.
_WORDS = {
    "password authentication failed": "run.sql_denied",
    "no password supplied": "run.sql_denied",
    "no pg_hba.conf entry": "run.sql_denied",
    'role "': "run.sql_denied",
    'database "': "run.sql_no_database",
    "no such table": "run.sql_no_table",
    "no such column": "run.sql_no_column",
    "syntax error": "run.sql_invalid",
    "incomplete input": "run.sql_invalid",
    "interrupted": "run.sql_slow",
    "timed out": "run.sql_slow",
    "timeout expired": "run.sql_slow",
    "readonly database": "run.sql_writes",
    "unable to open database file": "run.sql_no_database",
    "file is not a database": "run.sql_no_database",
    "database is locked": "run.sql_busy",
}
_PASSING = {"run.sql_no_connection", "run.sql_busy", "run.sql_slow"}


def database_url(text: str) -> URL:
    """The address with the driver that we have. Raises ValueError for another kind of database, or none at all."""
    try:
        url = make_url(text)
        url.port  # noqa: B018 - read, so that a bad one is found here
    except (ArgumentError, ValueError) as error:
        raise ValueError("postgresql://, mariadb://, mysql:// or sqlite:/// address expected") from error
    driver = DRIVERS.get(url.get_backend_name())
    if driver is None or not url.database:
        raise ValueError("postgresql://, mariadb://, mysql:// or sqlite:/// address with a database expected")
    return url.set(drivername=driver)


def shown_database(url: URL) -> str:
    """The address without user and password; its kind alone where a password with a slash in it was read as a database."""
    if url.get_backend_name() != "sqlite" and "@" in f"{url.host}{url.database}":
        return f"{url.get_backend_name()}://…"
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{url.host or ''}{port}/{url.database}"


def only_select(query: str) -> str:
    """`query` without its closing semicolon. Raises ValueError unless it is one SELECT that writes nothing anywhere."""
    statements: list[Any] = [statement for statement in sqlparse.parse(query) if str(statement).strip(" \t\r\n;")]
    if len(statements) != 1 or statements[0].get_type() != "SELECT":
        raise ValueError("one SELECT expected")
    words = {token.normalized for token in statements[0].flatten() if token.is_keyword}
    if words & {"INTO", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE INTO"} - {"REPLACE"}:
        raise ValueError("a SELECT that only reads expected")
    return str(statements[0]).strip().rstrip(";").rstrip()


@contextmanager
def reading_only(url: URL, base: Path, left_s: float, time_zone: str) -> Iterator[Connection]:
    """A connection on which nothing can be written, and nothing runs longer than `left_s`. base: where a relative SQLite path starts.

    time_zone: of the session, where the database has one. Raises FetchError for whatever the database says.
    """
    engine = _engine(url, base, left_s, time_zone)
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise meaning(error, url) from error
    finally:
        engine.dispose()


def _engine(url: URL, base: Path, left_s: float, time_zone: str) -> Engine:
    whole_s = max(1, int(left_s))
    left_ms = max(1, int(left_s * 1000))
    if url.get_backend_name() == "sqlite":
        return _sqlite(base / str(url.database), left_s)
    if url.get_backend_name() == "postgresql":
        options = f"-c default_transaction_read_only=on -c statement_timeout={left_ms} -c TimeZone={time_zone}"
        arguments: dict[str, Any] = {"connect_timeout": max(2, whole_s), "options": options, "application_name": "ioc"}
        arguments |= {"tcp_user_timeout": left_ms, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
        return create_engine(url, poolclass=NullPool, connect_args=arguments)
    arguments = {"connect_timeout": whole_s, "read_timeout": whole_s + 1, "write_timeout": whole_s + 1, "charset": "utf8mb4"}
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _limits(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            mariadb = "mariadb" in connection.get_server_info().lower()
            cursor.execute(f"SET SESSION max_statement_time={left_s:.3f}" if mariadb else f"SET SESSION max_execution_time={left_ms}")
            cursor.execute("SET SESSION TRANSACTION READ ONLY")

    return engine


def _sqlite(path: Path, left_s: float) -> Engine:
    until = time.monotonic() + left_s
    address = f"{path.resolve().as_uri()}?mode=ro"
    engine = create_engine(URL.create("sqlite", database=address, query={"uri": "true"}), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _limits(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only=ON")
        connection.execute(f"PRAGMA busy_timeout={int(left_s * 1000)}")
        connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)

    return engine


def meaning(error: SQLAlchemyError, url: URL) -> FetchError:
    """What a database said, with its own words where they help to find the fault."""
    own = error.orig if isinstance(error, DBAPIError) else None
    said = str(own if own is not None else error)
    code = _SAID.get(getattr(own, "sqlstate", None)) or _SAID.get(own.args[0] if own is not None and own.args else None)
    if code is None:
        code = next((code for words, code in _WORDS.items() if words in said), None)
    if code is None:
        code = "run.sql_no_connection" if isinstance(error, DBAPIError) and _is_connection(own) else "run.sql_failed"
    detail = said if getattr(own, "sqlstate", None) else _last(own, said)
    detail = detail.strip().splitlines()[0][:200] if detail.strip() else ""
    return FetchError(code, transient=code in _PASSING, url=shown_database(url), detail=detail)


def _is_connection(own: BaseException | None) -> bool:
    """PyMySQL numbers its connection faults 2000 and up; psycopg has no SQLSTATE for them."""
    if own is None:
        return False
    first = own.args[0] if own.args else None
    return (isinstance(first, int) and 2000 <= first < 2100) or (
        type(own).__module__.startswith("psycopg") and type(own).__name__ == "OperationalError"
    )


def _last(own: BaseException | None, said: str) -> str:
    return str(own.args[1]) if own is not None and len(own.args) > 1 else said
