"""The filters of a list as its grid knows them, so that files, counts and another reader's screen hold the same rows.

`find`: words that must all be somewhere in what a row shows, accents or none. `where`: one filter for each column in AG Grid's own form,
as JSON: {"people": {"filterType": "number", "type": "greaterThan", "filter": 100}}, or two conditions joined by AND or OR.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from geo.names import search_key

LONGEST = 2000
Row = Mapping[str, Any]
Model = Mapping[str, Any]

_TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda cell, wanted: wanted in cell,
    "notContains": lambda cell, wanted: wanted not in cell,
    "equals": lambda cell, wanted: cell == wanted,
    "notEqual": lambda cell, wanted: cell != wanted,
    "startsWith": lambda cell, wanted: cell.startswith(wanted),
    "endsWith": lambda cell, wanted: cell.endswith(wanted),
}
_NUMBER: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda cell, wanted: cell == wanted,
    "notEqual": lambda cell, wanted: cell != wanted,
    "greaterThan": lambda cell, wanted: cell > wanted,
    "greaterThanOrEqual": lambda cell, wanted: cell >= wanted,
    "lessThan": lambda cell, wanted: cell < wanted,
    "lessThanOrEqual": lambda cell, wanted: cell <= wanted,
}


def read_where(text: str | None) -> dict[str, Model]:
    """The filters by column; none for what is no such thing: a pasted link always opens."""
    if not text or len(text) > LONGEST:
        return {}
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return {str(column): model for column, model in read.items() if isinstance(model, dict)} if isinstance(read, dict) else {}


def written_where(models: Mapping[str, Model]) -> str | None:
    """As it stands in an address; None for no filter."""
    return orjson.dumps(dict(models)).decode() if models else None


def passes(row: Row, find: str | None, where: Mapping[str, Model]) -> bool:
    """Whether the list shows a row. row: plain values by column, with `search`, the search key of all that the row shows.

    A filter of a column that the list does not have filters nothing.
    """
    found = all(word in str(row["search"]) for word in search_key(find or "").split())
    return found and all(_passes(row[column], model) for column, model in where.items() if column in row)


def _passes(cell: Any, model: Model) -> bool:
    conditions = model.get("conditions")
    if isinstance(conditions, list):
        answers = [_condition(cell, condition) for condition in conditions if isinstance(condition, dict)]
        return any(answers) if model.get("operator") == "OR" else all(answers)
    return _condition(cell, model)


def _condition(cell: Any, model: Model) -> bool:
    kind = model.get("type")
    blank = cell is None or cell == ""
    if kind in ("blank", "notBlank"):
        return bool(blank == (kind == "blank"))
    if model.get("filterType") == "number":
        return _number(cell, str(kind), model)
    if model.get("filter") is None or kind not in _TEXT:
        return True
    if cell is None:
        return str(kind) in ("notContains", "notEqual")
    return _TEXT[kind](search_key(str(cell)), search_key(str(model["filter"])))


def _number(cell: Any, kind: str, model: Model) -> bool:
    first, last = (_float(model.get(key)) for key in ("filter", "filterTo"))
    if first is None or (kind == "inRange" and last is None) or kind not in (*_NUMBER, "inRange"):
        return True
    if cell is None:
        return False
    if kind == "inRange":
        assert last is not None
        return first < float(cell) < last
    return _NUMBER[kind](float(cell), first)


def _float(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
