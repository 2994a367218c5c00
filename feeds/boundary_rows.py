"""Rows of the units table for outlines that found their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import shapely

from feeds.boundary_files import Outline
from feeds.boundary_join import Placement
from geo.crs import reproject
from geo.names import search_key, split_kind, written_name
from geo.units import OLD_FROM, OLD_TO

Row = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where outlines come from and on what terms, and when they were stored."""

    source: str
    licence: str
    stored_at: datetime


def day_after(outline: Outline) -> date:
    """The first day after an outline's unit ended; only for outlines that say when."""
    assert outline.ends is not None
    return outline.ends + timedelta(days=1)


def unit_rows(placement: Placement, current: pd.DataFrame, metric_crs: str, origin: Origin) -> Iterator[Row]:
    """The rows to write. current: every column of the units valid on the day, with their outlines."""
    units = _by_code(current)
    for outline, code in placement.replaced:
        yield _drawn(_reparented(units[code], outline, units), outline, metric_crs, origin)
    for outline in placement.added:
        yield _drawn(_early(outline, {}, units), outline, metric_crs, origin)
    for outline in placement.split:
        unit = units[outline.code]
        yield _drawn(_early(outline, unit, units), outline, metric_crs, origin)
        yield {**unit, "valid_from": day_after(outline), "stored_at": origin.stored_at}


def _by_code(current: pd.DataFrame) -> dict[str, Row]:
    plain = current.astype(object).where(current.notna(), None)
    rows = [dict(zip(plain.columns, values, strict=True)) for values in plain.itertuples(index=False, name=None)]
    return {str(row["code"]): row for row in rows}


def _early(outline: Outline, unit: Row, units: dict[str, Row]) -> Row:
    """A unit that ended early, as the file names it; under the parent the file names, if there is one of that code on the day."""
    full_name = written_name(" ".join(outline.name.split()))
    kind, name = split_kind(full_name)
    point = shapely.point_on_surface(outline.shape)
    return {
        "lon": point.x,
        "lat": point.y,
        "valid_from": OLD_FROM,
        "grouping_code": None,
        **unit,
        "code": outline.code,
        "level": unit.get("level") or _level_below(outline, units),
        "kind": kind,
        "name": name,
        "full_name": full_name,
        "search_key": search_key(full_name),
        "parent_code": outline.parent_code if outline.parent_code in units else unit.get("parent_code"),
        "valid_to": outline.ends,
    }


def _reparented(unit: Row, outline: Outline, units: dict[str, Row]) -> Row:
    """A unit that was taken in as one that ended early, under the parent its file names, which may have become known since."""
    ended_early = outline.ends is not None and unit["valid_to"] == outline.ends < OLD_TO
    return {**unit, "parent_code": outline.parent_code} if ended_early and outline.parent_code in units else unit


def _level_below(outline: Outline, units: dict[str, Row]) -> str:
    return "district" if units[outline.parent_code]["level"] == "province" else "commune"


def _drawn(unit: Row, outline: Outline, metric_crs: str, origin: Origin) -> Row:
    """`unit` with its real outline; its point is put inside where it was not."""
    spot = shapely.Point(unit["lon"], unit["lat"])
    point = spot if outline.shape.intersects(spot) else shapely.point_on_surface(outline.shape)
    return {
        **unit,
        "lon": round(float(point.x), 6),
        "lat": round(float(point.y), 6),
        "outline": outline.shape,
        "outline_source": origin.source,
        "outline_licence": origin.licence,
        "outline_schematic": False,
        "area_km2": round(float(shapely.area(reproject(outline.shape, "EPSG:4326", metric_crs)) / 1e6), 2),
        "stored_at": origin.stored_at,
    }
