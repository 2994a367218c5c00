"""Geographic files become rows with their places in degrees; a coordinate system that nobody says is asked for."""

import json
import math
import unicodedata
from pathlib import Path

import pyogrio
import pytest
import shapely

from feeds.errors import ContentError
from feeds.fetching import Layout
from feeds.tables import Table, read_table
from tests.support.features import PLACES, ZONE, areas, villages, write, zipped

COLUMNS = ("Mã thôn", "Tên", "ho", "Ngày", "4G", "lon", "lat", "geometry")


def geojson(*features: object, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def feature(x: float, y: float, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [x, y]}}


def read(data: bytes, form: str = "geojson", **options: object) -> Table:
    return read_table(data, Layout(form, **options))  # type: ignore[arg-type]


def refused(data: bytes, form: str = "geojson", **options: object) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read(data, form, **options)
    return caught.value


def shapefile(folder: Path, crs: str = "EPSG:4326", **options: object) -> list[Path]:
    write(villages(crs).rename(columns={"Mã thôn": "ma", "Tên": "ten", "Ngày": "ngay"}), folder / "thon.shp", **options)
    return sorted(folder.glob("thon.*"))


def is_at_its_place(table: Table) -> bool:
    places = [(row.values["lon"], row.values["lat"]) for row in table.rows]
    return all(abs(x - a) < 1e-7 and abs(y - b) < 1e-7 for (x, y), (a, b) in zip(places, PLACES.values(), strict=True))


# ── Formats ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("crs", ["EPSG:4326", ZONE])
@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_each_format_reads_the_same(tmp_path: Path, suffix: str, crs: str) -> None:
    path = write(villages(crs), tmp_path / f"thon{suffix}")
    form = "geojson" if suffix == ".geojson" else "geo"
    table = read(path.read_bytes(), form, suffix=suffix)
    assert table.columns == COLUMNS
    assert is_at_its_place(table)
    first, second = (row.values for row in table.rows)
    assert [first[name] for name in COLUMNS[:5]] == ["V11-0001", "Bản Mẫu Một", 12, "2026-11-01", "có"]
    assert second["ho"] is None
    assert [row.number for row in table.rows] == [1, 2]


@pytest.mark.parametrize("crs", ["EPSG:4326", ZONE])
def test_a_zipped_shapefile_reads_the_same_whatever_lies_beside_it(tmp_path: Path, crs: str) -> None:
    noise = [tmp_path / "doc-di.txt", tmp_path / ".DS_Store"]
    for path in noise:
        path.write_text("x")
    packed = zipped(tmp_path / "m.zip", *shapefile(tmp_path, crs, encoding="UTF-8"), *noise, within="thang 11/")
    table = read(packed.read_bytes(), "zip")
    assert table.columns == ("ma", "ten", "ho", "ngay", "4G", "lon", "lat", "geometry")
    assert table.rows[0].values["ten"] == "Bản Mẫu Một"
    assert is_at_its_place(table)


def test_a_zipped_table_reads_as_the_table(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("a;b\n1;2\n")
    assert read(zipped(tmp_path / "m.zip", tmp_path / "m.csv").read_bytes(), "zip").rows[0].values == {"a": "1", "b": "2"}


@pytest.mark.parametrize("said_by", ["the feed", "the file"])
def test_an_old_encoding_of_a_shapefile_is_read_to_the_last_letter(tmp_path: Path, said_by: str) -> None:
    frame = villages()[["Tên", "geometry"]].rename(columns={"Tên": "ten"}).assign(ten=["Ba\u0309n Đông", "Quý"])
    write(frame, tmp_path / "thon.shp", encoding="CP1258")
    if said_by == "the feed":
        (tmp_path / "thon.cpg").unlink()
    packed = zipped(tmp_path / "m.zip", *tmp_path.glob("thon.*")).read_bytes()
    table = read(packed, "zip", encoding="windows-1258" if said_by == "the feed" else "")
    assert table.columns == ("ten", "lon", "lat", "geometry")
    assert [unicodedata.normalize("NFC", row.values["ten"]) for row in table.rows] == ["Bản Đông", "Quý"]


def test_an_area_is_at_a_point_that_lies_in_it(tmp_path: Path) -> None:
    (row,) = read(write(areas(ZONE), tmp_path / "xa.gpkg").read_bytes(), "geo").rows
    assert row.values["geometry"].covers(shapely.Point(row.values["lon"], row.values["lat"]))
    assert not row.values["geometry"].covers(row.values["geometry"].centroid)
    assert row.values["ma"] == "03127"


def test_rows_without_a_place_stay_rows() -> None:
    table = read(geojson(feature(103, 21, a=1), {"type": "Feature", "id": 7, "properties": None, "geometry": None}))
    assert table.rows[1].values == {"id": 7, "lon": None, "lat": None, "geometry": None}
    assert table.columns == ("a", "id", "lon", "lat", "geometry")


def test_an_attribute_called_like_a_place_gives_way() -> None:
    (row,) = read(geojson(feature(103, 21, LON="1", Lat=2, a=3))).rows
    assert (row.values["lon"], row.values["lat"], row.values["a"]) == (103.0, 21.0, 3)
    assert not {"LON", "Lat"} & set(row.values)


def test_an_empty_collection_is_no_rows() -> None:
    assert read(geojson()).rows == []


# ── Coordinate systems ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_shapefile_without_prj_is_asked_about_and_read_as_the_answer_says(tmp_path: Path) -> None:
    files = [path for path in shapefile(tmp_path, ZONE) if path.suffix != ".prj"]
    packed = zipped(tmp_path / "m.zip", *files).read_bytes()
    assert refused(packed, "zip").code == "run.crs_missing"
    assert is_at_its_place(read(packed, "zip", crs=ZONE))
    assert refused(packed, "zip", crs="EPSG:0").code == "run.crs_unknown"


def test_geojson_in_metres_without_a_word_is_asked_about() -> None:
    (point,) = villages(ZONE).geometry[:1]
    data = geojson(feature(point.x, point.y))
    assert refused(data).code == "run.crs_missing"
    assert abs(read(data, crs=ZONE).rows[0].values["lat"] - 21.4) < 1e-7


def test_a_file_that_says_another_system_than_the_feed_is_refused(tmp_path: Path) -> None:
    data = write(villages("EPSG:9208"), tmp_path / "thon.gpkg").read_bytes()
    assert refused(data, "geo", crs=ZONE).code == "run.crs_contradicted"


def test_swapped_longitude_and_latitude_are_noticed() -> None:
    assert refused(geojson(feature(21.4, 103.0))).code == "run.not_degrees"


# ── What is not what it claims to be ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "run.empty"),
        (b"<html>", "run.html_instead"),
        (b'{"type": "FeatureCollection", "features": [', "run.json_invalid"),
        (b'{"features": 5}', "run.geojson_invalid"),
        (geojson(5), "run.json_not_object"),
        (geojson({"properties": [1]}), "run.json_not_object"),
        (geojson(feature(1, 2), crs={"type": "name", "properties": {"name": "EPSG:0"}}), "run.crs_unknown"),
    ],
)
def test_broken_geojson_is_named(data: bytes, code: str) -> None:
    assert refused(data).code == code


@pytest.mark.parametrize(
    "shape",
    [
        5,
        {"type": "Point"},
        {"type": "Point", "coordinates": ["x", "y"]},
        {"type": "Blob", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": [[[103, 21.3], [103.1, 21.3]]]},
        {"type": "Point", "coordinates": [math.inf, 21]},
        {"type": "LineString", "coordinates": [[103, math.nan], [103, 21]]},
    ],
)
def test_a_feature_with_a_broken_shape_is_set_aside_and_the_others_are_taken(shape: object) -> None:
    table = read(geojson({"type": "Feature", "properties": {"a": 1}, "geometry": shape}, feature(103, 21, a=2)))
    assert [(row.number, row.values["a"], row.values["lon"]) for row in table.rows] == [(2, 2, 103.0)]
    assert [(piece.number, piece.error.code, piece.raw) for piece in table.unreadable] == [(1, "row.geometry_broken", {"a": 1})]


def test_an_area_that_crosses_itself_is_put_right() -> None:
    bow = {"type": "Polygon", "coordinates": [[[103, 21], [103.1, 21.1], [103.1, 21], [103, 21.1], [103, 21]]]}
    (row,) = read(geojson({"type": "Feature", "properties": {}, "geometry": bow})).rows
    assert row.values["geometry"].is_valid


@pytest.mark.parametrize("names", [("lon", "lat"), ("Kinh độ", "Vĩ độ"), ("LONG", "Latitude")])
def test_a_feature_without_a_shape_is_where_its_attributes_say(names: tuple[str, str]) -> None:
    own = dict(zip(names, (103.03, 21.41), strict=True))
    table = read(geojson(feature(103, 21, ma="a"), {"type": "Feature", "geometry": None, "properties": {"ma": "b", **own}}))
    assert [(row.values["lon"], row.values["lat"]) for row in table.rows] == [(103.0, 21.0), (103.03, 21.41)]


def test_a_collection_without_any_shape_is_a_table() -> None:
    table = read(geojson({"type": "Feature", "geometry": None, "properties": {"ma": "b", "Kinh độ": 103.03}}))
    assert table.columns == ("ma", "Kinh độ")


def test_a_table_of_a_geopackage_is_read(tmp_path: Path) -> None:
    pyogrio.write_dataframe(villages().drop(columns="geometry"), tmp_path / "bang.gpkg", layer="bang")
    table = read((tmp_path / "bang.gpkg").read_bytes(), "geo")
    assert [row.values["Mã thôn"] for row in table.rows] == list(PLACES)
    write(villages(), tmp_path / "bang.gpkg", layer="thon", mode="a")  # beside a layer with shapes it is not what is meant
    assert is_at_its_place(read((tmp_path / "bang.gpkg").read_bytes(), "geo"))


def test_a_file_that_is_no_geopackage_is_named_without_the_path_it_was_read_from(tmp_path: Path) -> None:
    error = refused(b"not a database", "geo", suffix=".gpkg")
    assert error.code == "run.geo_other_content"
    assert "/tmp" not in str(error.values)


def test_the_layer_of_several_is_asked_for(tmp_path: Path) -> None:
    path = write(villages(), tmp_path / "m.gpkg", layer="thon")
    write(areas(), path, layer="xa")
    assert refused(path.read_bytes(), "geo").values["layers"] == "thon, xa"
    assert refused(path.read_bytes(), "geo", layer="x").code == "run.geo_no_layer"
    assert len(read(path.read_bytes(), "geo", layer="thon").rows) == 2


def test_a_layer_without_rows_is_empty(tmp_path: Path) -> None:
    assert refused(write(villages()[:0], tmp_path / "m.gpkg").read_bytes(), "geo").code == "run.empty"
