"""What a column's cells say about the field it may be: the share that can be read as its type, or that the store knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from feeds.cells import Cells, fold
from feeds.errors import RowError
from feeds.reading import read_fields
from feeds.records import Field
from feeds.tables import Row, Table
from geo.names import KINDS, VILLAGE_KINDS, search_key, split_kind
from store import entries, names, observations
from store.schema import systems

SAMPLED = 200
HOME = {"lon": (102.0, 118.0), "lat": (7.0, 24.0)}  # degrees; Việt Nam with its islands
MONTHS_APART = ("name", "full_name", "title")


@dataclass(frozen=True)
class Reference:
    """What the store knows, by the field that names it: ids of villages, endpoints, centres and systems, codes and names of units, …

    operators: names by key. units_since: first day of the newest structure of units.
    """

    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    operators: Mapping[str, str] = field(default_factory=dict)
    units_since: date | None = None

    @classmethod
    def read(cls, connection: Connection) -> Reference:
        units = names.every_unit(connection)
        codes = frozenset(units["code"].astype(str))
        spelled = frozenset(search_key(name) for name in units["full_name"])
        operators = observations.operator_keys(connection)
        known = {
            "village_id": observations.village_ids(connection),
            "endpoint_id": observations.endpoint_ids(connection),
            "centre_id": frozenset(observations.centre_units(connection)),
            "system_id": entries.ids_of(connection, systems),
            "indicator": frozenset(entries.indicator_units(connection)),
            "technology": frozenset(observations.technology_service(connection)),
            "operator": frozenset(search_key(word) for pair in operators.items() for word in pair),
            "unit_code": codes,
            "authority_code": codes,
            "unit_name": spelled,
            "parent_name": spelled,
        }
        return cls(known, operators, max(units["valid_from"], default=None))


@dataclass(frozen=True)
class Column:
    """header, and its filled cells, the first ones of the table."""

    header: str
    cells: tuple[tuple[int, Any], ...]

    @property
    def empty(self) -> bool:
        return not self.cells


def columns_of(table: Table) -> list[Column]:
    """The columns of a table with as many of their filled cells as are looked at."""
    return [Column(name, _filled(table.rows, name)) for name in table.columns]


def _filled(rows: Sequence[Row], name: str) -> tuple[tuple[int, Any], ...]:
    found: list[tuple[int, Any]] = []
    for row in rows:
        value = row.values.get(name)
        if value is not None and (not isinstance(value, str) or value.strip()):
            found.append((row.number, value))
            if len(found) == SAMPLED:
                break
    return tuple(found)


def share(column: Column, item: Field, reference: Reference) -> float | None:
    """Which share of the column's cells fit the field, 0…1; None when cells cannot tell (free text, or an empty column)."""
    if column.empty:
        return None
    if item.name in reference.known and item.type in ("text", "words"):
        return _known_share(column, item.name, reference.known[item.name])
    if item.type in ("text", "words"):
        return _named_share(column, item)
    read = [_read(cell, column.header, item) for cell in column.cells]
    if item.name in HOME:
        least, most = HOME[item.name]
        read = [value if isinstance(value, float) and least <= value <= most else None for value in read]
    return sum(value is not None for value in read) / len(read)


def unread(column: Column, item: Field) -> list[str]:
    """The words of the column, each once, that cannot be read as the field's type."""
    return list(dict.fromkeys(str(value) for number, value in column.cells if _read((number, value), column.header, item) is None))


def _read(cell: tuple[int, Any], header: str, item: Field) -> Any:
    number, value = cell
    try:
        return read_fields(Cells(Row(number, {header: value}), {item.name: header}), [item])[item.name]
    except RowError:
        return None


def _known_share(column: Column, name: str, known: frozenset[str]) -> float | None:
    if not known:
        return None
    spelled = name in ("operator", "unit_name", "parent_name")
    words = [search_key(str(value)) if spelled else _code(value) for _, value in column.cells]
    if name == "technology":
        words = [fold(word) for word in words]
    return sum(word in known for word in words) / len(words)


def _code(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _named_share(column: Column, item: Field) -> float | None:
    """A name is words, and no number or date."""
    if item.name not in MONTHS_APART:
        return None
    texts = [isinstance(value, str) and any(letter.isalpha() for letter in value) for _, value in column.cells]
    return sum(texts) / len(texts)


def kinds_share(column: Column, *, village: bool) -> float:
    """The share of names that begin with a kind of village ("Bản …"), or of unit ("Xã …")."""
    kinds = VILLAGE_KINDS if village else KINDS
    found = [isinstance(value, str) and bool(split_kind(value, kinds)[0]) for _, value in column.cells]
    return sum(found) / len(found) if found else 0.0
