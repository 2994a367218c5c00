"""Which formats GDAL may read in this process, and what a file must be by its content before GDAL sees it.

GDAL chooses a driver by a file's content, and some of its 180 drivers read what the content names: other files, other hosts. Only the five
below stay registered; the list is closed, so that a driver of a later GDAL is not among them. Facts: GDAL's documentation of its
drivers and configuration options.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import pyogrio

from feeds.markup import root_of

DRIVERS = {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".gml": "GML", ".kml": "LIBKML", ".geojson": "GeoJSON", ".json": "GeoJSON"}
"""Suffix → the one driver that reads it."""
OPTIONS: dict[str, str] = {
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",  # no /vsicurl/ and its kin
    "CPL_ALLOW_VSISTDIN": "NO",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "GDAL_HTTP_TIMEOUT": "1",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",  # no xlink:href is followed
    "LIBKML_EXTERNAL_STYLE": "NO",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    "ALLOW_OGR_SQL_FUNCTIONS_FROM_TRIGGER_AND_VIEW": "NO",
    "OGR_EXPAT_UNLIMITED_MEM_ALLOC": "NO",
    "GDAL_CACHEMAX": "64",
}
OPEN_OPTIONS = {
    ".gml": {"DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO"},  # a GML file may name a schema on any host
    ".gpkg": {"PRELUDE_STATEMENTS": "PRAGMA trusted_schema=OFF", "NOLOCK": "YES"},
}
_MAGIC = {".shp": b"\x00\x00\x27\x0a", ".gpkg": b"SQLite format 3\x00"}
_SIGNS = {b"{": "JSON", b"[": "JSON", b"PK": "ZIP", b"SQLite": "SQLite", b"\x1f\x8b": "GZIP", b"\x00\x00\x27\x0a": "Shapefile"}
_BLANK = b"\xef\xbb\xbf \r\n\t"
_XML = {".gml", ".kml"}
_HEAD_BYTES = 1_000_000
"""The root of an XML file stands in it, whatever comments come before."""


class OtherContentError(Exception):
    """A file that is not what its name says. found: what it is instead, "" when that is not known."""

    def __init__(self, suffix: str, found: str = "") -> None:
        super().__init__(f"{suffix} {found}")
        self.suffix = suffix
        self.found = found


@cache
def restrict() -> None:
    """Leave only `DRIVERS` registered, and close GDAL's ways to the network, once in a process. Raises RuntimeError when it cannot."""
    pyogrio.set_gdal_config_options(OPTIONS)
    gdal = ctypes.CDLL(_library())
    gdal.GDALGetDriver.restype = ctypes.c_void_p
    gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
    gdal.GDALGetDriverShortName.argtypes = gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    for place in reversed(range(gdal.GDALGetDriverCount())):
        driver = gdal.GDALGetDriver(place)
        if gdal.GDALGetDriverShortName(driver).decode() not in DRIVERS.values():
            gdal.GDALDeregisterDriver(driver)
    left = set(pyogrio.list_drivers()) - set(DRIVERS.values())
    if left:
        raise RuntimeError(f"GDAL keeps the drivers {', '.join(sorted(left))}")


def _library() -> str:
    """The file of the GDAL that pyogrio has loaded."""
    with Path("/proc/self/maps").open() as maps:
        found = next((line.split(maxsplit=5)[-1].strip() for line in maps if "libgdal" in line), None)
    if found is None:
        raise RuntimeError("the GDAL that pyogrio has loaded is not found")
    return found


def check_content(path: Path) -> None:
    """Raises OtherContentError unless the file begins as one of its suffix does, whatever GDAL would take it for."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if suffix in _XML:
        _check_root(suffix, head)
    elif not _begins_right(suffix, head):
        raise OtherContentError(suffix, _known(head))


def _begins_right(suffix: str, head: bytes) -> bool:
    return head.startswith(_MAGIC[suffix]) if suffix in _MAGIC else head.lstrip(_BLANK)[:1] == b"{"


def _check_root(suffix: str, head: bytes) -> None:
    root = root_of(head)
    wrong = root in ("html", "") or root.startswith(("OGRVRT", "VRT", "DOCTYPE")) or (suffix == ".kml") != (root == "kml")
    if wrong:
        raise OtherContentError(suffix, root or _known(head))


def _known(head: bytes) -> str:
    start = head.lstrip(_BLANK)
    if start[:1] == b"<":
        return root_of(head) or "XML"
    return next((name for sign, name in _SIGNS.items() if start.startswith(sign)), "?")
