"""A commune's dossiers month by month, comparable across 2025-07-01: earlier months are converted from the communes it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from geo.crosswalk import converted_counts, converted_rates
from ioc.summary import UnknownUnitError
from store.places import predecessors, units_on
from store.transactions import reading
from store.unit_series import monthly_dossiers

COUNTS = ("received", "due", "overdue", "online")
RATES = {"on_time": ("on_time", "due"), "online_share": ("online", "received")}
MEASURES = (*COUNTS, *RATES)


@dataclass(frozen=True)
class Point:
    """One month. value: a count, or a rate in percent; None: no data. converted: from the former communes, by `method`.

    covered_share: of the former communes that went into this one, how much had spoken (0 … 1); 1 where nothing is converted.
    """

    period: str
    period_from: date
    period_to: date
    value: float | None
    numerator: float | None
    denominator: float | None
    converted: bool
    method: str | None
    covered_share: float


@dataclass(frozen=True)
class UnitSeries:
    """points: by month, those that anybody reported. since: first day of the commune as it is."""

    code: str
    name: str
    since: date
    measure: str
    points: tuple[Point, ...]


def unit_series(engine: Engine, code: str, measure: str, day: date, known_at: datetime | None = None) -> UnitSeries:
    """The series of the commune that bears `code` on `day`. Raises UnknownUnitError, StoreError."""
    with reading(engine) as connection:
        units = units_on(connection, day, known_at).set_index("code", drop=False)
        if code not in units.index or units.at[code, "level"] != "commune":
            raise UnknownUnitError(code)
        since: Any = units.at[code, "valid_from"]
        olds = predecessors(connection, code, since, known_at)
        rows = monthly_dossiers(connection, {code, *olds["old_code"]}, known_at)
    own = rows[(rows["unit_code"] == code) & (rows["period_to"] >= since) & (rows["period_to"] <= day)]
    before = rows[(rows["period_to"] < since) & rows["unit_code"].isin(olds["old_code"])]
    crosswalk = olds.assign(new_code=code)
    points = [_converted(_counts(month), month.iloc[0], crosswalk, measure) for _, month in before.groupby("period")]
    points += [_direct(row, measure) for row in own.to_dict("records")]
    return UnitSeries(code, str(units.at[code, "full_name"]), since, measure, tuple(points))


def _counts(month: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Column → unit → count."""
    return {name: dict(zip(month["unit_code"], month[name].astype(float), strict=True)) for name in ("on_time", *COUNTS)}


def _direct(row: Mapping[Any, Any], measure: str) -> Point:
    above, below = RATES.get(measure, (measure, None))
    numerator, denominator = float(row[above]), None if below is None else float(row[below])
    value = numerator if denominator is None else 100 * numerator / denominator if denominator else None
    return Point(row["period"], row["period_from"], row["period_to"], value, numerator, denominator, False, None, 1.0)


def _converted(counts: Mapping[str, Mapping[str, float]], month: pd.Series, crosswalk: pd.DataFrame, measure: str) -> Point:
    above, below = RATES.get(measure, (measure, None))
    if below is None:
        found = converted_counts(counts[above], crosswalk).iloc[0]
        value, numerator, denominator = _number(found["value"]), _number(found["value"]), None
    else:
        found = converted_rates(counts[above], counts[below], crosswalk).iloc[0]
        rate = _number(found["value"])
        value = None if rate is None else 100 * rate
        numerator, denominator = _number(found["numerator"]), _number(found["denominator"])
    covered = float(found["covered_share"])
    return Point(
        month["period"], month["period_from"], month["period_to"], value, numerator, denominator, True, str(found["method"]), covered
    )


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
