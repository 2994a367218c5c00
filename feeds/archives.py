"""Zip files from outside, unpacked in memory within limits: what they claim about themselves is not believed."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath

from feeds.errors import ContentError
from feeds.fetching import FILE_FORMATS

MAX_ENTRIES = 200
MAX_RATIO = 200
SUSPECT_BYTES = 10_000_000
"""Only what unpacks beyond this is measured by its ratio: a short table of zeros may shrink to nothing."""
NESTED = {".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".tgz"}
SHAPEFILE = (".shp", ".shx", ".dbf")
SIDE_FILES = {".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj"}
_NOISE = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
LAYERS = {".shp", ".gpkg", ".geojson", ".gml", ".kml"}
ABOUT = {"metadata", "readme", "read-me", "license", "licence", "datapackage", "manifest", "schema"}
_ENCRYPTED = 0x1
_PIECE_BYTES = 1_000_000


def unpack(data: bytes, limit: int) -> dict[str, bytes]:
    """Name → bytes of what is in a zip. limit: of all bytes together, counted while they are unpacked.

    Raises ContentError for a broken or encrypted archive, too many entries, a ratio no table has, names that lead elsewhere, and archives
    within.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_ENTRIES:
                raise ContentError("run.zip_entries", limit=MAX_ENTRIES, found=len(entries))
            wanted = [entry for entry in entries if not _is_noise(entry.filename)]
            for entry in wanted:
                _check(entry)
            return _contents(archive, wanted, len(data), limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise ContentError("run.zip_invalid") from error


def _is_noise(name: str) -> bool:
    folded = name.casefold()
    return folded.startswith(_NOISE[0]) or PurePosixPath(folded).name in _NOISE[1:] or PurePosixPath(folded).name.startswith("._")


def _check(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    if posix.is_absolute() or windows.drive or windows.root or ".." in (*posix.parts, *windows.parts):
        raise ContentError("run.zip_unsafe", name=name[:80])
    if posix.suffix.lower() in NESTED:
        raise ContentError("run.zip_nested", name=name[:80])
    if entry.flag_bits & _ENCRYPTED:
        raise ContentError("run.zip_encrypted", name=name[:80])


def _contents(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], packed: int, limit: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = limit
    for entry in entries:
        with archive.open(entry) as file:
            files[entry.filename] = file.read(left + 1)
        left -= len(files[entry.filename])
        if left < 0:
            raise ContentError("run.too_large", limit=limit)
        if limit - left > max(SUSPECT_BYTES, packed * MAX_RATIO):
            raise ContentError("run.zip_bomb", ratio=MAX_RATIO)
    return files


def find_table(files: dict[str, bytes], layer: str = "") -> str:
    """The name of the one table in an archive: the geographic layer where there is one, else the only table; of several, `layer`.

    Raises ContentError when there is none, or several, or half a Shapefile.
    """
    tables = [name for name in files if Path(name).suffix.lower() in {*FILE_FORMATS, ".shp"} and not _is_about(name, files)]
    layers = [name for name in tables if Path(name).suffix.lower() in LAYERS]
    named = [name for name in tables if Path(name).stem == layer or Path(name).name.lower() == "doc.kml"]  # doc.kml: what a KMZ shows
    found = next((names for names in (named, layers, tables) if len(names) == 1), tables)
    if len(found) != 1:
        raise ContentError("run.zip_tables", found=", ".join(sorted(found)[:10]) or "0")
    name = found[0]
    if name.lower().endswith(".shp"):
        present = {Path(other).suffix.lower() for other in (name, *side_files(name, files))}
        missing = [suffix for suffix in SHAPEFILE if suffix not in present]
        if missing:
            raise ContentError("run.shapefile_incomplete", missing=", ".join(missing))
    return name


def side_files(name: str, files: Iterable[str]) -> list[str]:
    """The side files of a Shapefile: beside it, whatever the case of their names."""
    own = PurePosixPath(name)
    return [
        other
        for other in files
        if (path := PurePosixPath(other)).parent == own.parent
        and path.stem.casefold() == own.stem.casefold()
        and path.suffix.lower() in SIDE_FILES
    ]


def _is_about(name: str, files: dict[str, bytes]) -> bool:
    """What lies beside the table and tells about it is none."""
    path = PurePosixPath(name.lower())
    return len(files) > 1 and (path.suffix == ".txt" or path.stem in ABOUT)


def gunzip(data: bytes, limit: int) -> bytes:
    """What a .gz holds, at most `limit` bytes. Raises ContentError for a broken one, a ratio no table has, and an archive within."""
    unpacked = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while piece := file.read(_PIECE_BYTES):
                unpacked += piece
                if len(unpacked) > limit:
                    raise ContentError("run.too_large", limit=limit)
                if len(unpacked) > max(SUSPECT_BYTES, len(data) * MAX_RATIO):
                    raise ContentError("run.zip_bomb", ratio=MAX_RATIO)
    except (EOFError, zlib.error, OSError) as error:
        raise ContentError("run.zip_invalid", detail="gzip") from error
    if unpacked[257:262] == b"ustar" or unpacked[:2] == b"\x1f\x8b":
        raise ContentError("run.zip_nested", name=".tar" if unpacked[257:262] == b"ustar" else ".gz")
    return bytes(unpacked)
