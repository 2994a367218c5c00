"""What one changed-only upsert names: the parts that SQLite's and PostgreSQL's statements share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Table


@dataclass(frozen=True)
class Merge:
    """columns: in the order of the rows' values. key: the primary key. set_: written on a change. compared: what makes a change."""

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...]
    set_: tuple[str, ...]
    compared: tuple[str, ...]

    @classmethod
    def of(cls, table: Table, columns: Sequence[str], ignore: Collection[str]) -> Merge:
        key = tuple(column.name for column in table.primary_key)
        set_ = tuple(name for name in columns if name not in key)
        return cls(table, tuple(columns), key, set_, tuple(name for name in set_ if name not in ignore))


def comma(parts: Collection[str]) -> str:
    return ", ".join(parts)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
