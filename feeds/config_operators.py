"""The operators that the feeds file declares.

[operators.viettel]
name = "Viettel"
colour = "#ee0033"
valid_from = 2004-10-15                                    # and valid_to; both may be left out
technologies = ["4g", "5g", "broadband"]                   # all that it offers
[operators.viettel.technology.2g]                          # or each with its days
to = 2026-09-15
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from feeds.mapping_check import meant
from store.operators import Operator

KEY_FORM = r"[a-z0-9]+([-_][a-z0-9]+)*"
Say = Callable[..., None]


class _Days(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")


class _Declared(BaseModel):
    """What one table says."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    colour: str | None = Field(default=None, pattern="^#[0-9A-Fa-f]{6}$")
    valid_from: date | None = None
    valid_to: date | None = None
    technologies: tuple[str, ...] = ()
    technology: dict[str, _Days] = Field(default_factory=dict)

    def operator(self, key: str) -> Operator:
        offers: dict[str, tuple[date | None, date | None]] = {technology.strip().lower(): (None, None) for technology in self.technologies}
        offers |= {technology.strip().lower(): (days.first, days.last) for technology, days in self.technology.items()}
        colour = self.colour.lower() if self.colour else None
        return Operator(key, self.name.strip(), self.valid_from, self.valid_to, colour, offers or None)


def read_operators(tables: Any, is_key: Callable[[str], Any], say: Say) -> tuple[Operator, ...]:
    """The operators of the table [operators]. say(path, code, **values): told every mistake."""
    if not isinstance(tables, Mapping):
        say(("operators",), "config.bad_value", key="operators", value=str(tables)[:80], detail="table expected")
        return ()
    return tuple(_operators(tables, is_key, say))


def _operators(tables: Mapping[str, Any], is_key: Callable[[str], Any], say: Say) -> Iterator[Operator]:
    for key, table in tables.items():
        if not is_key(key) or not isinstance(table, Mapping):
            say(("operators", key), "config.bad_operator_key", key=key)
            continue
        try:
            operator = _Declared.model_validate(dict(table)).operator(key)
        except ValidationError as error:
            for mistake in error.errors():
                _mistake(mistake, key, say)
            continue
        spans = [(operator.valid_from, operator.valid_to), *(operator.offers or {}).values()]
        if any(first and last and last < first for first, last in spans):
            say(("operators", key), "config.operator_ends_before", key=key)
            continue
        yield operator


def _mistake(mistake: Any, key: str, say: Say) -> None:
    where = tuple(str(part) for part in mistake["loc"] if not isinstance(part, int))
    path = ("operators", key, *where)
    if mistake["type"] == "missing":
        say(path, "config.operator_missing", key=where[-1], operator=key)
    elif mistake["type"] == "extra_forbidden":
        known = list(_Declared.model_fields) if len(where) == 1 else ["from", "to"]
        code, values = meant("config.unknown_key", where[-1], known)
        say(path, code, **values)
    else:
        say(path, "config.bad_value", key=".".join(where), value=str(mistake["input"])[:80], detail=mistake["msg"])
