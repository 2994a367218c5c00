"""Geographic files through OGR: their layers, and the one that is meant as a frame. What is wrong is said as a reason with values.

Only real files with one of the suffixes of `feeds.gdal_drivers` are opened, each by the one driver of its suffix.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FieldError

from feeds.gdal_drivers import DRIVERS, OPEN_OPTIONS, OtherContentError, check_content, restrict
from geo.legacy_text import looks_like

NOT_DATA = {"layer_styles", "qgis_projects"}
"""Tables that QGIS keeps its own things in."""
_KML_DRAWING = ("timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon")


class GeoFileError(Exception):
    """reason: unreadable | other_content | which_layer | no_layer | no_outlines | old_text; each caller has a text of its own for it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"{reason} {values}")
        self.reason = reason
        self.values = values


def chosen_layer(source: str, layer: str | None) -> str:
    """The layer that is meant: the only one with shapes when none is named, else the only table. source: a path.

    Raises GeoFileError, also for a file that is not what its suffix says.
    """
    found = _layers(source)
    layers = [name for name, shaped in found.items() if shaped] or [name for name in found if name not in NOT_DATA]
    if not layers:
        raise GeoFileError("unreadable", detail="0 layers") if layer is None else GeoFileError("no_layer", layer=layer, layers="0")
    if layer is None and len(layers) == 1:
        return layers[0]
    if layer is None or layer not in found:
        raise GeoFileError("which_layer" if layer is None else "no_layer", layer=layer, layers=", ".join(layers) or "0")
    return layer


def _layers(source: str) -> dict[str, bool]:
    """Name of every layer → whether it has shapes."""
    path = Path(source)
    if path.suffix.lower() not in DRIVERS or source.startswith("/vsi"):
        raise GeoFileError("unreadable", detail=path.suffix)
    restrict()
    try:
        check_content(path)
        return {str(name): kind is not None for name, kind in pyogrio.list_layers(path)}
    except OtherContentError as error:
        raise GeoFileError("other_content", suffix=error.suffix, found=error.found) from error
    except (DataSourceError, OSError) as error:
        raise GeoFileError("unreadable", detail=_first(error)) from error


def layer_frame(source: str, layer: str, encoding: str | None = None) -> gpd.GeoDataFrame | pd.DataFrame:
    """The layer's rows, without a geometry column for a table. The text of a Shapefile is in `encoding`, else what its .cpg says, else
    UTF-8 if it can be.

    GDAL's own decoding of windows-1258 drops the last letter of every text, so the bytes are decoded here.
    """
    if not source.lower().endswith(".shp"):
        return _read(source, layer, None)
    stated = encoding or _said_encoding(source)
    raw = _read(source, layer, "ISO-8859-1")  # a letter for every byte
    try:
        return _decoded(raw, stated or "UTF-8")
    except UnicodeDecodeError as error:
        _refuse_old(raw)
        if stated:
            raise GeoFileError("unreadable", detail=f"{error.encoding}, {error.reason}") from error
    return _read(source, layer, None)


def _refuse_old(raw: pd.DataFrame) -> None:
    """Raises GeoFileError when a column of text, a letter for every byte, looks like TCVN3 or VNI."""
    for column in raw.columns:
        texts = [value for value in raw[column].head(500) if isinstance(value, str) and not value.isascii()]
        encoding = looks_like(texts)
        if encoding is not None:
            raise GeoFileError("old_text", column=str(column), encoding=encoding)


def _said_encoding(source: str) -> str | None:
    """What the .cpg beside a Shapefile says, when Python knows it."""
    said = _cpg(source).strip().lower().removeprefix("ansi ")
    name = {"65001": "utf-8", "88591": "latin-1", "iso 88591": "latin-1"}.get(said, f"cp{said}" if said.isdigit() else said)
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        return None


def _cpg(source: str) -> str:
    """The text of the .cpg, "" when there is none."""
    path = next((path for suffix in (".cpg", ".CPG") if (path := Path(source).with_suffix(suffix)).exists()), None)
    return "" if path is None else path.read_bytes()[:40].decode("ascii", "replace")


def _decoded(frame: pd.DataFrame, encoding: str) -> pd.DataFrame:
    def decode(value: Any) -> Any:
        return value.encode("latin-1").decode(encoding) if isinstance(value, str) else value

    shape = _shape_column(frame)
    texts = [name for name in frame.columns if name != shape and not pd.api.types.is_numeric_dtype(frame[name])]
    texts = [name for name in texts if not pd.api.types.is_datetime64_any_dtype(frame[name])]
    decoded = frame.assign(**{name: [decode(value) for value in frame[name]] for name in texts})
    return decoded.rename(columns={name: decode(name) for name in frame.columns if name != shape})


def _shape_column(frame: pd.DataFrame) -> str | None:
    return str(frame.geometry.name) if isinstance(frame, gpd.GeoDataFrame) else None


def _read(source: str, layer: str, encoding: str | None) -> pd.DataFrame:
    """A shape that cannot be built is none: its row is for the caller to turn away, the others are read."""
    suffix = Path(source).suffix.lower()
    restrict()
    try:
        if pyogrio.read_info(source, layer=layer)["driver"] != DRIVERS[suffix]:
            raise GeoFileError("other_content", suffix=suffix, found="")
        own = OPEN_OPTIONS.get(suffix, {})
        frame = pyogrio.read_dataframe(source, layer=layer, encoding=encoding, on_invalid="ignore", **own)
    except (DataSourceError, DataLayerError, FieldError, OSError, ValueError) as error:  # UnicodeDecodeError is a ValueError
        raise GeoFileError("unreadable", detail=_first(error)) from error
    if frame.empty:
        raise GeoFileError("no_outlines", layer=layer)
    return _without_drawing(frame) if suffix == ".kml" else frame


def _without_drawing(frame: pd.DataFrame) -> pd.DataFrame:
    """A KML layer without the columns that only say how it is drawn, when they say nothing."""
    drawing = [name for name in _KML_DRAWING if name in frame and frame[name].isin([-1, 0]).where(frame[name].notna(), True).all()]
    return frame.drop(columns=drawing)


def plain_values(values: pd.Series) -> list[object]:
    """A column as Python's own values: None for what is missing, datetime for times."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(value) else value.to_pydatetime() for value in values]
    return [None if value is None or value is pd.NA or value != value else value for value in values.tolist()]


def _first(error: Exception) -> str:
    """What the library says first, without the path of the file, which may be one that nobody knows."""
    said = str(error).split(";")[0]
    return said if "/" not in said else said.split("/")[0].strip(" '\":") or "–"
