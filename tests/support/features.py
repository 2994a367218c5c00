"""Geographic files as GIS departments make them, written by GDAL."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import shapely
from shapely.geometry import Point, box

ZONE = "EPSG:9205"
"""VN-2000 as Điện Biên uses it."""
PLACES = {"V11-0001": (103.0, 21.4), "V11-0002": (103.1, 21.5)}


def villages(crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    """Two points with codes, Vietnamese names, a whole number that is missing once, and a day."""
    frame = gpd.GeoDataFrame(
        {
            "Mã thôn": list(PLACES),
            "Tên": ["Bản Mẫu Một", "Bản Mẫu Hai"],
            "ho": [12, None],
            "Ngày": ["2026-11-01", "2026-11-02"],
            "4G": ["có", "không"],
        },
        geometry=[Point(*place) for place in PLACES.values()],
        crs="EPSG:4326",
    )
    return frame.to_crs(crs)


def areas(crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    """One C-shaped area, whose middle lies outside of it."""
    shape = shapely.difference(box(103.0, 21.0, 103.2, 21.2), box(103.05, 21.05, 103.2, 21.15))
    return gpd.GeoDataFrame({"ma": ["03127"]}, geometry=[shape], crs="EPSG:4326").to_crs(crs)


def write(frame: gpd.GeoDataFrame, path: Path, **options: object) -> Path:
    """The frame as a file; columns of a Shapefile lose what ten characters cannot hold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(path, **options)
    return path


def zipped(path: Path, *files: Path, within: str = "") -> Path:
    """The files in a zip, in the folder `within` of it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"{within}{file.name}")
    return path
