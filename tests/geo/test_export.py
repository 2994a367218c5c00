"""The map to take along opens from a file with the network off, shows everything, asks nobody, and lets no text become code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Browser, Page

from geo.errors import ExportError
from geo.export import MapText, folium_map, refuse_remote

EVIL = [
    "</script><script>window.stolen = 1</script>",
    "<img src=x onerror=window.stolen=1>",
    "`${window.stolen = 1}`",
    "'; window.stolen = 1; //",
    "{{ 7 * 7 }}{% raw %}",
    "https://vi-du.vn/a?b=1",
    "//vi-du.vn",
    'url("//vi-du.vn/x")',
    "\\u003cscript\\u003e",
]
WORDS = {"covered": "Có sóng", "weak": "Lõm sóng", "none": "Trắng sóng", "no_data": "Chưa có số liệu"}
LAYERS = """() => {
    const map = window[Object.keys(window).find((key) => key.startsWith("map_"))];
    const seen = { circles: 0, polygons: 0, colours: {}, canvases: document.querySelectorAll("canvas").length };
    map.eachLayer((layer) => {
        if (layer instanceof L.CircleMarker) {
            seen.circles += 1;
            seen.colours[layer.options.fillColor] = (seen.colours[layer.options.fillColor] || 0) + 1;
        } else if (layer instanceof L.Polygon) seen.polygons += 1;
    });
    return seen;
}"""
CLICK_FIRST = """(status) => {
    const map = window[Object.keys(window).find((key) => key.startsWith("map_"))];
    let found;
    map.eachLayer((layer) => { if (layer.feature && layer.feature.properties.status === status) found = layer; });
    found.fire("click", { latlng: found.getLatLng() }, true);
}"""
CLICK_EVERY = """() => {
    const map = window[Object.keys(window).find((key) => key.startsWith("map_"))];
    map.eachLayer((layer) => {
        if (layer instanceof L.CircleMarker) layer.fire("click", { latlng: layer.getLatLng() }, true);
        if (layer.getTooltip && layer.getTooltip()) layer.openTooltip();
    });
}"""
PAINTED = """() => {
    const canvas = document.querySelector("canvas");
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) painted += data[i] > 0;
    return painted / (data.length / 4);
}"""


def communes(names: list[str]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(103 + 0.1 * i, 21.5, 103.1 + 0.1 * i, 21.8) for i in range(len(names))]
    return gpd.GeoDataFrame({"full_name": names, "outline_schematic": True}, geometry=shapes, crs="EPSG:4326")


def places(count: int, names: list[str] | None = None) -> pd.DataFrame:
    statuses = ["covered", "covered", "covered", "weak", "none", "no_data"]
    rows = [
        (f"V11-{i:04d}", f"Bản mẫu {i:04d}", 103.01 + 0.0002 * i, 21.55 + 0.2 * (i % 7) / 7, statuses[i % 6], 100 + i) for i in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["id", "name", "lon", "lat", "status", "population"])
    return frame if names is None else frame.assign(name=names)


def words(**changed: Any) -> MapText:
    common = {"title": "Vùng phủ 3G/4G", "notes": ("Sơ đồ, không phải địa giới", "Dữ liệu mô phỏng"), "statuses": WORDS}
    return MapText("vi", **{**common, "fields": {"population": "Dân số"}, **changed})


# ── The document ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_document_names_no_other_host() -> None:
    document = folium_map(communes(["Xã Một", "Xã Hai"]), places(60), words())
    assert not re.search(r"https?:|//[a-z0-9-]+\.[a-z]", document, re.IGNORECASE)
    assert not re.search(r"w3\.org|leafletjs|jquery|bootstrap", document, re.IGNORECASE)
    assert "<link" not in document
    assert "Vladimir Agafonkin" in document, "the licence of Leaflet asks for its notice"


def test_labels_title_and_legend_stand_in_it() -> None:
    document = folium_map(communes(["Xã Một"]), places(12), words(subtitle="Đến hết 30/4/2022"))
    assert '<html lang="vi">' in document
    assert "Sơ đồ, không phải địa giới" in document
    assert "Dữ liệu mô phỏng" in document
    assert "Đến hết 30" in document
    assert re.search(r"Trắng sóng<b>2</b>", document)


@pytest.mark.parametrize(
    "part",
    [
        '<script src="https://vi-du.vn/x.js"></script>',
        '<link rel="stylesheet" href="x.css">',
        "<img src='//vi-du.vn/x.png'>",
        "<style>@import 'x.css';</style>",
        "<style>a { background: url(//vi-du.vn/a.png) }</style>",
        "<script>fetch('//vi-du.vn')</script>",
        r'<script>x = "http:\/\/vi-du.vn"</script>',
        r'<script>x = "https:\u002f\u002fvi-du.vn"</script>',
        "<iframe srcdoc=x></iframe>",
        "<script>new WebSocket('wss://vi-du.vn')</script>",
    ],
)
def test_a_document_that_needs_another_host_is_refused(part: str) -> None:
    with pytest.raises(ExportError, match="another host"):
        refuse_remote(f"<html><body>{part}</body></html>")


def test_what_only_looks_like_an_address_is_not_refused() -> None:
    document = "<script>a = b / /x/.test(c); // a comment\nvar d = 'data:image/png;base64,AA//BB';</script>"
    assert refuse_remote(document) == document


def test_missing_columns_and_unknown_statuses_are_errors() -> None:
    with pytest.raises(ExportError, match="population"):
        folium_map(communes(["Xã Một"]), places(3).drop(columns="population"), words())
    with pytest.raises(ExportError, match="maybe"):
        folium_map(communes(["Xã Một"]), places(3).assign(status="maybe"), words())


def test_nothing_to_show_is_still_a_document() -> None:
    document = folium_map(communes([]), places(0), words())
    assert "Vùng phủ 3G" in document


def test_1440_villages_are_a_small_file() -> None:
    assert len(folium_map(communes(["Xã Một"]), places(1440), words()).encode()) < 1_000_000


def test_missing_values_are_shown_as_nothing() -> None:
    document = folium_map(communes(["Xã Một"]), places(2).assign(population=[np.nan, 7]), words())
    assert re.findall(r'"population": "([^"]*)"', document) == ["", "7.0"]


# ── In a browser with the network off ────────────────────────────────────────────────────────────────────────────────────

in_a_browser = pytest.mark.browser


class Opened:
    """A document opened from a file: the page, what it asked for, what it complained about."""

    def __init__(self, browser: Browser, path: Path, width: int = 1280) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context = browser.new_context(offline=True, viewport={"width": width, "height": 800})
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        self.page.wait_for_function("document.querySelector('canvas') !== null || !document.querySelector('.leaflet-interactive')")


@in_a_browser
def test_it_draws_outlines_and_villages_and_asks_nobody(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "ban do.html"
    path.write_text(folium_map(communes([f"Xã {i}" for i in range(10)]), places(1440), words()), "utf-8")
    opened = Opened(browser, path)
    seen = opened.page.evaluate(LAYERS)
    assert (seen["circles"], seen["polygons"], seen["canvases"]) == (1440, 10, 1)
    assert sorted(seen["colours"].values()) == [240, 480, 720]
    assert opened.page.evaluate(PAINTED) > 0.05
    assert opened.requests == [path.as_uri()]
    assert opened.complaints == []


@in_a_browser
def test_a_click_tells_about_a_village(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    path.write_text(folium_map(communes(["Xã Một"]), places(5), words()), "utf-8")
    opened = Opened(browser, path, width=390)
    opened.page.evaluate(CLICK_FIRST, "none")
    told = opened.page.locator(".leaflet-popup-content").inner_text()
    assert [part in told for part in ("Bản mẫu 0004", "Trắng sóng", "Dân số", "104")] == [True] * 4


@in_a_browser
def test_no_text_becomes_code_or_a_request(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    villages = places(len(EVIL), EVIL).assign(status="none")
    path.write_text(
        folium_map(communes(EVIL), villages, words(title=EVIL[0], subtitle=EVIL[4], notes=EVIL, fields={"name": EVIL[1]})), "utf-8"
    )
    opened = Opened(browser, path)
    opened.page.evaluate(CLICK_EVERY)
    assert opened.page.evaluate("window.stolen") is None
    assert opened.page.locator("#title h1").inner_text() == EVIL[0]
    assert opened.page.locator("#title p").inner_text() == EVIL[4]
    assert opened.page.locator("#notes div").all_inner_texts() == EVIL
    assert EVIL[-1] in opened.page.locator(".leaflet-popup-content").last.inner_text()
    assert opened.page.locator("img").count() == 0
    assert opened.requests == [path.as_uri()]
    assert opened.complaints == []


@in_a_browser
def test_an_empty_selection_opens_without_complaint(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    path.write_text(folium_map(communes([]), places(0), words()), "utf-8")
    opened = Opened(browser, path)
    assert opened.complaints == []
    assert opened.page.locator("#title").is_visible()
