"""Which column holds which field of a record kind, and how well the kind fits a table."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError
from scipy.optimize import linear_sum_assignment

from feeds.cells import fold
from feeds.guess.contents import Column, Reference, kinds_share, share
from feeds.guess.headers import likeness
from feeds.guess.wide_headers import WideHeaders, wide_headers
from feeds.records import Field
from feeds.registry import Kind

LEAST = 0.45
SURE = 0.8
OWN_NAME = 0.02  # a header that is our own name goes before one of the usual headers, as in feeds.columns
EPOCH_MS = 10**12  # in 2001
WIDE = frozenset({"operator", "technology", "status"})
NOTHING_SAID: Mapping[str, str] = {}
BY_CELLS_ALONE = ("village_id", "endpoint_id", "centre_id", "system_id", "indicator", "operator", "unit_code", "unit_name", "lon", "lat")


@dataclass(frozen=True)
class Found:
    """A field's column. score: 0…1, of header and cells; like: of the header alone, 0 when it says nothing of the field."""

    column: Column
    score: float
    like: float = 1.0

    @property
    def by_cells(self) -> bool:
        return self.like == 0.0

    @property
    def sure(self) -> bool:
        return self.like >= SURE


@dataclass(frozen=True)
class Match:
    """One kind held against one table. options: of the kind that make it fit; missing: fields it needs that no column holds.

    wide: the columns whose headers fill fields, each of which becomes a row.
    """

    kind: Kind
    options: Mapping[str, Any]
    found: Mapping[str, Found]
    missing: tuple[Field, ...]
    score: float
    fields: tuple[Field, ...] = ()
    wide: WideHeaders | None = None


def matches(
    kinds: Mapping[str, Kind], columns: Sequence[Column], reference: Reference, said: Mapping[str, str] = NOTHING_SAID
) -> list[Match]:
    """Every kind, the best fitting first; of a kind with several forms the best one. said: header → field, as a person says it."""
    found = [match for kind in kinds.values() for match in _forms(kind, columns, reference, said)]
    return sorted(found, key=lambda match: -match.score)


def _forms(kind: Kind, columns: Sequence[Column], reference: Reference, said: Mapping[str, str]) -> Iterator[Match]:
    tried = [
        match
        for options, model in _variants(kind, reference)
        if (match := _match(kind, options, model, columns, reference, said)) is not None
    ]
    if tried:
        yield max(tried, key=lambda match: match.score)


def _variants(kind: Kind, reference: Reference) -> Iterator[tuple[dict[str, Any], BaseModel]]:
    """The kind's options as they are by default, and with each of its forms of sheet."""
    form = kind.Options.model_fields.get("form")
    own = _own_technologies(kind, reference)
    for choice in [{"form": name} for name in typing.get_args(form.annotation)] if form else [{}]:
        try:
            model = kind.Options.model_validate({**choice, **own})
        except ValidationError:  # a kind of the deployment's own that needs to be told more
            continue
        default = form is not None and choice.get("form") == form.default
        yield {**({} if default else choice), **own}, model


def usual_fields(kind: Kind) -> tuple[Field, ...]:
    """The fields of a kind, whatever its form; none of a kind that needs to be told more first."""
    return tuple({item.name: item for _, model in _variants(kind, Reference()) for item in kind.fields(model)}.values())


def _own_technologies(kind: Kind, reference: Reference) -> dict[str, Any]:
    """The technologies of the store, where the kind expects others by default."""
    option, known = kind.Options.model_fields.get("technologies"), reference.known.get("technology")
    if option is None or not known or set(option.get_default(call_default_factory=True) or ()) <= known:
        return {}
    return {"technologies": sorted(known)}


def _match(
    kind: Kind, options: dict[str, Any], model: BaseModel, columns: Sequence[Column], reference: Reference, said: Mapping[str, str]
) -> Match | None:
    fields = kind.fields(model)
    names = {item.name for item in fields}
    wide = wide_headers(columns, reference) if names >= WIDE else None
    by_header = WIDE if wide else frozenset[str]()
    told = {said[column.header]: Found(column, 1.0) for column in columns if said.get(column.header) in names}
    free = [column for column in columns if column.header not in said and not (wide and column in wide.columns)]
    found = told | assign([item for item in fields if item.name not in told and item.name not in by_header], free, reference)
    found |= _dated([item for item in fields if item.required and item.name not in found], found, free, reference)
    if not found:
        return None
    missing = tuple(item for item in fields if item.required and item.name not in found and item.name not in by_header)
    score = _fit(kind, fields, found, missing, columns) + (2.4 * len(wide.columns) if wide else 0.0)
    return Match(kind, options, found, missing, score, fields, wide)


def assign(fields: Sequence[Field], columns: Sequence[Column], reference: Reference) -> dict[str, Found]:
    """Field → column so that the scores sum to the most; a column holds one field."""
    if not fields or not columns:
        return {}
    own = [[OWN_NAME * (fold(column.header) == item.name) for column in columns] for item in fields]
    scores = np.array([[_score(item, column, reference)[0] for column in columns] for item in fields]) + np.array(own)
    found: dict[str, Found] = {}
    for row, place in zip(*linear_sum_assignment(-scores), strict=True):
        if scores[row, place] >= LEAST:
            found[fields[row].name] = Found(columns[place], *_score(fields[row], columns[place], reference))
    return found


def _dated(missing: Sequence[Field], found: Mapping[str, Found], columns: Sequence[Column], reference: Reference) -> dict[str, Found]:
    """The one field that needs a day, held by the one column that is all days and that no field has: by its cells, whatever its header."""
    lacking = [item for item in missing if item.type in ("moment", "day")]
    used = {one.column.header for one in found.values()}
    if len(lacking) != 1 or not found:
        return {}
    dated = [
        column for column in columns if column.header not in used and _are_days(column) and share(column, lacking[0], reference) == 1.0
    ]
    return {lacking[0].name: Found(dated[0], LEAST, 0.0)} if len(dated) == 1 else {}


def _are_days(column: Column) -> bool:
    """Not numbers that could be anything: days of a spreadsheet, texts, milliseconds since 1970."""
    return not column.empty and all(not isinstance(value, int | float) or value > EPOCH_MS for _, value in column.cells)


def _score(item: Field, column: Column, reference: Reference) -> tuple[float, float]:
    """How well the column holds the field, and how like its header is."""
    like = likeness(column.header, (item.name, *item.aliases))
    fits = share(column, item, reference)
    if like == 0.0:
        known = fits is not None and fits >= 0.6 and item.name in BY_CELLS_ALONE
        return (0.6 * fits if known and fits else 0.0), like
    if fits is None:
        return like, like
    return like * (0.6 + 0.4 * fits if like >= SURE else 0.4 + 0.6 * fits), like


def _fit(kind: Kind, fields: Sequence[Field], found: Mapping[str, Found], missing: Sequence[Field], columns: Sequence[Column]) -> float:
    weights = {item.name: 2.0 if item.required else 1.0 for item in fields}
    had = sum(weights[name] * match.score for name, match in found.items())
    lost = sum(1.0 if item.name == "operator" else 3.0 for item in missing)
    unused = len([column for column in columns if not column.empty]) - len(found)
    return had - lost - 0.4 * max(0, unused) + _speaking_names(kind, found)


def _speaking_names(kind: Kind, found: Mapping[str, Found]) -> float:
    """Names that begin as those of villages or units do speak for that kind."""
    name = found.get("name") or found.get("full_name")
    if name is None:
        return 0.0
    if kind.key == "villages":
        return 2.0 * kinds_share(name.column, village=True)
    if kind.key == "units":
        return 2.0 * kinds_share(name.column, village=False)
    return -1.0 * kinds_share(name.column, village=True)
