"""Geographic files through OGR: their layers, and the one that is meant as a frame. What is wrong is said as a reason with values."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path
from typing import Any

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
    if not layers:
        raise GeoFileError("unreadable", detail="0 layers") if layer is None else GeoFileError("no_layer", layer=layer, layers="0")
    if layer is None and len(layers) == 1:
        return layers[0]
    if layer is None or layer not in layers:
        raise GeoFileError("which_layer" if layer is None else "no_layer", layer=layer, layers=", ".join(layers) or "0")
    return layer


def layer_frame(source: str, layer: str, encoding: str | None = None) -> gpd.GeoDataFrame:
    """The layer's rows. The text of a Shapefile is in `encoding`, else what its .cpg says, else UTF-8 if it can be.

    GDAL's own decoding of windows-1258 drops the last letter of every text, so the bytes are decoded here.
    """
    if not source.lower().endswith(".shp"):
        return _read(source, layer, None)
    stated = encoding or _said_encoding(source)
    raw = _read(source, layer, "ISO-8859-1")  # a letter for every byte
    try:
        return _decoded(raw, stated or "UTF-8")
    except UnicodeDecodeError as error:
        if stated:
            raise GeoFileError("unreadable", detail=f"{error.encoding}, {error.reason}") from error
    return _read(source, layer, None)


def _said_encoding(source: str) -> str | None:
    """What the .cpg beside a Shapefile says, when Python knows it."""
    said = _cpg(source).strip().lower().removeprefix("ansi ")
    name = {"65001": "utf-8", "88591": "latin-1", "iso 88591": "latin-1"}.get(said, f"cp{said}" if said.isdigit() else said)
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        return None


def _cpg(source: str) -> str:
    """The text of the .cpg, "" when there is none. In a zip as OGR names it: /vsizip/PATH.zip/NAME.shp."""
    if not source.startswith("/vsizip/"):
        path = next((path for suffix in (".cpg", ".CPG") if (path := Path(source).with_suffix(suffix)).exists()), None)
        return "" if path is None else path.read_bytes()[:40].decode("ascii", "replace")
    end = source.lower().index(".zip/") + 4
    with zipfile.ZipFile(source[len("/vsizip/") : end]) as archive:
        wanted = source[end + 1 :].lower().removesuffix(".shp") + ".cpg"
        name = next((name for name in archive.namelist() if name.lower() == wanted), None)
        return "" if name is None else archive.read(name)[:40].decode("ascii", "replace")


def _decoded(frame: gpd.GeoDataFrame, encoding: str) -> gpd.GeoDataFrame:
    def decode(value: Any) -> Any:
        return value.encode("latin-1").decode(encoding) if isinstance(value, str) else value

    shape = frame.geometry.name
    texts = [name for name in frame.columns if name != shape and not pd.api.types.is_numeric_dtype(frame[name])]
    texts = [name for name in texts if not pd.api.types.is_datetime64_any_dtype(frame[name])]
    decoded = frame.assign(**{name: [decode(value) for value in frame[name]] for name in texts})
    return decoded.rename(columns={name: decode(name) for name in frame.columns if name != shape})


def _read(source: str, layer: str, encoding: str | None) -> gpd.GeoDataFrame:
    # A GML file may name a schema on any host; nothing is fetched for it.
    own = {"DOWNLOAD_SCHEMA": "NO"} if source.lower().endswith(".gml") else {}
    try:
        frame = pyogrio.read_dataframe(source, layer=layer, encoding=encoding, **own)
    except (DataSourceError, DataLayerError, OSError, ValueError) as error:  # UnicodeDecodeError is a ValueError
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
