"""Real outlines replace schematic ones, all of a file or nothing; every refusal says what to do."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine

from feeds.boundaries import BoundaryReport, UnmatchedError, import_boundaries
from feeds.default.init import init_province
from feeds.errors import CommandError
from feeds.texts import CATALOGUE
from geo.crs import reproject
from store.changes import Watcher
from store.engine import open_engine
from store.errors import StoreEmptyError
from store.places import outlines_on, predecessors, units_on
from store.transactions import reading

OLD_DAY, NEW_DAY = date(2021, 7, 1), date(2025, 7, 1)
COUNTS = {
    ("11_dien_bien", "district_2021"): 10,
    ("11_dien_bien", "commune_2021"): 129,
    ("11_dien_bien", "commune_2025"): 45,
    ("15_yen_bai", "district_2021"): 9,
    ("15_yen_bai", "commune_2021"): 173,
    ("15_yen_bai", "commune_2025"): 51,
    ("40_nghe_an", "district_2021"): 21,
    ("40_nghe_an", "commune_2021"): 460,
    ("40_nghe_an", "commune_2025"): 130,
}
"""What the files hold; of the new Lào Cai, the communes that were Yên Bái's."""

Import = Callable[..., BoundaryReport]


@pytest.fixture
def dien_bien(open_store: Callable[[str], Engine]) -> Engine:
    return open_store("11")


def take(engine: Engine, path: Path, layer: str | None = None, **changed: Any) -> BoundaryReport:
    level = layer.split("_")[0] if layer else "commune"
    day = NEW_DAY if layer and layer.endswith("2025") else OLD_DAY
    options = {"layer": layer, "level": level, "valid_from": day, "source": "bản đồ thử", "licence": "chỉ để thử", **changed}
    return import_boundaries(engine, path, **options)


def outlines(engine: Engine, day: date, level: str) -> gpd.GeoDataFrame:
    with reading(engine) as connection:
        frame = outlines_on(connection, day)
    return frame[frame["level"] == level].set_index("code")


def said(error: CommandError) -> str:
    text = CATALOGUE.text("en", error.code, **error.values)
    assert text != CATALOGUE.text("vi", error.code, **error.values)
    assert "{" not in text
    return text


# ── The outlines that the province has ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", ["11_dien_bien", "15_yen_bai", "40_nghe_an"])
def test_every_layer_of_the_real_files_comes_in_whole(shared_boundaries: Path, open_store: Callable[[str], Engine], file: str) -> None:
    engine = open_store(file[:2])
    for layer in ("district_2021", "commune_2021", "commune_2025", "province_2021", "province_2025"):
        report = take(engine, shared_boundaries / f"{file}.gpkg", layer)
        assert report.outlines == COUNTS.get((file, layer), 1)
        assert report.replaced + report.added + report.split == report.outlines
        assert report.unchanged == 0
    communes = outlines(engine, OLD_DAY, "commune")
    real = communes[~communes["outline_schematic"]]
    assert len(real) == COUNTS[file, "commune_2021"]
    assert real["outline"].is_valid.all()
    assert set(real["outline_source"]) == {"bản đồ thử"}
    assert set(real["outline_licence"]) == {"chỉ để thử"}
    districts = outlines(engine, OLD_DAY, "district")
    assert len(districts[~districts["outline_schematic"]]) == COUNTS[file, "district_2021"]
    today = outlines(engine, date(2026, 1, 1), "commune")
    assert (~today["outline_schematic"]).sum() == COUNTS[file, "commune_2025"]


@pytest.mark.parametrize(("file", "km2"), [("11_dien_bien", 9_541), ("40_nghe_an", 16_490)])
def test_the_area_is_the_provinces(shared_boundaries: Path, open_store: Callable[[str], Engine], file: str, km2: int) -> None:
    engine = open_store(file[:2])
    take(engine, shared_boundaries / f"{file}.gpkg", "commune_2021")
    assert outlines(engine, OLD_DAY, "commune")["area_km2"].sum() == pytest.approx(km2, rel=0.003)


def test_after_all_communes_the_label_goes_and_dien_bien_is_real(shared_boundaries: Path, dien_bien: Engine) -> None:
    report = take(dien_bien, shared_boundaries / "11_dien_bien.gpkg", "commune_2025")
    assert report.schematic == 0
    assert not outlines(dien_bien, NEW_DAY, "commune")["outline_schematic"].any()
    assert outlines(dien_bien, NEW_DAY, "province")["outline_schematic"].all()
    assert outlines(dien_bien, OLD_DAY, "commune")["outline_schematic"].all()
    with reading(dien_bien) as connection:
        names = units_on(connection, NEW_DAY).set_index("code")["name"]
    assert names["03127"] == "Điện Biên Phủ"


def test_the_same_file_twice_changes_nothing(shared_boundaries: Path, open_store: Callable[[str], Engine]) -> None:
    engine = open_store("40")
    path = shared_boundaries / "40_nghe_an.gpkg"
    take(engine, path, "district_2021")
    take(engine, path, "commune_2021")
    watcher = Watcher(engine)
    before = watcher.versions()
    again = take(engine, path, "commune_2021")
    assert (again.unchanged, again.replaced, again.added, again.split) == (460, 0, 0, 0)
    assert watcher.versions() == before


def test_units_that_ended_early_live_until_their_day(shared_boundaries: Path, open_store: Callable[[str], Engine]) -> None:
    """17185 was Quỳnh Bá until 2024 and then the bigger Bình Sơn; Cửa Lò was a district until it went into Vinh."""
    engine = open_store("40")
    path = shared_boundaries / "40_nghe_an.gpkg"
    assert take(engine, path, "district_2021").added == 1
    report = take(engine, path, "commune_2021")
    assert (report.added, report.split, report.orphaned) == (48, 52, ())
    with reading(engine) as connection:
        then, later = (units_on(connection, day).set_index("code") for day in (OLD_DAY, date(2025, 3, 1)))
        before_binh_son = predecessors(connection, "17179", NEW_DAY)
    assert (then["level"] == "commune").sum() == 460
    assert (later["level"] == "commune").sum() == 412
    assert (then["name"]["17185"], later["name"]["17185"]) == ("Quỳnh Bá", "Bình Sơn")
    assert (then["outline_schematic"]["17185"], later["outline_schematic"]["17185"]) == (False, True)
    assert then["name"]["413"] == "Cửa Lò"
    assert set(then[then["parent_code"] == "413"].index) == {"16717", "16720", "16723", "16726", "16729", "16732", "16735"}
    assert "413" not in later.index
    assert later["parent_code"]["16717"] == "412"
    assert before_binh_son["share"].gt(0).all()
    assert not before_binh_son.empty


def test_communes_before_their_district_are_told_to_come_again(shared_boundaries: Path, open_store: Callable[[str], Engine]) -> None:
    engine = open_store("40")
    path = shared_boundaries / "40_nghe_an.gpkg"
    first = take(engine, path, "commune_2021")
    assert first.orphaned == ("413",)
    take(engine, path, "district_2021")
    assert take(engine, path, "commune_2021").replaced == 7
    with reading(engine) as connection:
        assert units_on(connection, OLD_DAY).set_index("code")["parent_code"]["16717"] == "413"


def test_the_crosswalk_follows_every_split(shared_boundaries: Path, open_store: Callable[[str], Engine]) -> None:
    engine = open_store("40")
    with reading(engine) as connection:
        codes = list(units_on(connection, NEW_DAY).query("level == 'commune'")["code"])
        before = {code: set(predecessors(connection, code, NEW_DAY)["old_code"]) for code in codes}
    take(engine, shared_boundaries / "40_nghe_an.gpkg", "commune_2021")
    with reading(engine) as connection:
        after = {code: set(predecessors(connection, code, NEW_DAY)["old_code"]) for code in codes}
    assert after == before
    assert sum(len(olds) for olds in after.values()) == 412


def test_vn2000_gives_the_same_outlines_within_two_metres(
    shared_boundaries: Path, tmp_path: Path, open_store: Callable[[str], Engine]
) -> None:
    engine = open_store("11")
    original = gpd.read_file(shared_boundaries / "11_dien_bien.gpkg", layer="commune_2021")
    shapes = reproject(original.geometry.to_numpy(), "EPSG:4326", "EPSG:9205")
    vn2000 = tmp_path / "vn2000.gpkg"
    original.set_geometry(gpd.GeoSeries(shapes, crs="EPSG:9205"), crs="EPSG:9205").to_file(vn2000, layer="xa")
    take(engine, shared_boundaries / "11_dien_bien.gpkg", "commune_2021")
    plain = outlines(engine, OLD_DAY, "commune")["outline"]
    take(engine, vn2000, "xa", level="commune", valid_from=OLD_DAY)
    back = outlines(engine, OLD_DAY, "commune")["outline"]
    apart_m = shapely.hausdorff_distance(*(reproject(series[plain.index].to_numpy(), "EPSG:4326", "EPSG:9205") for series in (plain, back)))
    assert apart_m.max() < 2
    as_if_wgs84 = "+proj=tmerc +lat_0=0 +lon_0=103 +k=0.9999 +x_0=500000 +y_0=0 +datum=WGS84"
    careless = reproject(reproject(shapes, as_if_wgs84, "EPSG:4326"), "EPSG:4326", "EPSG:9205")
    assert shapely.hausdorff_distance(careless, shapes).min() == pytest.approx(223, abs=5)


def test_villages_outside_their_real_commune_are_counted_and_stay(shared_boundaries: Path, dien_bien: Engine) -> None:
    report = take(dien_bien, shared_boundaries / "11_dien_bien.gpkg", "commune_2025")
    assert report.villages == 1440
    assert 0 < report.villages_outside < 400
    told = [CATALOGUE.text("en", code, **values) for code, values in report.lines()]
    assert any(line.startswith(f"{report.villages_outside} of 1440 villages") for line in told)
    assert all("{" not in line for line in told)


# ── Files of every kind ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def districts(dien_bien: Engine) -> gpd.GeoDataFrame:
    """The schematic districts of Điện Biên, shrunk a little, as a department could deliver them."""
    frame = outlines(dien_bien, OLD_DAY, "district").reset_index()
    shapes = gpd.GeoSeries(shapely.buffer(frame["outline"].to_numpy(), -0.001), crs="EPSG:4326")
    columns = {"ma_huyen": frame["code"], "ten_huyen": frame["full_name"], "ma_tinh": frame["parent_code"]}
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs="EPSG:4326")


def take_districts(engine: Engine, path: Path, **changed: Any) -> BoundaryReport:
    return take(engine, path, **{"layer": None, "level": "district", "valid_from": OLD_DAY, **changed})


def write_shapefile(frame: gpd.GeoDataFrame, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(path)
    return path


@pytest.mark.parametrize("name", ["huyen.gpkg", "huyen.geojson", "huyen.shp"])
def test_every_kind_of_file_is_read(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    report = take_districts(dien_bien, write_shapefile(districts, tmp_path / name))
    assert (report.replaced, report.how) == (10, {"code": 10})
    assert not outlines(dien_bien, OLD_DAY, "district")["outline_schematic"].any()


def test_a_zipped_shapefile_is_read(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    write_shapefile(districts, tmp_path / "huyen.shp")
    with zipfile.ZipFile(tmp_path / "giao.zip", "w") as archive:
        for part in tmp_path.glob("huyen.*"):
            archive.write(part, f"ranh gioi/{part.name}")
    assert take_districts(dien_bien, tmp_path / "giao.zip").replaced == 10


def test_names_alone_join_within_the_province(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    named = districts.drop(columns=["ma_huyen"]).assign(ten_huyen=districts["ten_huyen"].str.upper())
    named.to_file(tmp_path / "huyen.gpkg")
    assert take_districts(dien_bien, tmp_path / "huyen.gpkg").how == {"tone": 10}


def test_codes_that_lost_their_zeros_are_understood(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    districts.assign(ma_huyen=districts["ma_huyen"].astype(int)).to_file(tmp_path / "huyen.gpkg")
    assert take_districts(dien_bien, tmp_path / "huyen.gpkg").how == {"code": 10}


def test_a_shapefile_without_prj_is_refused_with_the_way_out(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    metric = districts.set_geometry(
        gpd.GeoSeries(reproject(districts.geometry.to_numpy(), "EPSG:4326", "EPSG:9205"), crs="EPSG:9205"), crs="EPSG:9205"
    )
    path = write_shapefile(metric, tmp_path / "huyen.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CommandError) as refused:
        take_districts(dien_bien, path)
    assert "--crs EPSG:9205" in said(refused.value)
    assert outlines(dien_bien, OLD_DAY, "district")["outline_schematic"].all()
    assert take_districts(dien_bien, path, crs="EPSG:9205").replaced == 10
    got = outlines(dien_bien, OLD_DAY, "district")["outline"]
    expected = districts.set_index("ma_huyen").geometry
    assert shapely.hausdorff_distance(got[expected.index].to_numpy(), expected.to_numpy()).max() < 2 / 111_000


def test_broken_shapes_are_repaired_and_counted(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    first = districts.geometry.iloc[0]
    x, y, *_ = first.bounds
    bow_tie = shapely.Polygon([(x, y), (x + 0.1, y + 0.1), (x + 0.1, y), (x, y + 0.1)])
    shapes = [bow_tie, shapely.GeometryCollection([districts.geometry.iloc[1], shapely.Point(x, y)]), *districts.geometry.iloc[2:]]
    broken = districts.set_geometry(gpd.GeoSeries(shapes, crs="EPSG:4326"))
    broken.to_file(tmp_path / "huyen.gpkg")
    report = take_districts(dien_bien, tmp_path / "huyen.gpkg")
    assert (report.repaired, report.replaced) == (1, 10)
    stored = outlines(dien_bien, OLD_DAY, "district")["outline"]
    assert stored.is_valid.all()
    assert set(stored.geom_type) == {"MultiPolygon"}


@pytest.mark.postgres
def test_outlines_come_into_postgresql_too(postgres_url: str, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    engine = open_engine(postgres_url)
    init_province(engine, "11", today=date(2026, 11, 21))
    districts.to_file(tmp_path / "huyen.gpkg")
    assert take_districts(engine, tmp_path / "huyen.gpkg").replaced == 10
    assert take_districts(engine, tmp_path / "huyen.gpkg").unchanged == 10
    assert not outlines(engine, OLD_DAY, "district")["outline_schematic"].any()
    engine.dispose()


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def refused(engine: Engine, path: Path, **changed: Any) -> CommandError:
    """The error of an import that must not change anything."""
    before = Watcher(engine).versions()
    with pytest.raises(CommandError) as error:
        take_districts(engine, path, **changed)
    assert Watcher(engine).versions() == before
    return error.value


def test_one_outline_that_does_not_match_stops_all_of_them(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    codes = [*districts["ma_huyen"][:8], "999", districts["ma_huyen"][9]]
    names = [*districts["ten_huyen"][:9], "Huyện Khác Hẳn"]
    districts.assign(ma_huyen=codes, ten_huyen=names).to_file(tmp_path / "huyen.gpkg")
    error = refused(dien_bien, tmp_path / "huyen.gpkg")
    assert isinstance(error, UnmatchedError)
    assert [(miss.position, miss.reason) for miss in error.unmatched] == [(10, "name_differs")]
    assert said(error) == "1 of 10 outlines in huyen.gpkg fit no unit; nothing was written"
    (code, values), *_ = error.lines()
    assert CATALOGUE.text("vi", code, **values) == "dòng 10: 103 Huyện Khác Hẳn – mã này là của Huyện Nậm Pồ (103)"
    assert outlines(dien_bien, OLD_DAY, "district")["outline_schematic"].all()


def test_an_unknown_unit_is_not_added_only_because_its_file_has_dates(
    dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    stranger = districts.iloc[[0]].assign(ma_huyen="999", ten_huyen="Huyện Lạ", valid_from="2004-08-31", valid_to="2025-07-01")
    pd.concat([districts, stranger]).to_file(tmp_path / "huyen.gpkg")
    error = refused(dien_bien, tmp_path / "huyen.gpkg")
    assert isinstance(error, UnmatchedError)
    assert [(miss.code, miss.reason) for miss in error.unmatched] == [("999", "no_match")]


def test_a_unit_twice_in_the_file_is_refused(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    pd.concat([districts, districts.iloc[[3]]]).to_file(tmp_path / "huyen.gpkg")
    error = refused(dien_bien, tmp_path / "huyen.gpkg")
    assert isinstance(error, UnmatchedError)
    assert [(miss.position, miss.reason) for miss in error.unmatched] == [(4, "twice"), (11, "twice")]


def test_units_of_another_time_are_refused(dien_bien: Engine, shared_boundaries: Path) -> None:
    error = refused(dien_bien, shared_boundaries / "11_dien_bien.gpkg", layer="commune_2025", level="commune")
    assert isinstance(error, UnmatchedError)
    assert {miss.reason for miss in error.unmatched} == {"not_then"}
    late = refused(dien_bien, shared_boundaries / "11_dien_bien.gpkg", layer="commune_2021", level="commune", valid_from=NEW_DAY)
    assert isinstance(late, UnmatchedError)
    assert len(late.unmatched) == 129


def test_empty_shapes_are_refused(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    shapes = [None, shapely.Point(103, 21), *districts.geometry[2:]]
    districts.set_geometry(gpd.GeoSeries(shapes, crs="EPSG:4326")).to_file(tmp_path / "huyen.geojson")
    assert said(refused(dien_bien, tmp_path / "huyen.geojson")).startswith(f"2 rows of {tmp_path / 'huyen.geojson'} have no area: 1 (094")


def test_swapped_axes_and_wrong_zones_are_refused(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    swapped = shapely.transform(districts.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    districts.set_geometry(gpd.GeoSeries(swapped, crs="EPSG:4326")).to_file(tmp_path / "swapped.gpkg")
    assert "outside the province" in said(refused(dien_bien, tmp_path / "swapped.gpkg"))
    metres = reproject(districts.geometry.to_numpy(), "EPSG:4326", "EPSG:9205")
    districts.set_geometry(gpd.GeoSeries(metres, crs="EPSG:9205"), crs="EPSG:9205").to_file(tmp_path / "zone.shp")
    (tmp_path / "zone.prj").unlink()
    assert "outside the province" in said(refused(dien_bien, tmp_path / "zone.shp", crs="EPSG:9208"))


def test_layers_are_named_when_none_or_a_wrong_one_is_asked_for(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    for layer in ("huyen", "huyen_cu"):
        districts.to_file(tmp_path / "hai.gpkg", layer=layer)
    assert said(refused(dien_bien, tmp_path / "hai.gpkg")).endswith("one of: huyen, huyen_cu")
    assert said(refused(dien_bien, tmp_path / "hai.gpkg", layer="xa")).endswith("its layers: huyen, huyen_cu")


@pytest.mark.parametrize("kind", ["absent", "text", "empty", "zip", "bad_zip", "no_columns", "no_rows", "no_shapes"])
def test_a_file_that_cannot_be_used_is_one_clear_sentence(
    dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / ("a.zip" if "zip" in kind else "a.gpkg")
    if kind in ("text", "bad_zip"):
        path.write_text("không phải bản đồ", "utf-8")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "zip":
        zipfile.ZipFile(path, "w").close()
    elif kind == "no_columns":
        districts[["geometry"]].assign(x=1).to_file(path)
    elif kind == "no_rows":
        districts.iloc[:0].to_file(path)
    elif kind == "no_shapes":
        path = tmp_path / "a.csv"
        path.write_text("code,name\n094,Điện Biên Phủ\n", "utf-8")
    sentence = said(refused(dien_bien, path))
    assert str(path) in sentence
    assert "Traceback" not in sentence


def test_the_crs_that_is_stated_must_exist_and_agree(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    districts.to_file(tmp_path / "huyen.gpkg")
    assert "EPSG:9205" in said(refused(dien_bien, tmp_path / "huyen.gpkg", crs="VN2000 múi 3"))
    assert "drop --crs" in said(refused(dien_bien, tmp_path / "huyen.gpkg", crs="EPSG:9205"))


def test_a_datum_nobody_knows_is_refused(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    metres = reproject(districts.geometry.to_numpy(), "EPSG:4326", "EPSG:9205")
    path = write_shapefile(districts.set_geometry(gpd.GeoSeries(metres, crs="EPSG:9205"), crs="EPSG:9205"), tmp_path / "huyen.shp")
    prj = path.with_suffix(".prj")
    prj.write_text(
        prj.read_text().replace("D_Vietnam_2000", "D_Local").replace("GCS_VN_2000", "GCS_Local").replace("VN-2000_TM", "Local_TM")
    )
    assert "EPSG code" in said(refused(dien_bien, path))


def test_level_day_and_origin_must_make_sense(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "huyen.gpkg"
    districts.assign(level="district").to_file(path)
    assert "province, district, commune" in said(refused(dien_bien, path, level="xã"))
    assert "says level district" in said(refused(dien_bien, path, level="commune"))
    assert "--valid-from" in said(refused(dien_bien, path, valid_from=date(1990, 1, 1)))
    assert "--valid-from" in said(refused(dien_bien, path, valid_from=NEW_DAY))
    assert "--licence" in said(refused(dien_bien, path, licence=" "))


def test_a_store_without_a_province_takes_no_outlines(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    with pytest.raises(StoreEmptyError):
        take_districts(engine, tmp_path / "huyen.gpkg")
    engine.dispose()


def test_areas_are_square_kilometres(dien_bien: Engine, districts: gpd.GeoDataFrame, tmp_path: Path) -> None:
    districts.to_file(tmp_path / "huyen.gpkg")
    take_districts(dien_bien, tmp_path / "huyen.gpkg")
    areas = outlines(dien_bien, OLD_DAY, "district")["area_km2"]
    geodesic = districts.to_crs("ESRI:54034").set_index("ma_huyen").area / 1e6
    assert np.allclose(areas, geodesic[areas.index], rtol=0.002)
