"""Imported districts and provinces are on the map that a browser paints, and the label goes with the last schematic outline."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Page, expect

from feeds.boundaries import import_boundaries
from geo.units import OLD_TO
from store.engine import open_engine
from store.places import outlines_on
from store.transactions import reading
from tests.e2e.stack import Stack

pytestmark = pytest.mark.long

NOW = date(2026, 11, 21)
PAINTED = "(layer) => new Set(iocMap.map.queryRenderedFeatures({layers: [layer]}).map((f) => f.properties.code)).size"


def import_all(home: Path, *levels: tuple[str, date]) -> None:
    """Import the outlines of each level as real ones, shaped as they are."""
    engine = open_engine(f"sqlite:///{home / 'ioc.db'}")
    for level, day in levels:
        with reading(engine) as connection:
            outlines = outlines_on(connection, day)
        chosen = outlines[outlines["level"] == level]
        frame = gpd.GeoDataFrame({"code": chosen["code"], "name": chosen["full_name"]}, geometry=chosen.geometry, crs="EPSG:4326")
        path = home / f"{level}.gpkg"
        frame.to_file(path, layer="x")
        import_boundaries(engine, path, layer="x", level=level, valid_from=day, source="thử", licence="thử", crs=None, encoding=None)
    engine.dispose()


def open_map(page: Page, stack: Stack) -> None:
    """Asked again and again from here: the page's content security policy lets no text be run in it."""
    page.goto(stack.url + "/map")
    deadline = time.monotonic() + 60
    while not page.evaluate("Boolean(window.iocMap && window.iocMap.drawn > 0)"):
        assert time.monotonic() < deadline, "the map was not drawn"
        page.wait_for_timeout(100)


def test_what_is_imported_is_painted_and_the_label_follows(page: Page, installed: Stack, tmp_path: Path) -> None:
    stack = installed.copied(tmp_path / "home")
    import_all(stack.home, ("district", OLD_TO), ("province", NOW))
    stack.start_dashboard()
    try:
        open_map(page, stack)
        assert [page.evaluate(PAINTED, layer) for layer in ("district-line", "province-line")] == [10, 1]
        expect(page.locator(".note-schematic")).to_have_count(1)
        import_all(stack.home, ("commune", NOW))
        open_map(page, stack)
        expect(page.locator(".note-schematic")).to_have_count(0)
    finally:
        page.close()
        stack.stop_all()
