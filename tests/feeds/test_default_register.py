"""The register of the default province: real units in both structures, nested schematic outlines, the crosswalk."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from feeds.default.register import Register, UnknownProvinceError, province_register
from geo.crs import reproject
from geo.units import NEW_FROM, OLD_FROM, unit_on, valid_on

BEFORE, AFTER = date(2022, 4, 30), date(2026, 1, 1)
COUNTS = {"11": (1, 10, 129, 45), "15": (2, 18, 319, 99), "04": (1, 10, 161, 56), "40": (1, 20, 412, 130)}
"""Provinces, districts and communes before, communes after; state of the register: March 2025."""


@pytest.fixture(scope="module", params=sorted(COUNTS))
def register(request: pytest.FixtureRequest) -> Register:
    return province_register(request.param)


@pytest.fixture(scope="module")
def dien_bien() -> Register:
    return province_register("11")


def at(register: Register, day: date, level: str) -> pd.DataFrame:
    units = valid_on(register.units, day)
    return units[units["level"] == level]


def test_both_structures_have_their_units(register: Register) -> None:
    before = tuple(len(at(register, BEFORE, level)) for level in ("province", "district", "commune"))
    assert (*before, len(at(register, AFTER, "commune"))) == COUNTS[register.code]
    assert at(register, AFTER, "district").empty
    assert list(at(register, AFTER, "province")["code"]) == [register.code]


def test_dien_bien_has_10_districts_129_communes_and_then_45(dien_bien: Register) -> None:
    assert len(at(dien_bien, BEFORE, "district")) == 10
    assert len(at(dien_bien, BEFORE, "commune")) == 129
    assert len(at(dien_bien, AFTER, "commune")) == 45
    assert at(dien_bien, AFTER, "commune")["grouping_code"].nunique() == 10


def test_a_code_that_was_used_again_has_its_own_name_at_each_date(dien_bien: Register) -> None:
    before, after = unit_on(dien_bien.units, "03127", BEFORE), unit_on(dien_bien.units, "03127", AFTER)
    assert before is not None
    assert after is not None
    assert (before["full_name"], before["kind"], before["parent_code"]) == ("Phường Him Lam", "phường", "094")
    assert (after["full_name"], after["kind"], after["parent_code"]) == ("Phường Điện Biên Phủ", "phường", "11")
    assert (after["grouping_code"], after["search_key"]) == ("094", "phuong dien bien phu")


def test_yen_bai_became_part_of_lao_cai_under_its_own_code() -> None:
    register = province_register("15")
    assert set(at(register, BEFORE, "province")["name"]) == {"Yên Bái", "Lào Cai"}
    assert len(at(register, BEFORE, "district").query("parent_code == '15'")) == 9
    assert list(at(register, AFTER, "province")["full_name"]) == ["Tỉnh Lào Cai"]


def test_keys_are_unique_and_parents_exist_on_the_same_day(register: Register) -> None:
    assert not register.units.duplicated(["code", "valid_from"]).any()
    for day in (BEFORE, AFTER):
        units = valid_on(register.units, day)
        below = units[units["level"] != "province"]
        assert below["parent_code"].isin(units["code"]).all()
        assert units[units["level"] == "province"]["parent_code"].isna().all()
    former = set(at(register, BEFORE, "district")["code"])
    assert set(at(register, AFTER, "commune")["grouping_code"]) <= former


def test_outlines_are_valid_and_tile_every_level_of_both_structures(register: Register) -> None:
    assert shapely.is_valid(register.units["outline"].to_numpy()).all()
    assert set(register.units["outline"].map(lambda outline: outline.geom_type)) == {"MultiPolygon"}
    for _, level in register.units.groupby(["valid_from", "level"]):
        assert shapely.coverage_is_valid(level["outline"].to_numpy())
    areas = register.units.groupby(["valid_from", "level"])["area_km2"].sum()
    assert areas.max() - areas.min() < 0.001 * areas.max()


def test_points_lie_in_their_outlines(register: Register) -> None:
    points = shapely.points(register.units[["lon", "lat"]].to_numpy(float))
    assert shapely.dwithin(register.units["outline"].to_numpy(), points, 1e-5).all()


def test_the_old_communes_lie_within_the_new_ones_they_went_into(register: Register) -> None:
    old = register.units[register.units["valid_from"] == OLD_FROM].set_index("code")["outline"]
    new = register.units[register.units["valid_from"] == NEW_FROM].set_index("code")["outline"]
    inside = shapely.area(
        shapely.intersection(old[register.crosswalk["old_code"]].to_numpy(), new[register.crosswalk["new_code"]].to_numpy())
    )
    assert (inside / shapely.area(old[register.crosswalk["old_code"]].to_numpy())).min() > 0.99


def test_the_shares_of_every_old_commune_sum_to_one(register: Register) -> None:
    shares = register.crosswalk.groupby("old_code")["share"].sum()
    assert shares.min() == shares.max() == pytest.approx(1.0)
    assert set(shares.index) == set(at(register, BEFORE, "commune")["code"])
    assert set(register.crosswalk["new_code"]) == set(at(register, AFTER, "commune")["code"])


def test_divided_communes_keep_equal_shares_in_provinces_that_have_them() -> None:
    register = province_register("66")
    divided = register.crosswalk[register.crosswalk["method"] == "equal"]
    assert not divided.empty
    assert divided.groupby("old_code")["share"].sum().between(0.999, 1.001).all()


@pytest.mark.parametrize(("code", "communes"), [("01", 126), ("31", 114), ("48", 94), ("79", 168)])
def test_cities_and_islands_that_had_no_communes_have_a_register_too(code: str, communes: int) -> None:
    register = province_register(code)
    assert len(at(register, AFTER, "commune")) == communes
    assert shapely.is_valid(register.units["outline"].to_numpy()).all()


@pytest.mark.parametrize("code", ["", "99", "1", "10", "Điện Biên"])
def test_only_todays_provinces_have_a_register(code: str) -> None:
    with pytest.raises(UnknownProvinceError):
        province_register(code)


@pytest.mark.parametrize(("code", "file", "least"), [("11", "11_dien_bien", 0.85), ("40", "40_nghe_an", 0.9), ("15", "15_yen_bai", 0.9)])
def test_the_schematic_province_resembles_the_real_one(shared_boundaries: Path, code: str, file: str, least: float) -> None:
    register = province_register(code)
    real = gpd.read_file(shared_boundaries / f"{file}.gpkg", layer="province_2025").geometry.iloc[0]
    ours = at(register, AFTER, "province")["outline"].iloc[0]
    real, ours = (reproject(outline, "EPSG:4326", register.metric_crs) for outline in (real, ours))
    assert real.intersection(ours).area / real.union(ours).area >= least


def test_the_former_district_of_a_new_commune_is_where_most_of_its_land_was(shared_boundaries: Path, dien_bien: Register) -> None:
    shares = pd.read_csv(shared_boundaries / "crosswalk_2021_to_2025_area_share.csv", dtype=str).query("province_code_old == '11'")
    district = at(dien_bien, BEFORE, "commune").set_index("code")["parent_code"]
    land = shares.assign(district=shares["old_code"].map(district), area=shares["area_km2"].astype(float))
    most = land.groupby(["new_code", "district"])["area"].sum().reset_index().sort_values("area").drop_duplicates("new_code", keep="last")
    ours = at(dien_bien, AFTER, "commune").set_index("code")["grouping_code"]
    agree = (ours[most["new_code"]].to_numpy() == most["district"].to_numpy()).sum()
    assert agree >= 43, f"{agree} of 45"


def test_the_package_of_the_data_is_never_imported() -> None:
    """Its import would load a GPL library."""
    script = """
import sys
from feeds.default.register import province_register
province_register("11")
print({"vietnamadminunits", "unidecode"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert ran.stdout.strip() == "set()"
