"""Outlines as files bring them: GeoPackage, GeoJSON or Shapefile (zipped, too) → EPSG:4326 MultiPolygons with code, name and parent.

Nothing is guessed: a file that does not say its coordinate system is refused, unless the person says it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from feeds.archives import ABOUT, side_files, unpack
from feeds.errors import CommandError, ContentError
from feeds.geo_files import GeoFileError, chosen_layer, layer_frame
from feeds.parsing.limits import IMPORT
from feeds.parsing.process import apart
from feeds.texts import CATALOGUE
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
_LONGEST_STEM = 60
MAX_BYTES, UNPACKED_BYTES = 1_000_000_000, 2_000_000_000


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

    Read in a process of its own. Raises CommandError for whatever a person has to put right.
    """
    asked = Asked(path, layer, level, day, crs, encoding)
    try:
        return apart(outlines_of, _files(path), asked, limits=IMPORT)
    except ContentError as error:
        detail = CATALOGUE.both(error.code, **error.values)
        raise CommandError("boundaries.unreadable", path=path, detail=detail) from error


class Asked(NamedTuple):
    """What a person said about a file."""

    path: Path
    layer: str | None
    level: str
    day: date
    crs: str | None
    encoding: str | None


def outlines_of(files: dict[str, bytes], asked: Asked) -> BoundaryFile:
    """The outlines in a file's bytes; `files`: it and what belongs to it, by name. Raises CommandError and ContentError."""
    path, level = asked.path, asked.level
    with tempfile.TemporaryDirectory(prefix="ioc-") as folder:
        source = _source(files, path, Path(folder))
        chosen = _layer(source, path, asked.layer)
        frame = _frame(source, path, chosen, asked.encoding)
    found = _crs(frame, path, asked.crs)
    _check_level(frame, path, level)
    columns = _columns(frame, path, level)
    codes = [_padded(code, DIGITS[level]) for code in _texts(frame, columns.get("code"))]
    parents = [_padded(code, _parent_digits(level, asked.day)) for code in _texts(frame, columns.get("parent_code"))]
    names = _texts(frame, columns.get("name"))
    begins = _days(frame, columns.get("valid_from"))
    ends = [None if end is None else end - timedelta(days=1) for end in _days(frame, columns.get("valid_to"))]
    polygons, repaired = _polygons(frame)
    _refuse_empty(polygons, codes, names, path)
    shapes = _in_degrees(polygons, found, path)
    outlines = zip(range(1, len(frame) + 1), codes, names, parents, begins, ends, shapes, strict=True)
    return BoundaryFile(path.name, chosen, tuple(Outline(*values) for values in outlines), repaired)


# ── The file ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _files(path: Path) -> dict[str, bytes]:
    """The file, and the side files of a Shapefile. Nothing of it is interpreted."""
    if not path.exists():
        raise CommandError("boundaries.absent", path=path)
    sides = [other for other in path.parent.iterdir() if other.is_file()] if path.suffix.lower() == ".shp" else []
    own = set(side_files(path.name, [other.name for other in sides]))
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CommandError("boundaries.unreadable", path=path, detail=CATALOGUE.both("run.too_large", limit=MAX_BYTES))
        return {path.name: path.read_bytes(), **{other.name: other.read_bytes() for other in sides if other.name in own}}
    except OSError as error:
        raise CommandError("boundaries.unreadable", path=path, detail=error.strerror or "") from error


def _source(files: dict[str, bytes], path: Path, folder: Path) -> str:
    """The one geographic file, written where GDAL finds it and nothing else."""
    name = path.name
    if path.suffix.lower() == ".zip":
        files = unpack(files[name], UNPACKED_BYTES)
        inside = [inner for inner in files if inner.lower().endswith(_SUFFIXES) and Path(inner).stem.lower() not in ABOUT]
        if len(inside) != 1:
            raise CommandError("boundaries.zip", path=path, found=", ".join(inside) or "0")
        name = inside[0]
    elif path.suffix.lower() not in _SUFFIXES:
        raise CommandError("boundaries.zip", path=path, found=path.name)
    stem = Path(name).stem if len(Path(name).stem) <= _LONGEST_STEM else "data"
    for part in (name, *side_files(name, files)):
        (folder / f"{stem}{Path(part).suffix.lower()}").write_bytes(files[part])
    return str(folder / f"{stem}{Path(name).suffix.lower()}")


def _layer(source: str, path: Path, layer: str | None) -> str:
    try:
        return chosen_layer(source, layer)
    except GeoFileError as error:
        raise _said(error, path) from error


def _said(error: GeoFileError, path: Path) -> CommandError:
    return CommandError(f"boundaries.{error.reason}", path=path, **error.values)


def _frame(source: str, path: Path, layer: str, encoding: str | None) -> gpd.GeoDataFrame:
    try:
        frame = layer_frame(source, layer, encoding)
    except GeoFileError as error:
        raise _said(error, path) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise CommandError("boundaries.no_outlines", path=path, layer=layer)
    return frame


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
