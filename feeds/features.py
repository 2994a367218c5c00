"""Features of geographic files as rows: their attributes, and where they lie in `lon`, `lat` and `geometry` (EPSG:4326, x = lon).

A point is itself, any other shape has a point that lies in it. A file that does not say its coordinate system is asked about
(`Layout.crs`), never guessed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjCRSError
from shapely.geometry import shape

from feeds.archives import find_table, unpack
from feeds.errors import ContentError, FetchError
from feeds.fetching import FILE_FORMATS, Layout
from feeds.geo_files import GeoFileError, chosen_layer, layer_frame, plain_values
from feeds.tables import Row, Table, header, read_json, read_table
from geo.crs import crs_of, reproject
from geo.errors import CRSError

PLACE = ("lon", "lat", "geometry")


def read_features(data: bytes, layout: Layout) -> Table:
    """Rows of GeoJSON, of a file that OGR reads, or of the one table in a zip. Raises ContentError saying what is wrong."""
    if layout.format == "geojson":
        return _geojson(data, layout)
    if layout.format == "zip":
        return _zip(data, layout)
    return _ogr({f"data{layout.suffix or '.gpkg'}": data}, layout)


def _zip(data: bytes, layout: Layout) -> Table:
    files = unpack(data, layout.max_bytes)
    name = find_table(files)
    suffix = Path(name).suffix.lower()
    if suffix == ".shp":
        return _ogr(files, layout, name)
    return read_table(files[name], replace(layout, format=FILE_FORMATS[suffix], suffix=suffix))


# ── GeoJSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _geojson(data: bytes, layout: Layout) -> Table:
    value = read_json(data, layout.encoding)
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list):
        raise ContentError("run.geojson_invalid")
    rows = [_attributes(number, feature) for number, feature in enumerate(features, start=1)]
    shapes = np.array([_shape(number, feature) for number, feature in enumerate(features, start=1)], dtype=object)
    if layout.north_first:
        shapes = shapely.transform(shapes, lambda yx: yx[:, ::-1])
    return _placed(rows, shapes, _named_crs(value.get("crs")), layout)


def _attributes(number: int, feature: Any) -> dict[str, Any]:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        raise ContentError("run.json_not_object", row=number)
    own = {"id": feature["id"]} if feature.get("id") is not None else {}
    return {**own, **(feature.get("properties") or {})}


def _shape(number: int, feature: dict[str, Any]) -> Any:
    if feature.get("geometry") is None:
        return None
    try:
        return shape(feature["geometry"])
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, shapely.errors.ShapelyError) as error:
        raise ContentError("run.geometry_invalid", row=number) from error


def _named_crs(member: Any) -> CRS:
    """GeoJSON is in degrees unless it says otherwise the way it did before RFC 7946."""
    name = member.get("properties", {}).get("name") if isinstance(member, dict) else None
    try:
        return CRS.from_user_input(name or "OGC:CRS84")
    except ProjCRSError as error:
        raise ContentError("run.crs_unknown", crs=str(name)[:80]) from error


# ── What OGR reads ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _ogr(files: dict[str, bytes], layout: Layout, name: str = "") -> Table:
    try:
        with tempfile.TemporaryDirectory(prefix="ioc-") as folder:
            for file, data in files.items():
                (Path(folder) / Path(file).name).write_bytes(data)
            source = str(Path(folder) / Path(name or next(iter(files))).name)
            frame = layer_frame(source, chosen_layer(source, layout.layer or None), layout.encoding or None)
    except GeoFileError as error:
        code = "run.empty" if error.reason == "no_outlines" else f"run.geo_{error.reason}"
        raise ContentError(code, **error.values) from error
    except OSError as error:
        raise FetchError("run.no_room", transient=True, detail=error.strerror or "") from error
    columns = [str(column) for column in frame.columns if column != frame.geometry.name]
    values = [plain_values(frame[column]) for column in columns]
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*values, strict=True)] if values else [{} for _ in range(len(frame))]
    own = None if frame.crs is None else CRS(frame.crs)
    return _placed(rows, np.asarray(frame.geometry.array, dtype=object), own, layout)


# ── Places ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _placed(rows: list[dict[str, Any]], shapes: Any, own: CRS | None, layout: Layout) -> Table:
    """The rows with their places. An attribute that is called like one of the place's columns gives way."""
    columns = tuple(dict.fromkeys(name for row in rows for key in row if (name := header(key)) and name.casefold() not in PLACE))
    shapes = _in_degrees(shapely.force_2d(shapes), own, layout)
    numbered = enumerate(zip(rows, shapes, _points(shapes), strict=True), start=1)
    table = [Row(number, _named(row) | dict(zip(PLACE, (*point, outline), strict=True))) for number, (row, outline, point) in numbered]
    return Table((*columns, *PLACE), table)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for key, value in row.items() if (name := header(key)) and name.casefold() not in PLACE}


def _in_degrees(shapes: Any, own: CRS | None, layout: Layout) -> Any:
    if shapely.is_missing(shapes).all():
        return shapes
    try:
        crs = crs_of(gpd.GeoDataFrame(geometry=list(shapes), crs=own), name="", stated=layout.crs or None)
        moved = np.asarray(reproject(shapes, crs.to_wkt(), "EPSG:4326"))
    except CRSError as error:
        values = {key: value for key, value in error.args_.items() if key not in ("reason", "detail", "name")}
        raise ContentError(f"run.crs_{error.args_['reason']}", **values) from error
    extent = shapely.total_bounds(moved)
    if not np.isfinite(extent).all() or np.abs(extent[[1, 3]]).max() > 90:
        raise ContentError("run.not_degrees", crs=crs.name)
    return moved


def _points(shapes: Any) -> Iterable[tuple[float | None, float | None]]:
    usable = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    points = np.full(len(shapes), None, dtype=object)
    points[usable] = shapely.point_on_surface(shapes[usable])
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    return [(float(x), float(y)) if x == x else (None, None) for x, y in zip(lon, lat, strict=True)]
