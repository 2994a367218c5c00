"""A file that is not what its name says reads nothing else on this machine and asks no other host, in feeds, services and imports."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyogrio
import pytest

from feeds.boundary_files import read_boundaries
from feeds.errors import CommandError, ContentError
from feeds.fetching import Format, Layout
from feeds.gdal_drivers import DRIVERS, restrict
from feeds.parsing.process import apart
from feeds.tables import Table, read_table
from tests.feeds.test_tables import xlsx
from tests.support.features import villages, write
from tests.support.hostile import vrt
from tests.support.sources import Web, body, web

SECRET = "CANARY-7c1f"
GML = (
    '<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {more}><gml:featureMember>'
    '<ogr:x fid="1"><ogr:geometryProperty {link}><gml:Point srsName="{crs}"><gml:coordinates>103,21</gml:coordinates></gml:Point>'
    "</ogr:geometryProperty><ogr:ma>a</ogr:ma></ogr:x></gml:featureMember></ogr:FeatureCollection>"
)
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}<Placemark><name>a</name><Point><coordinates>103,21</coordinates></Point>'
KML += "</Placemark></Document></kml>"
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))


@pytest.fixture
def trap() -> Iterator[Web]:
    """A host inside, which must not be asked."""
    with web() as served:
        served.answers["/"] = body(SECRET.encode())
        yield served
        assert served.asked == []


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.csv"
    path.write_text(f"khoa,lon,lat\n{SECRET},103,21\n")
    return path


READERS = [pytest.param(read_table, id="here"), pytest.param(lambda *given: apart(read_table, *given), id="apart")]
"""In this process, where only GDAL's own doors are shut, and in one without a network."""


def packed(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return data.getvalue()


def refused(read: Callable[..., Table], data: bytes, layout: Layout) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read(data, layout)
    assert SECRET not in repr(caught.value.values)
    return caught.value


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("suffix", [".gml", ".gpkg", ".kml", ".geojson", ".shp"])
@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf\n", b"<!-- <wfs:FeatureCollection> -->", b'<?xml version="1.0"?>'])
def test_a_vrt_under_another_name_is_refused(read: Callable[..., Table], suffix: str, lead: bytes, canary: Path, trap: Web) -> None:
    form: Format = "geojson" if suffix == ".geojson" else "geo"
    for source in (str(canary), trap.url("/wfs"), f"/vsicurl/{trap.url('/a.json')}", f"/vsizip/{canary}"):
        error = refused(read, lead + vrt(source), Layout(form, suffix=suffix))
        assert error.code in ("run.geo_other_content", "run.html_instead", "run.xml_instead", "run.geo_unreadable", "run.json_invalid")


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", ["thon_gml", "thon_kml", "thon_gpkg", "thon_geojson"])
def test_a_vrt_in_a_zip_is_refused(read: Callable[..., Table], name: str, canary: Path) -> None:
    refused(read, packed(**{name: vrt(str(canary))}), Layout("zip"))


@pytest.mark.parametrize("suffix", [".gml", ".gpkg", ".geojson", ".json", ".kml", ".shp", ".vrt"])
def test_an_import_refuses_a_vrt_too(suffix: str, canary: Path, trap: Web, tmp_path: Path) -> None:
    for path in (tmp_path / f"xa{suffix}", tmp_path / "xa.zip"):
        data = vrt(str(canary)) + vrt(trap.url())
        path.write_bytes(packed(**{f"xa_{suffix[1:]}": data}) if path.suffix == ".zip" else data)
        with pytest.raises(CommandError) as caught:
            read_boundaries(path, layer=None, level="commune", day=date(2025, 7, 1), crs=None)
        assert SECRET not in repr(caught.value.values)


def test_gdal_has_five_drivers_left() -> None:
    restrict()
    assert set(pyogrio.list_drivers()) == set(DRIVERS.values())


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("door", ["{url}a.xsd", "/vsicurl/{url}b.xsd", "{canary}"])
def test_what_a_gml_refers_to_is_not_fetched(read: Callable[..., Table], door: str, trap: Web, canary: Path) -> None:
    address = door.format(url=trap.url("/"), canary=canary)
    more, link = f'xsi:schemaLocation="http://ogr.maptools.org/ {address}"', f'xlink:href="{address}#1"'
    table = read(GML.format(more=more, link=link, crs="EPSG:4326").encode(), Layout("geo", suffix=".gml"))
    assert [row.values["ma"] for row in table.rows] == ["a"]
    assert SECRET not in repr(table)


@pytest.mark.parametrize("read", READERS)
def test_a_coordinate_system_is_never_a_file_or_an_address(read: Callable[..., Table], trap: Web, canary: Path) -> None:
    for name in (trap.url("/crs"), f"@{canary}", f"+proj=longlat +nadgrids={canary} +type=crs"):
        error = refused(read, GML.format(more="", link="", crs=name).encode(), Layout("geo", suffix=".gml"))
        assert error.code in ("run.crs_missing", "run.crs_unknown", "run.geo_unreadable")
        crs = f'{{"type": "name", "properties": {{"name": "{name}"}}}}'
        collection = f'{{"features": [{{"geometry": {{"type": "Point", "coordinates": [103, 21]}}}}], "crs": {crs}}}'
        assert refused(read, collection.encode(), Layout("geojson")).code == "run.crs_unknown"


@pytest.mark.parametrize("read", READERS)
def test_what_a_kml_links_to_is_not_fetched(read: Callable[..., Table], trap: Web) -> None:
    link = f"<NetworkLink><Link><href>{trap.url('/more.kml')}</href></Link></NetworkLink>"
    style = f"<Style id='s'><IconStyle><Icon><href>{trap.url('/i.png')}</href></Icon></IconStyle></Style>"
    table = read(KML.format(link + style).encode(), Layout("geo", suffix=".kml"))
    assert [row.values["Name"] for row in table.rows] == ["a"]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "sql",
    [
        "CREATE VIEW v AS SELECT fid, geom, ogr_geocode('x', 'geometry', 'QUERY_TEMPLATE={url}?q=%s') AS a FROM thon",
        "CREATE VIEW v AS SELECT ogr_datasource_load_layers('{canary}') AS a",
        "CREATE VIEW v AS SELECT load_extension('{canary}') AS a",
        "CREATE TRIGGER v AFTER INSERT ON thon BEGIN SELECT ogr_datasource_load_layers('{canary}'); END",
        "CREATE VIRTUAL TABLE v USING VirtualOGR('{canary}', 0)",
        "CREATE VIRTUAL TABLE v USING VirtualOGR('/vsicurl/{url}', 0)",
    ],
)
def test_what_a_geopackage_could_run_reads_nothing(read: Callable[..., Table], sql: str, trap: Web, canary: Path, tmp_path: Path) -> None:
    path = write(villages(), tmp_path / "thon.gpkg", layer="thon")
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA writable_schema = ON")
        kind = "table" if "VIRTUAL" in sql else sql.split()[1].lower()
        on = "thon" if kind == "trigger" else "v"
        text = sql.format(url=trap.url("/geo"), canary=canary)
        store.execute("INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES (?, 'v', ?, 0, ?)", (kind, on, text))
        values = ("v", "attributes", "v", 4326)
        store.execute("INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)", values)
    store.close()
    for layer in ("thon", "v"):
        try:
            said = repr(read(path.read_bytes(), Layout("geo", suffix=".gpkg", layer=layer)))
        except ContentError as error:
            said = repr(error.values)
        assert SECRET not in said


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("suffix", [".gml", ".kml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_before_they_unfold_or_read_a_file(
    read: Callable[..., Table], suffix: str, encoding: str, canary: Path
) -> None:
    rest = GML.format(more="", link="", crs="EPSG:4326") if suffix == ".gml" else KML.format("")
    root = rest.removeprefix('<?xml version="1.0"?>')
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    for entity in (f"{BOMB}]>", f'<!DOCTYPE x [<!ENTITY j SYSTEM "file://{canary}">]>', f'<!DOCTYPE x SYSTEM "{canary}">'):
        error = refused(read, f"{head}{entity}{root.replace('>a<', '>&j;<')}".encode(encoding), Layout("geo", suffix=suffix))
        assert (error.code, error.values["found"]) == ("run.geo_other_content", "DOCTYPE")


def test_entities_in_a_workbook_do_not_unfold_or_read_a_file(canary: Path) -> None:
    for entity in (f"{BOMB}]>", f'<!DOCTYPE x [<!ENTITY j SYSTEM "file://{canary}">]>'):
        data = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(xlsx(["a", "b"], ["x", 1]))) as source, zipfile.ZipFile(data, "w") as target:
            for entry in source.infolist():
                text = source.read(entry)
                if entry.filename.endswith(("sheet1.xml", "sharedStrings.xml")):
                    text = text.replace(b"<worksheet", entity.encode() + b"<worksheet", 1).replace(b"<sst", entity.encode() + b"<sst", 1)
                    text = text.replace(b"<t>x</t>", b"<t>&j;</t>")
                target.writestr(entry.filename, text)
        try:
            said = repr(apart(read_table, data.getvalue(), Layout("xlsx")))
        except ContentError as error:
            said = repr(error.values)
        assert SECRET not in said
        assert len(said) < 10_000
