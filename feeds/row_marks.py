"""What a connector knows of a row beyond its columns: that its source has ended what it is about, or does not say when it was true."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from feeds.cells import is_empty
from feeds.columns import headers_of
from feeds.records import Field
from feeds.tables import Note, Row, Table

ENDED, UNDATED = "(ended)", "(undated)"
ENTITY_ENDED, ATTRIBUTE_ENDED = "entity", "attribute"


def is_ended(row: Row) -> Any:
    """Which part of it: ENTITY_ENDED, ATTRIBUTE_ENDED or None."""
    return row.values.get(ENDED)


def with_columns_of_ended(table: Table, mapping: Mapping[str, str]) -> Table:
    """What has ended comes without its columns; they are there, and empty."""
    if not any(is_ended(row) for row in table.rows):
        return table
    return replace(table, columns=(*table.columns, *(name for name in mapping.values() if name not in table.columns)))


def without_marked(table: Table, fields: Collection[Field], mapping: Mapping[str, str]) -> Table:
    """The rows that a kind with these fields can take, and notes of the others.

    Of a kind that keeps when its rows were true: none that does not say it itself. Of a kind without states: none of what has ended.
    """
    names = {field.name for field in fields}
    header = headers_of(table, fields, mapping).get("observed_at", "observed_at")
    undated = [row for row in table.rows if row.values.get(UNDATED) and "observed_at" in names and is_empty(row.values.get(header))]
    ended = [row for row in table.rows if is_ended(row) == ENTITY_ENDED and "state" not in names]
    left = {row.number for row in (*undated, *ended)}
    if not left:
        return table
    notes = [Note(code, len(rows)) for code, rows in (("note.undated", undated), ("note.ended", ended)) if rows]
    return replace(table, rows=[row for row in table.rows if row.number not in left], notes=(*table.notes, *notes))
