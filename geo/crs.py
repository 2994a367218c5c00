"""Coordinate systems: VN-2000 in, EPSG:4326 stored, a metric one to measure in.

GIS departments deliver VN-2000 in the province's 3-degree zone (EPSG:9205 … 9218). Its datum lies about 223 m from WGS 84 in Điện
Biên; PROJ knows the parameters (operation "VN-2000 to WGS 84 (2)", a Helmert transformation, no grid file). A transformation that
PROJ could only guess ("ballpark") is refused, because it would put places 223 m off without a word.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.transformer import AreaOfInterest, TransformerGroup

from geo.errors import CRSError

WGS84 = CRS.from_epsg(4326)
VIETNAM = AreaOfInterest(102.0, 7.5, 115.0, 23.5)

_ZONE_OF_PROVINCE = {"11": 9205, "10": 9208, "15": 9208, "40": 9208, "04": 9210}
_ZONE_AT_MERIDIAN = {
    103.0: 9205,
    104.0: 9206,
    104.5: 9207,
    104.75: 9208,
    105.5: 9209,
    105.75: 9210,
    106.0: 9211,
    106.25: 9212,
    106.5: 9213,
    107.0: 9214,
    107.25: 9215,
    107.5: 9216,
    108.25: 9217,
    108.5: 9218,
}


def metric_crs(province_code: str, lon: float | None = None) -> str:
    """The VN-2000 zone a province measures in, e.g. "EPSG:9205"; by the nearest central meridian to `lon` for other provinces.

    Raises CRSError for a province without a listed zone when `lon` is not given.
    """
    zone = _ZONE_OF_PROVINCE.get(province_code)
    if zone is not None:
        return f"EPSG:{zone}"
    if lon is None:
        raise CRSError(f"no metric CRS without the longitude of province {province_code}", reason="unlisted", province=province_code)
    nearest = min(_ZONE_AT_MERIDIAN, key=lambda meridian: abs(meridian - lon))
    return f"EPSG:{_ZONE_AT_MERIDIAN[nearest]}"


def stated_crs(text: str) -> CRS:
    """The coordinate system that a person named, e.g. "EPSG:9205". Raises CRSError when there is none of that name."""
    try:
        return CRS.from_user_input(text)
    except ProjCRSError as error:
        raise CRSError(f"{text} is not a coordinate system; write e.g. EPSG:9205", reason="unknown", crs=text) from error


def crs_of(frame: gpd.GeoDataFrame, *, name: str, stated: str | None = None) -> CRS:
    """The CRS of `frame`; `stated` is what the person said, for a file that says nothing.

    A file that claims degrees but holds metres (GeoJSON has no other way) says nothing. Raises CRSError when neither says, or when
    they say different things.
    """
    own = _own_crs(frame)
    said = None if stated is None else stated_crs(stated)
    if own is None:
        if said is None:
            raise CRSError(f"{name} has no coordinate system; pass --crs, e.g. EPSG:9205 for Điện Biên", reason="missing", name=name)
        return said
    if said is not None and not own.equals(said, ignore_axis_order=True) and own.to_epsg() != said.to_epsg():
        raise CRSError(f"{name} says {own.name}, --crs says {said.name}", reason="contradicted", name=name, own=own.name, stated=said.name)
    return own


def _own_crs(frame: gpd.GeoDataFrame) -> CRS | None:
    if frame.crs is None or frame.crs.is_engineering:
        return None
    extent = np.abs(frame.total_bounds)
    return None if frame.crs.is_geographic and np.nanmax(extent, initial=0.0) > 360 else CRS(frame.crs)


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> Transformer:
    """The exact transformation between two systems (any text PROJ reads), x before y.

    Raises CRSError when PROJ knows none of stated accuracy, or when it would need a grid file from the network.
    """
    found = TransformerGroup(source, target, always_xy=True, area_of_interest=VIETNAM, allow_ballpark=False)
    if not found.transformers or not found.best_available:
        names = {"source": CRS(source).name, "target": CRS(target).name}
        raise CRSError(f"no exact transformation from {names['source']} to {names['target']}", reason="inexact", **names)
    return found.transformers[0]


def reproject(geometry: Any, source: CRS | str, target: CRS | str) -> Any:
    """Geometry or array of geometries from `source` to `target`; x is longitude or easting in both."""
    move = transformer(_text(source), _text(target))

    def apply(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(move.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(geometry, apply)


def project(lon: npt.ArrayLike, lat: npt.ArrayLike, metric: str) -> npt.NDArray[np.float64]:
    """Columns easting, northing in metres of EPSG:4326 coordinates."""
    return np.column_stack(transformer("EPSG:4326", metric).transform(np.asarray(lon, float), np.asarray(lat, float)))


def _text(crs: CRS | str) -> str:
    return crs if isinstance(crs, str) else crs.to_wkt()
