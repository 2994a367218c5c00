"""Coordinates of a table are degrees, or are moved by the declared system, or are refused; never taken for what they are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from feeds.errors import ContentError
from feeds.fetching import Layout
from feeds.placing import in_degrees
from feeds.records import Field
from feeds.tables import Table, records
from geo.crs import transformer

FIELDS = (
    Field("name"),
    Field("lon", required=False, aliases=("Kinh độ", "x"), type="degrees"),
    Field("lat", required=False, aliases=("Vĩ độ", "y"), type="degrees"),
)
PLACES = [(103.0169, 21.386), (102.85, 22.1)]
METRES = [transformer("EPSG:4326", "EPSG:9205").transform(*place) for place in PLACES]


def table(*places: tuple[Any, Any], x: str = "X", y: str = "Y") -> Table:
    return records([{"name": str(n), x: place[0], y: place[1]} for n, place in enumerate(places)])


def placed(source: Table, crs: str = "", **mapping: str) -> list[tuple[Any, Any]]:
    found = in_degrees(source, mapping, FIELDS, Layout("xlsx", crs=crs))
    first, second = (mapping.get(name, fallback) for name, fallback in (("lon", "X"), ("lat", "Y")))
    return [(row.values[first], row.values[second]) for row in found.rows]


def refused(source: Table, crs: str = "", **mapping: str) -> str:
    with pytest.raises(ContentError) as caught:
        placed(source, crs, **mapping)
    return caught.value.code


def test_metres_of_a_declared_system_become_degrees() -> None:
    found = placed(table(*METRES, (None, ""), ("?", 5)), "EPSG:9205")
    for place, expected in zip(found, PLACES, strict=False):
        assert place == pytest.approx(expected, abs=1e-7)
    assert found[2:] == [(None, ""), ("?", 5)]


def test_text_with_a_comma_is_the_same_number() -> None:
    written = [(str(x).replace(".", ","), str(y)) for x, y in METRES]
    assert placed(table(*written), "EPSG:9205")[0] == pytest.approx(PLACES[0], abs=1e-7)


def test_what_came_is_kept_for_quarantine() -> None:
    source = table(*METRES)
    row = in_degrees(source, {}, FIELDS, Layout("csv", crs="EPSG:9205")).rows[0]
    assert row.came == source.rows[0].values


def test_metres_that_nobody_names_a_system_for_are_asked_about() -> None:
    assert refused(table(*METRES)) == "run.crs_of_columns"
    assert refused(table(*METRES, x="Kinh độ", y="Vĩ độ"), lon="Kinh độ", lat="Vĩ độ") == "run.crs_of_columns"


@pytest.mark.parametrize("crs", ["", "EPSG:9205"])
def test_exchanged_columns_are_refused(crs: str) -> None:
    assert refused(table(*((y, x) for x, y in METRES)), crs) == "run.axes_exchanged"
    assert refused(table(*((y, x) for x, y in PLACES)), crs) == "run.axes_exchanged"


def test_northing_called_x_is_read_when_the_feed_says_so() -> None:
    found = placed(table(*((y, x) for x, y in METRES)), "EPSG:9205", lon="Y", lat="X")
    assert found[0] == pytest.approx(PLACES[0], abs=1e-7)


def test_a_wrong_system_is_refused() -> None:
    assert refused(table(*METRES), "EPSG:99999") == "run.crs_unknown"
    assert refused(table(*METRES), "EPSG:4326") == "run.not_degrees"


def test_degrees_and_tables_without_coordinates_are_let_be() -> None:
    assert placed(table(*PLACES)) == PLACES
    assert placed(table(*PLACES, (5, 5))) == [*PLACES, (5, 5)]
    empty = records([{"name": "a"}])
    assert in_degrees(empty, {}, FIELDS, Layout("csv")) is empty
    features = table(*METRES)
    features = replace(features, columns=(*features.columns, "geometry"))  # shapes have their places in degrees by then
    assert in_degrees(features, {}, FIELDS, Layout("geojson")) is features
    with pytest.raises(ContentError, match="crs_of_columns"):
        in_degrees(table(*METRES), {}, FIELDS, Layout("zip"))


def test_rows_that_waited_are_moved_once() -> None:
    """A row from a sheet waits as it came, in metres; one from a geographic file in degrees."""
    rows = Layout("rows", crs="EPSG:9205")
    moved = in_degrees(table(*METRES), {}, FIELDS, rows).rows[0].values
    assert (moved["X"], moved["Y"]) == pytest.approx(PLACES[0], abs=1e-7)
    source = table(*PLACES)
    assert in_degrees(source, {}, FIELDS, rows) is source
