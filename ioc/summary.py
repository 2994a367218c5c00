"""A unit's figures as of a day: what the panel shows and what the API answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from ioc.figure import Figure
from ioc.kpis import all_kpis
from ioc.snapshot import Snapshot


class UnknownUnitError(LookupError):
    """No unit of that code was in force on the day."""


@dataclass(frozen=True)
class Child:
    code: str
    name: str
    level: str
    grouping: str | None
    grouping_name: str | None


@dataclass(frozen=True)
class Summary:
    code: str
    name: str
    level: str
    valid_from: date
    as_of: date
    at: datetime
    figures: tuple[Figure, ...]
    children: tuple[Child, ...]


def summarise(snapshot: Snapshot, code: str | None = None) -> Summary:
    """The figures of a unit (None: the province) and its sub-units.

    Raises UnknownUnitError when no such unit was in force on the snapshot's day.
    """
    unit = unit_row(snapshot, code)
    figures = tuple(kpi.figure(snapshot, unit["code"]) for kpi in all_kpis())
    return Summary(
        unit["code"],
        unit["full_name"],
        unit["level"],
        unit["valid_from"],
        snapshot.places.day,
        snapshot.at,
        figures,
        children(snapshot, unit["code"]),
    )


def unit_row(snapshot: Snapshot, code: str | None) -> pd.Series:
    wanted = code or snapshot.places.province
    if wanted not in snapshot.places.units.index:
        raise UnknownUnitError(wanted)
    row: Any = snapshot.places.units.loc[wanted]
    assert isinstance(row, pd.Series)
    return row


def children(snapshot: Snapshot, code: str) -> tuple[Child, ...]:
    units, ancestors = snapshot.places.units, snapshot.places.lineage
    rows = snapshot.places.children(code)
    result = []
    for _, row in rows.iterrows():
        grouping = ancestors["district"].get(row["code"]) if row["level"] == "commune" else None
        named = units["full_name"].get(grouping) if grouping else None
        result.append(Child(row["code"], row["full_name"], row["level"], grouping, named))
    return tuple(result)
