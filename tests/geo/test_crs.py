"""VN-2000 comes in right: the datum shift is applied exactly, from parameters that need no network, or the file is refused."""

from __future__ import annotations

import geopandas as gpd
import pyproj
import pytest
import shapely
from pyproj import CRS, Geod

from geo.crs import crs_of, metric_crs, project, reproject, transformer
from geo.errors import CRSError

DIEN_BIEN_PHU = (103.0169, 21.3860)
ZONES = ["EPSG:9205", "EPSG:9208", "EPSG:9210", "EPSG:3405", "EPSG:5897", "EPSG:4756"]


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(Geod(ellps="WGS84").inv(*one, *other)[2])


@pytest.mark.parametrize("zone", ZONES)
def test_the_operation_is_the_official_one_and_needs_no_grid(zone: str) -> None:
    found = transformer(zone, "EPSG:4326")
    assert "VN-2000 to WGS 84 (2)" in found.description
    assert "grid" not in found.definition
    assert not pyproj.network.is_network_enabled()


def test_reading_vn2000_as_wgs84_would_be_223_m_off() -> None:
    as_if = transformer("EPSG:4756", "EPSG:4326").transform(*DIEN_BIEN_PHU)
    assert distance_m(DIEN_BIEN_PHU, as_if) == pytest.approx(223, abs=2)


@pytest.mark.parametrize("zone", ZONES)
def test_there_and_back_is_the_same_place(zone: str) -> None:
    place = shapely.Point(DIEN_BIEN_PHU)
    back = reproject(reproject(place, "EPSG:4326", zone), zone, "EPSG:4326")
    assert distance_m(DIEN_BIEN_PHU, (back.x, back.y)) < 0.01


def test_a_known_point_of_the_103_degree_zone() -> None:
    """Zone constants by hand: on the central meridian the easting is 500 km and the northing 0.9999 × the meridian arc."""
    easting, northing = transformer("EPSG:4756", "EPSG:9205").transform(103.0, 21.0)
    arc = Geod(ellps="WGS84").inv(103.0, 0.0, 103.0, 21.0)[2]
    assert easting == pytest.approx(500_000, abs=0.001)
    assert northing == pytest.approx(0.9999 * arc, abs=0.01)


# Circular 973/2001/TT-TCĐC: central meridian of each 3-degree zone; scale 0.9999, false easting 500 km, no false northing.
MERIDIANS = {
    9205: 103.0, 9206: 104.0, 9207: 104.5, 9208: 104.75, 9209: 105.5, 9210: 105.75, 9211: 106.0,
    9212: 106.25, 9213: 106.5, 9214: 107.0, 9215: 107.25, 9216: 107.5, 9217: 108.25, 9218: 108.5,
}  # fmt: skip
SHIFT = {"x": -191.90441429, "y": -39.30318279, "z": -111.45032835}
"""Decision 05/2007/QĐ-BTNMT, VN-2000 to WGS 84, metres; its rotations and scale follow in the operation."""


@pytest.mark.parametrize(("code", "meridian"), MERIDIANS.items())
def test_every_zone_has_the_published_parameters(code: int, meridian: float) -> None:
    zone = CRS.from_epsg(code)
    assert zone.coordinate_operation is not None
    values = {parameter.name: parameter.value for parameter in zone.coordinate_operation.params}
    assert zone.coordinate_operation.method_name == "Transverse Mercator"
    assert values["Longitude of natural origin"] == meridian
    assert values["Latitude of natural origin"] == 0
    assert values["Scale factor at natural origin"] == 0.9999
    assert (values["False easting"], values["False northing"]) == (500_000, 0)
    assert zone.ellipsoid is not None
    assert (zone.ellipsoid.semi_major_metre, zone.ellipsoid.inverse_flattening) == (6_378_137, pytest.approx(298.257223563))
    definition = transformer(f"EPSG:{code}", "EPSG:4326").definition
    assert all(f"{axis}={metres}" in definition for axis, metres in SHIFT.items())
    assert transformer(f"EPSG:{code}", "EPSG:4756").transform(500_000, 2_323_000)[0] == pytest.approx(meridian, abs=1e-9)
    assert metric_crs("??", lon=meridian) == f"EPSG:{code}"


@pytest.mark.parametrize(("code", "zone"), [("11", 9205), ("15", 9208), ("10", 9208), ("40", 9208), ("04", 9210)])
def test_listed_provinces_measure_in_their_zone(code: str, zone: int) -> None:
    assert metric_crs(code) == f"EPSG:{zone}"


def test_other_provinces_measure_in_the_nearest_zone() -> None:
    assert metric_crs("66", lon=108.2) == "EPSG:9217"
    with pytest.raises(CRSError, match="province 66"):
        metric_crs("66")


def test_projected_points_are_metres() -> None:
    (x1, y1), (x2, y2) = project([103.0, 103.0], [21.0, 22.0], "EPSG:9205")
    assert abs(x2 - x1) < 5
    assert y2 - y1 == pytest.approx(110_700, rel=0.01)
    assert project([], [], "EPSG:9205").shape == (0, 2)


def frame(crs: str | None, *xy: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.Point(p) for p in xy or [DIEN_BIEN_PHU]], crs=crs)


def test_a_frame_without_crs_is_refused_with_the_way_out() -> None:
    with pytest.raises(CRSError, match=r"ranh_gioi.shp.*--crs.*EPSG:9205"):
        crs_of(frame(None), name="ranh_gioi.shp")


def test_the_person_may_say_what_the_file_does_not() -> None:
    assert crs_of(frame(None), name="a.shp", stated="EPSG:9205").to_epsg() == 9205
    assert crs_of(frame("EPSG:9205"), name="a.shp", stated="epsg:9205").to_epsg() == 9205


def test_the_person_may_not_contradict_the_file() -> None:
    with pytest.raises(CRSError, match="VN-2000"):
        crs_of(frame("EPSG:4326"), name="a.gpkg", stated="EPSG:9205")


def test_degrees_that_are_metres_say_nothing() -> None:
    metres = frame("EPSG:4326", (500_000.0, 2_365_000.0))
    with pytest.raises(CRSError, match="no coordinate system"):
        crs_of(metres, name="a.geojson")
    assert crs_of(metres, name="a.geojson", stated="EPSG:9205").to_epsg() == 9205


@pytest.mark.parametrize("text", ["EPSG:99999", "hệ tọa độ tỉnh", ""])
def test_an_unknown_system_is_refused(text: str) -> None:
    with pytest.raises(CRSError, match="EPSG:9205"):
        crs_of(frame(None), name="a.shp", stated=text)


def test_a_datum_that_proj_could_only_guess_is_refused() -> None:
    unknown = CRS.from_epsg(9205).to_wkt("WKT1_ESRI").replace("D_Vietnam_2000", "D_Local").replace("GCS_VN_2000", "GCS_Local")
    with pytest.raises(CRSError, match="no exact transformation"):
        reproject(shapely.Point(500_000, 2_365_000), unknown, "EPSG:4326")
