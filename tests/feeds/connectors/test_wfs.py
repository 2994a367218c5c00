"""WFS against a real MapServer: every feature once, at its place, as GeoJSON and as GML."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import Point

from feeds.connectors import wfs
from feeds.errors import FeedError
from feeds.fetching import Visit
from tests.support.features import ZONE, write
from tests.support.geoservers import MapServer, MapServerMissing, mapserver
from tests.support.sources import Web, body, web

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def place(number: int) -> tuple[float, float]:
    return 102.5 + number * 0.01, 21.0 + number * 0.02


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MapServer]:
    """MapServer on 25 villages that lie in a file in VN-2000."""
    folder = tmp_path_factory.mktemp("mapserver")
    codes = {"ma": [f"V{number:02}" for number in range(25)], "ten": [f"Bản mẫu {number}" for number in range(25)]}
    frame = gpd.GeoDataFrame(codes, geometry=[Point(*place(number)) for number in range(25)], crs="EPSG:4326").to_crs(ZONE)
    write(frame, folder / "thon.gpkg", layer="thon")
    try:
        with mapserver(folder) as running:
            running.write(folder / "thon.gpkg", "thon", 9205)
            yield running
    except MapServerMissing as missing:
        pytest.skip(f"needs a real WFS: {missing}")


def read(url: str, memory: dict[str, object] | None = None, **options: object) -> list[dict[str, Any]]:
    visit = Visit(NOW, time.monotonic() + 30, Path(), memory={} if memory is None else memory)
    (fetched,) = wfs.fetch(wfs.Options(url=url, **{"type_name": "thon", **options}), visit)  # type: ignore[arg-type]
    content = fetched.read()
    assert isinstance(content.data, list)
    return content.data


def refused(url: str, **options: object) -> FeedError:
    with pytest.raises(FeedError) as caught:
        read(url, **options)
    return caught.value


GML = "application/gml+xml; version=3.2"


@pytest.mark.parametrize("crs", ["", "EPSG:9205"])
@pytest.mark.parametrize("output_format", ["", GML])
@pytest.mark.parametrize("page_size", [1000, 10])
def test_every_feature_comes_once_at_its_place(service: MapServer, output_format: str, crs: str, page_size: int) -> None:
    rows = read(service.url, output_format=output_format, crs=crs, page_size=page_size)
    assert [row["ten"] for row in rows] == [f"Bản mẫu {number}" for number in range(25)]
    for number, row in enumerate(rows):
        assert row["lon"] == pytest.approx(place(number)[0], abs=1e-6)
        assert row["lat"] == pytest.approx(place(number)[1], abs=1e-6)


def test_geojson_is_chosen_where_it_is_offered_and_asked_about_once(service: MapServer) -> None:
    memory: dict[str, object] = {}
    service.asked.clear()
    for _ in range(2):
        read(service.url, memory)
    assert [("GetCapabilities" in query, "json" in query) for query in service.asked] == [(True, False), (False, True), (False, True)]


@pytest.mark.parametrize("output_format", ["", GML])
def test_only_what_lies_in_the_box_comes(service: MapServer, output_format: str) -> None:
    rows = read(service.url, bbox=[102.515, 20.9, 102.545, 22], output_format=output_format)
    assert [row["ma"] for row in rows] == ["V02", "V03", "V04"]


def test_nothing_in_the_box_is_no_rows(service: MapServer) -> None:
    assert read(service.url, bbox=[110, 10, 111, 11], output_format=GML) == []


def test_faults_that_the_service_names_are_faults(service: MapServer) -> None:
    for options in ({"type_name": "khong_co"}, {"output_format": "klingon"}):
        assert refused(service.url, **options).code in ("run.ogc_exception", "run.http_refused")
    assert refused(service.url, crs="EPSG:0").code == "run.crs_unknown"


def test_too_many_pages_are_refused(service: MapServer) -> None:
    assert refused(service.url, page_size=5, max_pages=3).code == "run.too_many_pages"


# ── Services that do not keep to it ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


def test_an_exception_with_status_200_is_a_fault_with_its_words(server: Web) -> None:
    said = '<?xml version="1.0"?><ows:ExceptionReport><ows:Exception><ows:ExceptionText>Không có lớp</ows:ExceptionText>'
    server.answers["/"] = body(said.encode(), kind="text/xml")
    error = refused(server.url(), output_format="x")
    assert (error.code, error.values["detail"]) == ("run.ogc_exception", "Không có lớp")


def test_a_service_that_cannot_page_is_noticed(server: Web) -> None:
    server.answers["/"] = body(b'{"features": [{"type": "Feature", "properties": {"a": 1}, "geometry": null}], "numberMatched": 2}')
    assert refused(server.url(), output_format="x").code == "run.page_repeats"


def test_a_type_without_features_is_no_rows(server: Web) -> None:
    server.answers["/"] = body(b'{"features": [], "numberMatched": 0, "numberReturned": 0}')
    assert read(server.url(), output_format="x") == []


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"<html>login", "text/html", "run.html_instead"),
        (b'{"features": [', "application/json", "run.json_invalid"),
        (b'<wfs:FeatureCollection numberMatched="9" numberReturned="1"><broken', "text/xml", "run.geo_unreadable"),
    ],
)
def test_what_is_no_answer_is_named(server: Web, data: bytes, kind: str, code: str) -> None:
    server.answers["/"] = body(data, kind=kind)
    assert refused(server.url(), output_format="x").code == code
