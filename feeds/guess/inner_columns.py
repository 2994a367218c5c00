"""Columns inside the objects of JSON records, by the dotted names with which a feed declares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from feeds.joined_columns import with_nested
from feeds.tables import Table

SAMPLED, MOST, DEEPEST = 50, 40, 3


def with_inner_columns(table: Table) -> Table:
    """`table` with a column for each value inside an object, in the place of the column that holds the objects."""
    inner: dict[str, None] = {}
    outer: set[str] = set()
    for row in table.rows[:SAMPLED]:
        for name, value in row.values.items():
            if isinstance(value, Mapping):
                outer.add(name)
                inner.update(dict.fromkeys(_paths(value, name)))
    if not inner:
        return table
    table = with_nested(table, list(inner)[:MOST])
    return replace(table, columns=tuple(name for name in table.columns if name not in outer))


def _paths(value: Mapping[str, Any], name: str, depth: int = 1) -> Iterator[str]:
    for key, inside in value.items():
        path = f"{name}.{key}"
        if isinstance(inside, Mapping):
            if depth < DEEPEST:
                yield from _paths(inside, path, depth + 1)
        elif not isinstance(inside, list):
            yield path
