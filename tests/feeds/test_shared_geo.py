"""Geographic files as departments send them, tried by `ioc feeds try` against a province's store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.feeds.conftest import Tried
from tests.feeds.test_shared_values import values as new_values

SHAPEFILE = ('columns.id="ma_thon_ba"', 'columns.name="ten_thon_b"', 'columns.valid_from="ngay_cap_n"')


@pytest.mark.parametrize(
    ("file", "said", "places"),
    [
        ("d7_null_geometry_own_lonlat.geojson", (), {1: 103.02, 2: 103.03, 3: 103.03}),
        ("d8c_bad_polygon.geojson", (), {2: 103.02}),
        ("d12b_layer_and_readme.zip", SHAPEFILE, {1: 103.02, 2: 103.03}),
        ("d13b_no_geometry.gpkg", (), {1: 103.02}),
        ("shp/THON_BAN.shp", SHAPEFILE, {1: 103.02, 2: 103.03}),
    ],
)
def test_villages_are_at_their_places(tried: Tried, cases: Path, file: str, said: tuple[str, ...], places: dict[int, float]) -> None:
    trial = tried(cases / file, "villages", *said)
    assert trial["added"] == len(places)
    assert [row["row"] for row in trial["rejected"]] == [row for row in (1, 2, 3)[: trial["rows"]] if row not in places]
    assert _new(trial, "lon") == places


def test_a_day_as_gdal_writes_it_is_a_day(tried: Tried, cases: Path) -> None:
    assert _new(tried(cases / "shp/THON_BAN.shp", "villages", *SHAPEFILE), "valid_from")[1] == "2026-11-05"


def _new(trial: dict[str, Any], column: str) -> dict[int, Any]:
    return new_values({"altered": [row for row in trial["altered"] if row["table"] == "villages" and row["outcome"] == "added"]}, column)
