"""Figures of indicators: one row per indicator, unit and period. A feed may bring indicators that the store does not know yet."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel
from pydantic import Field as Option
from sqlalchemy import Connection

from feeds.latest import Latest, LatestOptions, Reading, period_day
from feeds.records import Field, Stamp
from feeds.registering import Row
from store import entries
from store.schema import indicator_values, indicators
from store.write import upsert

COMPARATORS = {"=": ("bằng",), ">": ("trên", "hơn"), ">=": ("từ", "ít nhất"), "~": ("khoảng",)}


class Indicator(BaseModel):
    """An indicator that the feed brings: its name in both languages and what it is counted in."""

    name_vi: str = Option(min_length=1)
    name_en: str = Option(min_length=1)
    unit: Literal["percent", "count", "ratio", "percent_per_year"]


class Options(LatestOptions):
    """indicators: those that the feed brings itself, by key."""

    indicators: dict[str, Indicator] = Option(default_factory=dict)


def figure(reading: Reading) -> tuple[Row]:
    """The columns that figures and targets share."""
    indicator = reading.values["indicator"]
    known, levels = reading.known
    if indicator not in known and indicator not in getattr(reading.options, "indicators", {}):
        raise reading.cells.fail("row.unknown_indicator", "indicator", known=", ".join([*known][:10]))
    label = reading.values["label_vi"] or ""
    return (
        {
            "indicator": indicator,
            "unit_code": reading.unit,
            "scope": levels.level(reading.unit, reading.day),
            "label_vi": label,
            "label_en": reading.values["label_en"] or label,
            "value": reading.values["value"],
            "comparator": reading.values["comparator"] or "=",
            "source": reading.source,
        },
    )


def refer(connection: Connection) -> tuple[dict[str, str], entries.UnitPoints]:
    """Indicators by key, and the units by code."""
    return entries.indicator_units(connection), entries.UnitPoints.read(connection)


def register_indicators(connection: Connection, options: Options, stamp: Stamp) -> None:
    """Make the indicators that the feed brings known."""
    rows = [(key, item.name_vi, item.name_en, item.unit, stamp.stored_at) for key, item in options.indicators.items()]
    upsert(connection, indicators, ("key", "name_vi", "name_en", "unit", "stored_at"), rows)


def _finish(reading: Reading) -> tuple[Row | None, ...]:
    (row,) = figure(reading)
    name, _, last = reading.values["period"]
    return ({**row, "period": name, "true_on": last},)


FIGURE_FIELDS = (
    Field("indicator", aliases=("Mã chỉ tiêu",)),
    Field("value", aliases=("Giá trị", "Kết quả"), type="number", unit="figure"),
    Field("comparator", required=False, aliases=("So sánh",), type="code", words=COMPARATORS),
    Field("label_vi", required=False, aliases=("Nhãn", "Nhãn tiếng Việt")),
    Field("label_en", required=False, aliases=("Nhãn tiếng Anh",)),
)

KIND = Latest(
    tables=((indicator_values, "indicator"),),
    own=(*FIGURE_FIELDS, Field("period", aliases=("Kỳ", "Kỳ báo cáo"), type="period")),
    finish=_finish,
    unit=True,
    day_of=period_day,
    refer=refer,
    before=register_indicators,
    Options=Options,
)
