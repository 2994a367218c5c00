"""The leader's way: from the province to a village by clicks, back by the browser, and the same picture from a pasted link."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open, wait_for_map
from tests.e2e.stack import Stack

pytestmark = pytest.mark.long

PUBLISHED = {"villages_2g_pct": "98,6", "villages_3g4g_pct": "94,3", "villages_broadband_pct": "88,0"}


def selected(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def click_at(page: Page, lon: float, lat: float) -> None:
    """A real mouse click at a place on the map."""
    at = page.evaluate(
        """([lon, lat]) => { const p = iocMap.map.project([lon, lat]), r = iocMap.map.getCanvas().getBoundingClientRect();
        return {x: r.x + p.x, y: r.y + p.y}; }""",
        [lon, lat],
    )
    page.mouse.click(at["x"], at["y"])


def features(stack: Stack, layer: str) -> list[dict]:
    return stack.get(stack.get("/api/v1/map")["sources"][layer])["features"]


def empty_spot(page: Page, code: str) -> tuple[float, float]:
    """A point of a commune at which the map shows the commune and no place."""
    found = page.evaluate(
        """(code) => { const map = iocMap.map, box = map.getCanvas().getBoundingClientRect();
        for (let y = 130; y < box.height - 30; y += 12) for (let x = 20; x < box.width - 20; x += 12) {
          const near = map.queryRenderedFeatures([[x - 8, y - 8], [x + 8, y + 8]]);
          const here = map.queryRenderedFeatures([x, y]).filter((f) => f.source === 'units' && f.properties.code === code);
          const top = document.elementFromPoint(box.x + x, box.y + y);
          if (here.length && near.every((f) => ['units', 'labels'].includes(f.source)) && top && top.closest('.maplibregl-map')) {
            const at = map.unproject([x, y]); return [at.lng, at.lat]; } }
        return null; }""",
        code,
    )
    assert found, f"no empty spot in {code}"
    return found[0], found[1]


def test_three_levels_by_clicks_three_times_back_and_a_pasted_link(stack: Stack, open_page: Open):
    page = open_page("/map")
    heading = page.locator("#panel h1")
    expect(heading).to_have_text("Tỉnh Điện Biên")
    commune = next(unit["properties"] for unit in features(stack, "units") if unit["properties"]["code"] == "03158")

    click_at(page, *empty_spot(page, "03158"))
    expect(heading).to_have_text("Huyện Mường Nhé")
    assert selected(page)["unit"] == commune["grouping"]
    page.wait_for_timeout(500)

    click_at(page, *empty_spot(page, "03158"))
    expect(heading).to_have_text(commune["full_name"])
    page.wait_for_timeout(500)

    village = next(village for village in features(stack, "villages") if is_apart(village, page))
    click_at(page, *village["geometry"]["coordinates"])
    expect(heading).to_have_text(village["properties"]["name"])
    assert selected(page)["village"] == village["properties"]["id"]
    pasted = page.url

    for name in (commune["full_name"], "Huyện Mường Nhé", "Tỉnh Điện Biên"):
        page.go_back()
        expect(heading).to_have_text(name)

    other = page.context.new_page()
    other.goto(pasted)
    wait_for_map(other)
    expect(other.locator("#panel h1")).to_have_text(village["properties"]["name"])
    expect(other.locator("#panel table.matrix tbody tr")).to_have_count(5)
    other.reload()
    expect(other.locator("#panel h1")).to_have_text(village["properties"]["name"])


def is_apart(village: dict, page: Page) -> bool:
    """A village of the commune that is on the screen, under nothing, with nothing else near."""
    if village["properties"]["commune"] != "03158":
        return False
    return page.evaluate(
        """([lon, lat]) => { const map = iocMap.map, p = map.project([lon, lat]), box = map.getCanvas().getBoundingClientRect();
        const near = map.queryRenderedFeatures([[p.x - 22, p.y - 22], [p.x + 22, p.y + 22]]);
        const hits = near.filter((f) => !['units', 'labels'].includes(f.source));
        const top = document.elementFromPoint(box.x + p.x, box.y + p.y);
        return new Set(hits.map((f) => f.source + f.id)).size === 1 && Boolean(top && top.closest('.maplibregl-map')); }""",
        village["geometry"]["coordinates"],
    )


def test_the_published_shares_of_april_2022_on_screen_with_their_denominators(open_page: Open):
    page = open_page("/map?as_of=2022-04-30")
    for key, value in PUBLISHED.items():
        figure = page.locator(f"#panel .figure[data-key={key}]")
        expect(figure.locator(".num")).to_have_text(value)
        expect(figure.locator(".figure-ratio")).to_have_text(re.compile(r"^1\.\d{3} / 1\.440 thôn, bản$"))
        expect(figure).to_contain_text("Dữ liệu mô phỏng")
    expect(page.locator("#panel .ranking .rank-row")).to_have_count(10)
    expect(page.locator("#map-notes")).to_contain_text("30/04/2022")


def test_the_day_chosen_on_screen_changes_the_structure(open_page: Open):
    page = open_page("/map?unit=03127")
    expect(page.locator("#panel h1")).to_have_text("Phường Điện Biên Phủ")
    page.locator("#as-of").fill("2022-04-30")
    page.locator("#as-of").press("Enter")
    expect(page.locator("#panel h1")).to_have_text("Phường Him Lam")
    assert selected(page) == {"unit": "03127", "as_of": "2022-04-30"}


@pytest.mark.parametrize(("typed", "found"), [("dien bien", "Tỉnh Điện Biên"), ("MUONG NHE", "Xã Mường Nhé"), ("Sín Thầu", "Xã Sín Thầu")])
def test_search_finds_names_without_their_marks(open_page: Open, typed, found):
    page = open_page("/map?unit=094")
    page.locator("#search").fill(typed)
    page.locator("#search-results .search-hit", has_text=found).first.click()
    expect(page.locator("#panel h1")).to_have_text(found)


def test_search_that_finds_nothing_says_so(open_page: Open):
    page = open_page("/map")
    page.locator("#search").fill("xyzxyz")
    expect(page.locator("#search-results")).to_contain_text("Không tìm thấy “xyzxyz”")


def test_unknown_units_and_places_say_so_and_offer_a_way_on(open_page: Open):
    page = open_page("/map?unit=99999")
    expect(page.locator("#panel h1")).to_have_text("Không tìm thấy đơn vị")
    page.locator("#panel .btn").click()
    expect(page.locator("#panel h1")).to_have_text("Tỉnh Điện Biên")
    page = open_page("/map?village=V11-9999")
    expect(page.locator("#panel h1")).to_have_text("Không tìm thấy địa điểm")


def test_another_language_keeps_the_selection(open_page: Open):
    page = open_page("/map?unit=094&as_of=2022-04-30")
    page.locator("#tools a", has_text="EN").click()
    expect(page.locator("#panel .figure[data-key=villages_2g_pct] .figure-label")).to_have_text("Villages with 2G")
    expect(page.locator("#panel .figure[data-key=villages_2g_pct] .num")).to_have_text("100.0")
    assert selected(page) == {"unit": "094", "as_of": "2022-04-30", "lang": "en"}
