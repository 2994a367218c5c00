"""Coordinates of tables: columns in metres are moved to degrees by the declared system, or the table is refused and the system asked for.

The datum of VN-2000 lies 223 m from that of WGS 84, and Vietnamese surveyors call the northing X: neither is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from feeds.columns import headers_of
from feeds.degrees import degrees
from feeds.errors import ContentError
from feeds.fetching import Layout
from feeds.records import Field
from feeds.tables import Row, Table

GEOGRAPHIC = ("json", "geojson", "geo", "zip", "gz")
"""What may have brought shapes; their places are in degrees by then."""
MOST_DEGREES = 360.0
VIETNAM_LON, VIETNAM_LAT = (101.0, 118.0), (6.0, 24.0)
EASTING_M, NORTHING_M = (100_000.0, 900_000.0), (700_000.0, 2_700_000.0)

Numbers = npt.NDArray[np.float64]


def in_degrees(table: Table, mapping: Mapping[str, str], fields: Sequence[Field], layout: Layout) -> Table:
    """`table` with its fields lon and lat in degrees of EPSG:4326, as far as they are numbers.

    Raises ContentError for metres without a declared system, for a system that there is not, and when X and Y are exchanged.
    """
    if layout.format in GEOGRAPHIC and "geometry" in table.columns:
        return table
    if not {"lon", "lat"} <= {field.name for field in fields}:
        return table
    found = headers_of(table, [field for field in fields if field.name in ("lon", "lat")], mapping)
    if not {"lon", "lat"} <= found.keys():
        return table
    x, y = (np.array([_number(row.values.get(found[name]), name) for row in table.rows]) for name in ("lon", "lat"))
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return table
    columns = {"x": found["lon"], "y": found["lat"]}
    _refuse_exchanged(x[known], y[known], columns)
    metres = (np.abs(x[known]) > MOST_DEGREES) | (np.abs(y[known]) > MOST_DEGREES)
    if layout.format == "rows" and not metres.any():
        return table  # read before, and moved then
    if not layout.crs:
        if metres.mean() > 0.5:
            raise ContentError("run.crs_of_columns", **columns)
        return table
    lon, lat = _moved(x[known], y[known], layout.crs)
    where = dict(zip(np.flatnonzero(known).tolist(), zip(lon.tolist(), lat.tolist(), strict=True), strict=True))
    return replace(table, rows=[_placed(row, where.get(place), columns) for place, row in enumerate(table.rows)])


def _moved(x: Numbers, y: Numbers, name: str) -> tuple[Numbers, Numbers]:
    from geo.crs import stated_crs, transformer  # a second to import, and most tables have no coordinates
    from geo.errors import CRSError

    try:
        lon, lat = transformer(stated_crs(name).to_wkt(), "EPSG:4326").transform(x, y)
    except CRSError as error:
        values = {key: value for key, value in error.args_.items() if key not in ("reason", "detail", "name")}
        raise ContentError(f"run.crs_{error.args_['reason']}", **values) from error
    if not _within(lon, VIETNAM_LON).all() or not _within(lat, VIETNAM_LAT).all():
        raise ContentError("run.not_degrees", crs=name)
    return np.asarray(lon), np.asarray(lat)


def _refuse_exchanged(x: Numbers, y: Numbers, columns: Mapping[str, str]) -> None:
    """Every place of Việt Nam would be there if the columns were the other way round."""
    degrees = _within(x, VIETNAM_LAT) & _within(y, VIETNAM_LON)
    metres = _within(x, NORTHING_M) & _within(y, EASTING_M) & (x > y)
    if degrees.all() or metres.all():
        raise ContentError("run.axes_exchanged", **columns)


def _within(values: Numbers, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def _placed(row: Row, place: tuple[float, float] | None, columns: Mapping[str, str]) -> Row:
    if place is None:
        return row
    values = row.values | {columns["x"]: place[0], columns["y"]: place[1]}
    return replace(row, values=values, came=row.came or row.values)


def _number(value: Any, axis: str) -> float:
    """NaN for what is no number. A comma is the fraction's, as for degrees; a number of metres without one is the same either way."""
    number = degrees(value, axis)
    return float("nan") if number is None else number
