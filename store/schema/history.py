"""Former versions of rows: a table that keeps history has a twin `<table>_history`, filled by triggers in the database.

A twin has the table's columns and `superseded_at`, the moment from which the store knew better. A version was known from its `stored_at`
until its `superseded_at`; the row in the table itself has been known since its `stored_at`. No writer can forget to keep a version:
the database does it whenever a row with another `stored_at` takes the place of one, and whenever one is deleted.

An update that leaves `stored_at` as it is keeps no version: such columns (what a feed is waiting for, say) are not facts with a time.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import DDL, Column, Index, Table, event

from store.schema.base import metadata
from store.types import UTCDateTime

SUPERSEDED_AT = "superseded_at"


def keeps_history(table: Table, found_by: str) -> Table:
    """Give `table` its twin, and return it. found_by: the column of the key by which single rows of the past are looked for.

    Called in the schema, once for each table of facts; the migration that makes the table calls `store.migrations.twins.make_twin`.
    """
    twin = Table(
        twin_name(table.name),
        metadata,
        Column(SUPERSEDED_AT, UTCDateTime, nullable=False),
        *(Column(column.name, column.type, nullable=not needed(column)) for column in table.c),
        Index(None, found_by),
        Index(None, SUPERSEDED_AT),
    )
    columns, key = table.c.keys(), table.primary_key.c.keys()
    for dialect in ("sqlite", "postgresql"):
        for statement in trigger_statements(table.name, columns, key, dialect):
            made = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(twin, "after_create", made.execute_if(dialect=dialect))
    return twin


def twin_name(table: str) -> str:
    return f"{table}_history"


def twin_of(table: Table) -> Table:
    """Where the former versions of the rows of `table` are. Raises KeyError for a table that keeps none."""
    return metadata.tables[twin_name(table.name)]


def has_twin(table: Table) -> bool:
    return twin_name(table.name) in metadata.tables


def needed(column: Column[Any]) -> bool:
    """Whether every version has a value: columns that come later are empty in the versions from before."""
    return column.primary_key or column.name == "stored_at"


def trigger_statements(table: str, columns: Collection[str], key: Collection[str], dialect: str) -> list[str]:
    """What makes the database keep former versions of the rows of `table` in its twin; again whenever its columns have changed."""
    return _sqlite(table, sorted(columns)) if dialect == "sqlite" else _postgres(table, sorted(columns), sorted(key))


def _sqlite(table: str, columns: list[str]) -> list[str]:
    into = f"INSERT INTO {twin_name(table)} ({_listed(columns)}, {SUPERSEDED_AT}) VALUES ({_listed(columns, 'OLD.')}, "
    return [
        f"DROP TRIGGER IF EXISTS {table}_keep_changed",
        f"DROP TRIGGER IF EXISTS {table}_keep_deleted",
        f"CREATE TRIGGER {table}_keep_changed AFTER UPDATE ON {table} WHEN OLD.stored_at IS NOT NEW.stored_at "
        f"BEGIN {into}NEW.stored_at); END",
        f"CREATE TRIGGER {table}_keep_deleted AFTER DELETE ON {table} BEGIN {into}strftime('%Y-%m-%d %H:%M:%f000', 'now')); END",
    ]


def _postgres(table: str, columns: list[str], key: list[str]) -> list[str]:
    """One statement for all rows of an update: a row at a time costs several times as much.

    Nothing is known of how the keys of changed rows spread, so that PostgreSQL would compare each with each: 40 s for 15,000.
    """
    into = f"INSERT INTO {twin_name(table)} ({_listed(columns)}, {SUPERSEDED_AT}) SELECT {_listed(columns, 'former.')}, "
    same = " AND ".join(f'latter."{name}" = former."{name}"' for name in key)
    return [
        f"CREATE OR REPLACE FUNCTION {table}_keep_changed() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$ BEGIN "
        f"{into}coalesce(latter.stored_at, statement_timestamp()) FROM former LEFT JOIN latter ON {same} "
        "WHERE latter.stored_at IS DISTINCT FROM former.stored_at; RETURN NULL; END $$",
        f"CREATE OR REPLACE FUNCTION {table}_keep_deleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{into}statement_timestamp() FROM former; RETURN NULL; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_keep_changed AFTER UPDATE ON {table} REFERENCING OLD TABLE AS former NEW TABLE AS latter "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep_changed()",
        f"CREATE OR REPLACE TRIGGER {table}_keep_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS former "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep_deleted()",
    ]


def _listed(columns: Collection[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in columns)
