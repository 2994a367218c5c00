"""Outlines as files bring them: GeoPackage, GeoJSON or Shapefile (zipped, too) → EPSG:4326 MultiPolygons with code, name and parent.

Nothing is guessed: a file that does not say its coordinate system is refused, unless the person says it.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from feeds.errors import CommandError
from feeds.geo_files import GeoFileError, chosen_layer, layer_frame
from geo.crs import crs_of, reproject
from geo.errors import CRSError
from geo.names import search_key
from geo.schematic import merged
from geo.units import NEW_FROM

DIGITS = {"province": 2, "district": 3, "commune": 5}
_OWN = {"province": "tinh", "district": "huyen", "commune": "xa"}
_PARENT = {"province": "", "district": "tinh", "commune": "huyen"}
Shapes = npt.NDArray[np.object_]
_SUFFIXES = (".shp", ".gpkg", ".geojson", ".json")


class Outline(NamedTuple):
    """One outline of a file.

    row: counted from 1. code, name, parent_code: "" where the file does not say. begins, ends: first and last day that the unit was
    valid, None where it does not say (a file's `valid_to` is the first day it was no longer). shape: EPSG:4326, valid.
    """

    row: int
    code: str
    name: str
    parent_code: str
    begins: date | None
    ends: date | None
    shape: shapely.MultiPolygon


@dataclass(frozen=True)
class BoundaryFile:
    """One layer of a file. repaired: number of shapes that were not valid."""

    name: str
    layer: str
    outlines: tuple[Outline, ...]
    repaired: int


def read_boundaries(path: Path, *, layer: str | None, level: str, day: date, crs: str | None, encoding: str | None = None) -> BoundaryFile:
    """The outlines of one layer; `day`: of which structure they are; encoding: of a Shapefile's text.

    Raises CommandError for whatever a person has to put right.
    """
    source = _source(path)
    chosen = _layer(source, path, layer)
    frame = _frame(source, path, chosen, encoding)
    found = _crs(frame, path, crs)
    _check_level(frame, path, level)
    columns = _columns(frame, path, level)
    codes = [_padded(code, DIGITS[level]) for code in _texts(frame, columns.get("code"))]
    parents = [_padded(code, _parent_digits(level, day)) for code in _texts(frame, columns.get("parent_code"))]
    names = _texts(frame, columns.get("name"))
    begins = _days(frame, columns.get("valid_from"))
    ends = [None if end is None else end - timedelta(days=1) for end in _days(frame, columns.get("valid_to"))]
    polygons, repaired = _polygons(frame)
    _refuse_empty(polygons, codes, names, path)
    shapes = _in_degrees(polygons, found, path)
    outlines = zip(range(1, len(frame) + 1), codes, names, parents, begins, ends, shapes, strict=True)
    return BoundaryFile(path.name, chosen, tuple(Outline(*values) for values in outlines), repaired)


# ── The file ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _source(path: Path) -> str:
    if not path.exists():
        raise CommandError("boundaries.absent", path=path)
    if path.suffix.lower() != ".zip":
        return str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [name for name in archive.namelist() if name.lower().endswith(_SUFFIXES)]
    except (OSError, zipfile.BadZipFile) as error:
        raise CommandError("boundaries.unreadable", path=path, detail=str(error)) from error
    if len(inside) != 1:
        raise CommandError("boundaries.zip", path=path, found=", ".join(inside) or "0")
    return f"/vsizip/{path.resolve()}/{inside[0]}"


def _layer(source: str, path: Path, layer: str | None) -> str:
    try:
        return chosen_layer(source, layer)
    except GeoFileError as error:
        raise CommandError(f"boundaries.{error.reason}", path=path, **error.values) from error


def _frame(source: str, path: Path, layer: str, encoding: str | None) -> gpd.GeoDataFrame:
    try:
        return layer_frame(source, layer, encoding)
    except GeoFileError as error:
        raise CommandError(f"boundaries.{error.reason}", path=path, **error.values) from error


def _crs(frame: gpd.GeoDataFrame, path: Path, stated: str | None) -> str:
    try:
        return str(crs_of(frame, name=path.name, stated=stated).to_wkt())
    except CRSError as error:
        raise _refused(error, path) from error


def _refused(error: CRSError, path: Path) -> CommandError:
    values = {key: value for key, value in error.args_.items() if key not in ("reason", "detail", "name")}
    return CommandError(f"boundaries.crs_{error.args_['reason']}", path=path, **values)


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _aliases(level: str) -> dict[str, tuple[str, ...]]:
    own, parent = _OWN[level], _PARENT[level]
    above = (f"ma {parent}", f"ma{parent}") if parent else ()
    return {
        "code": ("code", f"ma {own}", f"ma{own}", "ma dvhc", "madvhc", "ma"),
        "name": ("name", "full name", f"ten {own}", f"ten{own}", "ten dvhc", "tendvhc", "ten"),
        "parent_code": ("parent code", "parent cod", "ma cha", "macha", *above),
        "valid_from": ("valid from",),
        "valid_to": ("valid to",),
    }


def _columns(frame: gpd.GeoDataFrame, path: Path, level: str) -> dict[str, str]:
    own = {search_key(str(column)): str(column) for column in frame.columns if column != frame.geometry.name}
    found = {name: own[alias] for name, aliases in _aliases(level).items() for alias in aliases[::-1] if alias in own}
    if "code" not in found and "name" not in found:
        raise CommandError("boundaries.no_columns", path=path, columns=", ".join(own.values()) or "0")
    return found


def _check_level(frame: gpd.GeoDataFrame, path: Path, level: str) -> None:
    said = {str(value) for value in frame["level"].dropna()} if "level" in frame else set()
    if said & set(DIGITS) and said != {level}:
        raise CommandError("boundaries.other_level", path=path, level=level, found=", ".join(sorted(said)))


def _texts(frame: gpd.GeoDataFrame, column: str | None) -> list[str]:
    if column is None:
        return [""] * len(frame)
    values = frame[column]
    if pd.api.types.is_float_dtype(values):
        values = values.astype("Int64")
    return ["" if pd.isna(value) else str(value).strip() for value in values]


def _padded(code: str, digits: int) -> str:
    """A code that lost its zeros as a number gets them back."""
    return code.zfill(digits) if code.isdigit() else code


def _parent_digits(level: str, day: date) -> int:
    if level == "province":
        return 0
    return DIGITS["district"] if level == "commune" and day < NEW_FROM else DIGITS["province"]


def _days(frame: gpd.GeoDataFrame, column: str | None) -> list[date | None]:
    if column is None:
        return [None] * len(frame)
    days = pd.to_datetime(frame[column], errors="coerce")
    return [None if pd.isna(day) else day.date() for day in days]


# ── Shapes ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _polygons(frame: gpd.GeoDataFrame) -> tuple[Shapes, int]:
    """The polygons of every shape, made valid, and how many were not."""
    shapes = np.asarray(shapely.force_2d(np.asarray(frame.geometry.array, dtype=object)))
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    return np.array([None if shape is None else merged(shapely.get_parts(shape)) for shape in shapes], dtype=object), int(broken.sum())


def _refuse_empty(polygons: Shapes, codes: list[str], names: list[str], path: Path) -> None:
    empty = [position for position, shape in enumerate(polygons) if shape is None or shape.is_empty]
    if empty:
        rows = [f"{position + 1} ({codes[position]} {names[position]})" for position in empty[:10]]
        raise CommandError("boundaries.empty", path=path, count=len(empty), rows=", ".join(rows))


def _in_degrees(polygons: Shapes, crs: str, path: Path) -> Shapes:
    try:
        outlines = np.asarray(reproject(polygons, crs, "EPSG:4326"))
    except CRSError as error:
        raise _refused(error, path) from error
    bent = ~shapely.is_valid(outlines)  # a hair's breadth can cross itself on the way
    repaired = shapely.make_valid(outlines[bent], method="structure", keep_collapsed=False)
    outlines[bent] = np.array([merged(shapely.get_parts(shape)) for shape in repaired], dtype=object)
    return outlines
