"""OGC API Features against a real pygeoapi: every feature once, at its place, whatever the page size and the coordinate system."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.connectors import ogc_features
from feeds.errors import FeedError
from feeds.fetching import Visit
from tests.support.geoservers import pygeoapi
from tests.support.sources import Web, body, web

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
URI = "http://www.opengis.net/def/crs/"
OFFERED = [f"{URI}OGC/1.3/CRS84", f"{URI}EPSG/0/4326", f"{URI}EPSG/0/9205"]


def place(number: int) -> tuple[float, float]:
    return 102.5 + number * 0.01, 21.0 + number * 0.02


def collection(count: int) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "id": f"V{number:02}",
            "properties": {"ten": f"Bản mẫu {number}", "ho": number},
            "geometry": {"type": "Point", "coordinates": place(number)},
        }
        for number in range(count)
    ]
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("pygeoapi")
    (folder / "thon.geojson").write_text(json.dumps(collection(25)))
    with pygeoapi(folder, {"thon": folder / "thon.geojson"}, OFFERED) as url:
        yield url


def read(url: str, name: str = "thon", **options: object) -> list[dict[str, Any]]:
    visit = Visit(NOW, time.monotonic() + 30, Path())
    (fetched,) = ogc_features.fetch(ogc_features.Options(url=url, collection=name, **options), visit)  # type: ignore[arg-type]
    content = fetched.read()
    assert isinstance(content.data, list)
    return content.data


def refused(url: str, name: str = "thon", **options: object) -> FeedError:
    with pytest.raises(FeedError) as caught:
        read(url, name, **options)
    return caught.value


@pytest.mark.parametrize("limit", [1000, 7])
def test_every_feature_comes_once_with_its_attributes_and_place(service: str, limit: int) -> None:
    rows = read(service, limit=limit)
    assert [row["ten"] for row in rows] == [f"Bản mẫu {number}" for number in range(25)]
    assert rows[3]["id"] == "V03"
    assert [(row["lon"], row["lat"]) for row in rows] == [place(number) for number in range(25)]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:9205"])
def test_another_coordinate_system_puts_everything_at_the_same_place(service: str, crs: str) -> None:
    for number, row in enumerate(read(service, crs=crs)):
        assert row["lon"] == pytest.approx(place(number)[0], abs=1e-6)
        assert row["lat"] == pytest.approx(place(number)[1], abs=1e-6)


def test_only_what_lies_in_the_box_comes(service: str) -> None:
    assert [row["id"] for row in read(service, bbox=[102.515, 20.9, 102.545, 22])] == ["V02", "V03", "V04"]


def test_nothing_in_the_box_is_no_rows(service: str) -> None:
    assert read(service, bbox=[110, 10, 111, 11]) == []


def test_an_unknown_collection_and_an_unknown_system_are_named(service: str) -> None:
    assert refused(service, "khong-co").code == "run.http_not_found"
    assert refused(service, crs="EPSG:0").code == "run.crs_unknown"
    assert refused(service, crs="EPSG:3405").code == "run.http_refused"


def test_too_many_pages_are_refused(service: str) -> None:
    assert refused(service, limit=5, max_pages=3).code == "run.too_many_pages"


@pytest.mark.parametrize("bbox", [[1, 2, 3], [103, 21, 102, 22], [102, 22, 103, 21], [21, 102, 22, 103]])
def test_a_box_that_is_none_is_refused_in_the_configuration(bbox: list[float]) -> None:
    with pytest.raises(ValueError, match="west"):
        ogc_features.Options(url="http://x.example", collection="a", bbox=bbox)


# ── Services that do not keep to it ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


def answer(count: int, following: str | None, matched: int | None = None) -> bytes:
    links = [] if following is None else [{"rel": "next", "href": following}]
    counts = {} if matched is None else {"numberMatched": matched}
    return json.dumps({**collection(count), "links": links, **counts}).encode()


def test_a_page_that_repeats_is_a_fault(server: Web) -> None:
    server.answers["/collections/thon/items"] = body(answer(2, "/anywhere?offset=2"))
    assert refused(server.url().rstrip("/")).code == "run.page_repeats"
    assert len(server.asked) == 2


def test_fewer_features_than_promised_are_a_fault(server: Web) -> None:
    server.answers["/collections/thon/items"] = body(answer(2, None, matched=5))
    assert refused(server.url()).code == "run.pages_incomplete"


def test_a_service_that_ignores_the_system_asked_for_is_refused(server: Web) -> None:
    server.answers["/collections/thon/items"] = body(answer(2, None))
    assert refused(server.url(), crs="EPSG:9205").code == "run.ogc_other_crs"


def test_a_web_page_is_no_collection(server: Web) -> None:
    server.answers["/collections/thon/items"] = body(b"<html>", kind="text/html")
    assert refused(server.url()).code == "run.html_instead"
    server.answers["/collections/thon/items"] = body(b"[1]")
    assert refused(server.url()).code == "run.json_not_object"
