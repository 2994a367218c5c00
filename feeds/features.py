"""Features of geographic files as rows: their attributes, and where they lie in `lon`, `lat` and `geometry` (EPSG:4326, x = lon).

A point is itself, any other shape has a point that lies in it. A file that does not say its coordinate system is asked about
(`Layout.crs`), never guessed. A feature without a shape keeps its own attributes of longitude and latitude; one whose shape is broken is
set aside, and the others are taken.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjCRSError
from shapely.geometry import shape

from feeds.archives import find_table, side_files, unpack
from feeds.errors import ContentError, FetchError, RowError
from feeds.fetching import FILE_FORMATS, Layout, Unreadable
from feeds.geo_files import GeoFileError, chosen_layer, layer_frame, plain_values
from feeds.tables import Row, Table, header, read_table, records
from geo.crs import crs_of, reproject
from geo.errors import CRSError
from geo.names import search_key

PLACE = ("lon", "lat", "geometry")
OWN_PLACE = {"lon": ("lon", "long", "lng", "longitude", "kinh do"), "lat": ("lat", "latitude", "vi do")}
"""Attributes by which a feature without a shape says where it is, in degrees."""
_CRS_NAME = re.compile(r"(urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/|EPSG:|OGC:)[\w:./-]{1,60}", re.IGNORECASE)
_GRID_FILES = re.compile(r"grids\s*=|PARAMETERFILE", re.IGNORECASE)
_LONGEST_STEM = 60


def read_features(data: bytes, layout: Layout) -> Table:
    """Rows of a file that OGR reads, or of the one table in a zip. Raises ContentError saying what is wrong."""
    if layout.format == "zip":
        return _zip(data, layout)
    return _ogr({f"data{layout.suffix or '.gpkg'}": data}, layout)


def _zip(data: bytes, layout: Layout) -> Table:
    files = unpack(data, layout.max_bytes)
    name = find_table(files, layout.layer)
    suffix = Path(name).suffix.lower()
    if suffix == ".shp":
        stem = _stem(name)
        parts = {f"{stem}{Path(part).suffix.lower()}": files[part] for part in (name, *side_files(name, files))}
        return _ogr(parts, layout, f"{stem}.shp")
    inner = replace(layout, format=FILE_FORMATS[suffix], suffix=suffix)
    return read_table(files[name], inner)


def _stem(name: str) -> str:
    """The file's own, by which GDAL names the layer; another where a disk might not take it."""
    stem = Path(name).stem
    return stem if stem.isprintable() and len(stem) <= _LONGEST_STEM else "data"


# ── GeoJSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_collection(value: Any, layout: Layout) -> Table:
    """Rows of a FeatureCollection that is read already. Raises ContentError when it is none."""
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list):
        raise ContentError("run.geojson_invalid")
    rows = [_attributes(number, feature) for number, feature in enumerate(features, start=1)]
    shapes, broken = np.full(len(features), None, dtype=object), np.zeros(len(features), dtype=bool)
    for place, feature in enumerate(features):
        shapes[place], broken[place] = _shape(feature)
    if layout.north_first:
        shapes = shapely.transform(shapes, lambda yx: yx[:, ::-1])
    return _placed(rows, shapes, broken, _named_crs(value.get("crs")), layout)


def _attributes(number: int, feature: Any) -> dict[str, Any]:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        raise ContentError("run.json_not_object", row=number)
    own = {"id": feature["id"]} if feature.get("id") is not None else {}
    return {**own, **(feature.get("properties") or {})}


def _shape(feature: dict[str, Any]) -> tuple[Any, bool]:
    """The shape, None where there is none, and whether it is broken."""
    if feature.get("geometry") is None:
        return None, False
    try:
        with np.errstate(invalid="ignore"):  # a coordinate that is no number makes a shape that is broken
            return shape(feature["geometry"]), False
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError, RecursionError, shapely.errors.ShapelyError):
        return None, True


def _named_crs(member: Any) -> CRS:
    """GeoJSON is in degrees unless it says otherwise the way it did before RFC 7946: by a name, never by a definition or a file."""
    properties = member.get("properties") if isinstance(member, dict) else None
    name = (properties.get("name") if isinstance(properties, dict) else None) or "OGC:CRS84"
    try:
        if not isinstance(name, str) or not _CRS_NAME.fullmatch(name):
            raise ContentError("run.crs_unknown", crs=str(name)[:80])
        return CRS.from_user_input(name)
    except ProjCRSError as error:
        raise ContentError("run.crs_unknown", crs=str(name)[:80]) from error


# ── What OGR reads ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _ogr(files: dict[str, bytes], layout: Layout, name: str = "") -> Table:
    try:
        with tempfile.TemporaryDirectory(prefix="ioc-") as folder:
            for file, data in files.items():
                (Path(folder) / file).write_bytes(data)
            source = str(Path(folder) / (name or next(iter(files))))
            frame = layer_frame(source, chosen_layer(source, layout.layer or None), layout.encoding or None)
    except GeoFileError as error:
        raise _as_content(error) from error
    except OSError as error:
        raise FetchError("run.no_room", transient=True, detail=error.strerror or "") from error
    shape_column = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    columns = [str(column) for column in frame.columns if column != shape_column]
    values = [plain_values(frame[column]) for column in columns]
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*values, strict=True)] if values else [{} for _ in range(len(frame))]
    if not isinstance(frame, gpd.GeoDataFrame):
        return records(rows)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return _placed(rows, shapes, np.zeros(len(rows), dtype=bool), _own_crs(frame), layout)


def _as_content(error: GeoFileError) -> ContentError:
    codes = {"no_outlines": "run.empty", "old_text": "run.encoding_old"}
    if error.reason == "other_content" and error.values["found"] == "html":
        return ContentError("run.html_instead")
    return ContentError(codes.get(error.reason, f"run.geo_{error.reason}"), **error.values)


def _own_crs(frame: gpd.GeoDataFrame) -> CRS | None:
    """The file's own system. Raises ContentError for one whose definition names files to compute with."""
    if frame.crs is None:
        return None
    crs = CRS(frame.crs)
    if _GRID_FILES.search(crs.to_wkt()):
        raise ContentError("run.crs_unknown", crs=crs.name[:80])
    return crs


# ── Places ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _placed(rows: list[dict[str, Any]], shapes: Any, broken: npt.NDArray[np.bool_], own: CRS | None, layout: Layout) -> Table:
    """The rows with their places. An attribute that is called like one of the place's columns gives way to a shape.

    broken: rows whose shape cannot be built; they are set aside, as are those whose shape lies nowhere on the earth.
    """
    if len(rows) and shapely.is_missing(shapes).all() and not broken.any():
        return records(rows)
    shapes = _in_degrees(_valid(shapely.force_2d(shapes), broken), own, layout, broken)
    columns = tuple(dict.fromkeys(name for row in rows for key in row if (name := header(key)) and name.casefold() not in PLACE))
    numbered = list(enumerate(zip(rows, shapes, _points(shapes), strict=True), start=1))
    table = [Row(number, _row(row, point, outline)) for number, (row, outline, point) in numbered if not broken[number - 1]]
    aside = [Unreadable(number, RowError("row.geometry_broken"), row) for number, (row, _, _) in numbered if broken[number - 1]]
    return Table((*columns, *PLACE), table, unreadable=tuple(aside))


def _row(row: dict[str, Any], point: tuple[float | None, float | None], outline: Any) -> dict[str, Any]:
    place = tuple(_own_place(row, axis) for axis in ("lon", "lat")) if outline is None else point
    return _named(row) | dict(zip(PLACE, (*place, outline), strict=True))


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for key, value in row.items() if (name := header(key)) and name.casefold() not in PLACE}


def _own_place(row: dict[str, Any], axis: str) -> Any:
    """What the attributes say where there is no shape."""
    said = {search_key(key): value for key, value in row.items() if value is not None}
    return next((said[name] for name in OWN_PLACE[axis] if name in said), None)


def _valid(shapes: Any, broken: npt.NDArray[np.bool_]) -> Any:
    """Shapes that cross themselves are put right; what cannot be is broken."""
    for place in np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)):
        try:
            repaired = shapely.make_valid(shapes[place])
        except shapely.errors.ShapelyError:
            repaired = None
        broken[place] = repaired is None or repaired.is_empty
        shapes[place] = None if broken[place] else repaired
    return shapes


def _in_degrees(shapes: Any, own: CRS | None, layout: Layout, broken: npt.NDArray[np.bool_]) -> Any:
    """The shapes in EPSG:4326; those that lie nowhere on the earth are broken, unless all are: then the system is another one."""
    if shapely.is_missing(shapes).all():
        return shapes
    try:
        crs = crs_of(gpd.GeoDataFrame(geometry=list(shapes), crs=own), name="", stated=layout.crs or None)
        moved = np.asarray(reproject(shapes, crs.to_wkt(), "EPSG:4326"))
    except CRSError as error:
        values = {key: value for key, value in error.args_.items() if key not in ("reason", "detail", "name")}
        raise ContentError(f"run.crs_{error.args_['reason']}", **values) from error
    edges = shapely.bounds(moved)
    shaped = ~shapely.is_missing(moved) & ~shapely.is_empty(moved)
    away = shaped & ~(np.isfinite(edges).all(axis=1) & (np.abs(edges[:, [1, 3]]) <= 90).all(axis=1))
    if away.sum() == shaped.sum() and shaped.any():
        raise ContentError("run.not_degrees", crs=crs.name)
    broken |= away
    moved[away] = None
    return moved


def _points(shapes: Any) -> Iterable[tuple[float | None, float | None]]:
    usable = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    points = np.full(len(shapes), None, dtype=object)
    points[usable] = shapely.point_on_surface(shapes[usable])
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    return [(float(x), float(y)) if x == x else (None, None) for x, y in zip(lon, lat, strict=True)]
