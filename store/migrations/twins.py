"""For migrations: the twins that keep former versions of rows (`store.schema.history`), and their triggers."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Column, inspect

from store.schema.history import SUPERSEDED_AT, needed, trigger_statements, twin_name
from store.types import UTCDateTime


def make_twin(table: str, *columns: Column[Any], key: tuple[str, ...], found_by: str) -> None:
    """Let `table`, which the migration has just made or which is there, keep history.

    columns: those of the table, in its order; they are copied. key: its primary key. found_by: as in the schema.
    """
    copies = [Column(column.name, column.type, nullable=column.name not in key and not needed(column)) for column in columns]
    op.create_table(twin_name(table), Column(SUPERSEDED_AT, UTCDateTime, nullable=False), *copies)
    for indexed in (found_by, SUPERSEDED_AT):
        op.create_index(f"ix_{twin_name(table)}_{indexed}", twin_name(table), [indexed])
    renew_triggers(table)


def add_column(table: str, column: Column[Any]) -> None:
    """Add a column to a table and to its twin, where it is empty for the versions from before."""
    op.add_column(table, column)
    op.add_column(twin_name(table), Column(column.name, column.type))
    renew_triggers(table)


def renew_triggers(table: str) -> None:
    """Make the triggers anew, for the columns that the table has now."""
    store = op.get_bind()
    columns = list(store.exec_driver_sql(f'SELECT * FROM "{table}" LIMIT 0').keys())
    key = inspect(store).get_pk_constraint(table)["constrained_columns"]
    for statement in trigger_statements(table, columns, key, store.dialect.name):
        op.execute(statement)
