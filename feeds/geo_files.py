"""Geographic files through OGR: their layers, and the one that is meant as a frame. What is wrong is said as a reason with values."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError


class GeoFileError(Exception):
    """reason: unreadable | which_layer | no_layer | no_outlines; each caller has a text of its own for it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"{reason} {values}")
        self.reason = reason
        self.values = values


def chosen_layer(source: str, layer: str | None) -> str:
    """The layer that is meant: the only one with shapes when none is named. source: a path, or one of OGR's /vsi… names."""
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
    except (DataSourceError, OSError) as error:
        raise GeoFileError("unreadable", detail=_first(error)) from error
    if layer is None and len(layers) == 1:
        return layers[0]
    if layer is None or layer not in layers:
        raise GeoFileError("which_layer" if layer is None else "no_layer", layer=layer, layers=", ".join(layers) or "0")
    return layer


def layer_frame(source: str, layer: str, encoding: str | None = None) -> gpd.GeoDataFrame:
    """The layer's rows. A Shapefile that does not say its encoding (no .cpg) is UTF-8 if it can be, unless `encoding` is given."""
    path = Path(source)
    silent = path.suffix.lower() == ".shp" and not source.startswith("/vsi")
    if encoding is None and silent and not any(path.with_suffix(suffix).exists() for suffix in (".cpg", ".CPG")):
        try:
            return _read(source, layer, "UTF-8")
        except UnicodeDecodeError:
            pass
    try:
        return _read(source, layer, encoding)
    except UnicodeDecodeError as error:
        raise GeoFileError("unreadable", detail=f"{error.encoding}, {error.reason}") from error


def _read(source: str, layer: str, encoding: str | None) -> gpd.GeoDataFrame:
    # A GML file may name a schema on any host; nothing is fetched for it.
    own = {"DOWNLOAD_SCHEMA": "NO"} if source.lower().endswith(".gml") else {}
    try:
        frame = pyogrio.read_dataframe(source, layer=layer, encoding=encoding, **own)
    except UnicodeDecodeError:
        raise
    except (DataSourceError, DataLayerError, OSError, ValueError) as error:
        raise GeoFileError("unreadable", detail=_first(error)) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise GeoFileError("no_outlines", layer=layer)
    return frame


def plain_values(values: pd.Series) -> list[object]:
    """A column as Python's own values: None for what is missing, datetime for times."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(value) else value.to_pydatetime() for value in values]
    return [None if value is None or value is pd.NA or value != value else value for value in values.tolist()]


def _first(error: Exception) -> str:
    """What the library says first, without the path of the file, which may be one that nobody knows."""
    said = str(error).split(";")[0]
    return said if "/" not in said else said.split("/")[0].strip(" '\":") or type(error).__name__
