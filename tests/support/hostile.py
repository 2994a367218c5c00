"""Files of ten formats that are broken or mean harm, the same ones for the same seed: mutated bytes, other contents under a name, names of
files and hosts in every place, entities that unfold, numbers without measure.
"""

from __future__ import annotations

import io
import json
import random
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from openpyxl import Workbook

from tests.support.features import villages, write

HUGE = (b"2000000000", b"99999999999999999999", b"-1", b"1e308", b"NaN", b"XFD1048576", b"4294967295")
LONGEST = 400_000
_KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>a</name><ExtendedData>'
    '<Data name="ma"><value>V11-0001</value></Data></ExtendedData><Point><coordinates>103,21,0</coordinates></Point></Placemark>'
    "</Document></kml>"
)


def hostile_files(seed: int, count: int, canary: Path, trap: str) -> Iterator[tuple[str, bytes]]:
    """Names, each once, and contents. canary: a file that must not be read; trap: the address of a host that must not be asked."""
    chance = random.Random(seed)
    base = sound_files(canary, trap)
    for number in range(count):
        suffix = chance.choice(list(base))
        data = base[suffix]
        for _ in range(chance.randint(1, 3)):
            data = chance.choice(_MUTATIONS)(data, chance, base)[:LONGEST]
        name = chance.choice(list(base)) if chance.random() < 0.25 else suffix
        yield f"{number:04}{'.gml' if name == '.vrt' else name}", _aimed(data, chance, canary, trap)


def sound_files(canary: Path, trap: str) -> dict[str, bytes]:
    """One of each format, by its suffix; the VRT is not sound, it reads the canary and asks the trap."""
    with tempfile.TemporaryDirectory() as folder:
        made = {suffix: write(villages(), Path(folder) / f"thon{suffix}").read_bytes() for suffix in (".gpkg", ".geojson", ".gml")}
        shapes = write(villages()[["geometry"]], Path(folder) / "xa.shp").parent.glob("xa.*")
        made[".zip"] = _zip({path.name: path.read_bytes() for path in sorted(shapes)})
    rows = [["Mã thôn", "Ngày", "4G"], ["V11-0001", "2026-10-31", "có"], ["V11-0002", "2026-10-31", "không"]]
    layers = "".join(
        f'<OGRVRTLayer name="l{n}"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>' for n, source in enumerate((canary, trap))
    )
    return made | {
        ".csv": "\n".join(",".join(row) for row in rows).encode(),
        ".json": json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]]).encode(),
        ".kml": _KML.encode(),
        ".xlsx": _xlsx(rows),
        ".ods": _ods(rows),
        ".xls": _xls(rows),
        ".vrt": f"<OGRVRTDataSource>{layers}</OGRVRTDataSource>".encode(),
    }


def vrt(source: str) -> bytes:
    """What GDAL would follow to `source`, a file or an address, whatever the file is called."""
    layer = f'<OGRVRTLayer name="feeds"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>".encode()


def _zip(parts: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def _xlsx(rows: list[list[str]]) -> bytes:
    book, data = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(data)
    return data.getvalue()


def _ods(rows: list[list[str]]) -> bytes:
    lines = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    names = f'xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0"'
    content = f'<office:document-content {names}><office:body><office:spreadsheet><table:table table:name="A">{lines}</table:table>'
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    text = f"{content}</office:spreadsheet></office:body></office:document-content>"
    return _zip({"mimetype": kind, "content.xml": text.encode(), "META-INF/manifest.xml": b"<manifest/>"})


def _xls(rows: list[list[str]]) -> bytes:
    """A worksheet of Excel 2, which is a row of records without a container."""
    data = struct.pack("<HHHH", 0x0009, 4, 2, 0x0010)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            text = cell.encode("ascii", "replace")
            data += struct.pack("<HHHH3sB", 0x0004, 8 + len(text), y, x, b"\x00\x00\x00", len(text)) + text
    return data + struct.pack("<HH", 0x000A, 0)


# ── Mutations ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _flipped(data: bytes, chance: random.Random, _base: Mapping[str, bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 4, 64))):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random, _base: Mapping[str, bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _repeated(data: bytes, chance: random.Random, _base: Mapping[str, bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start : start + chance.randrange(1, 2000)] * chance.choice((2, 50)) + data[start:]


def _joined(data: bytes, chance: random.Random, base: Mapping[str, bytes]) -> bytes:
    other = chance.choice(list(base.values()))
    return other + data if chance.random() < 0.5 else data[: chance.randrange(len(data) + 1)] + other


def _huge(data: bytes, chance: random.Random, _base: Mapping[str, bytes]) -> bytes:
    digits = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    if not digits:
        return data
    place = chance.choice(digits)
    return data[:place] + chance.choice(HUGE) + data[place + 1 :]


def _unpacked(data: bytes, chance: random.Random, base: Mapping[str, bytes]) -> bytes:
    """One part of an archive changed, the archive whole; a file that is none is put into one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, zlib.error):
        return _zip({f"../x{chance.choice(list(base))}" if chance.random() < 0.3 else f"x{chance.choice(list(base))}": data})
    if not parts:
        return data
    name = chance.choice(list(parts))
    parts[name] = chance.choice((_flipped, _huge, _entities, _cut, _swapped))(parts[name], chance, base)
    return _zip(parts)


def _entities(data: bytes, chance: random.Random, _base: Mapping[str, bytes]) -> bytes:
    levels = "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    doctype = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{levels}<!ENTITY f SYSTEM "CANARY"><!ENTITY h SYSTEM "TRAP">]>'.encode()
    place = data.find(b"<", data.find(b"?>") + 1)
    return data[: max(place, 0)] + doctype + data[max(place, 0) :].replace(b"</", chance.choice((b"&j;</", b"&f;</", b"&h;</")), 3)


def _swapped(data: bytes, chance: random.Random, base: Mapping[str, bytes]) -> bytes:
    return base[".vrt"] if chance.random() < 0.7 else chance.choice(list(base.values()))


def _named(data: bytes, chance: random.Random, _base: Mapping[str, bytes]) -> bytes:
    """A file or a host where a text stands."""
    places = [place for place, byte in enumerate(data) if byte in b'">,']
    if not places:
        return data
    place = chance.choice(places) + 1
    return data[:place] + chance.choice((b"CANARY", b"TRAP", b"/vsicurl/TRAP", b"/vsizip/CANARY", b"file://CANARY")) + data[place:]


def _aimed(data: bytes, _chance: random.Random, canary: Path, trap: str) -> bytes:
    return data.replace(b"CANARY", str(canary).encode()).replace(b"TRAP", trap.encode())


_MUTATIONS = (_flipped, _cut, _repeated, _joined, _huge, _huge, _unpacked, _unpacked, _entities, _swapped, _named, _named)
