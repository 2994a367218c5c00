"""A small part of the walk over every screen (`make screens` takes all of it), and that the walk finds what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.stack import Stack
from tests.e2e.walk import Walker, open_screen, problems
from tests.e2e.walk_pages import Screen, empty, empty_province, filled, proper_names
from tests.e2e.walk_paper import paper_problems

pytestmark = pytest.mark.long

SCREENS = [
    ("map", "desktop", "dark", "vi"),
    ("map", "phone", "light", "en"),
    ("map", "wall", "light", "vi"),
    ("map-village", "phone", "dark", "vi"),
    ("map-past-commune", "desktop", "light", "vi"),
    ("map-unknown-tech", "desktop", "dark", "en"),
    ("gaps-district", "desktop", "light", "en"),
    ("feeds", "desktop", "dark", "vi"),
    ("connect", "phone", "light", "en"),
    ("wall", "wall", "dark", "vi"),
    ("wall-district", "desktop", "dark", "en"),
    ("wall-past", "wall", "light", "vi"),
    ("unknown-page", "phone", "dark", "vi"),
]


@pytest.fixture(scope="module")
def pages(stack: Stack) -> dict[str, str]:
    return filled(stack)


@pytest.fixture(scope="module")
def names(stack: Stack) -> frozenset[str]:
    return proper_names(stack)


@pytest.mark.parametrize("wanted", SCREENS, ids=".".join)
def test_nothing_on_a_screen_is_cut_covered_or_in_another_language(stack: Stack, page: Page, pages, names, watch, wanted):
    name, size, theme, language = wanted
    watch.server_away = name.startswith("unknown")  # a page that is none is a 404, which the console reports
    walker = Walker(page, stack.url, names, None)
    assert walker.look(Screen(name, pages[name], size, theme, language)) == []
    watch.errors.clear() if name.startswith("unknown") else None


@pytest.mark.parametrize("path", ["/map?unit=096", "/gaps", "/feeds?theme=light&lang=en", "/connect"])
def test_a_page_on_paper_is_whole_has_its_day_and_nothing_to_press(stack: Stack, page: Page, tmp_path: Path, path: str):
    open_screen(page, stack.url, Screen("paper", path, "desktop", "dark", "vi"))
    assert paper_problems(page, tmp_path / "page.pdf") == []


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (".print-date { display: none !important; }", "no day"),
        ("body .page-actions, body .page-actions .btn { display: flex !important; }", "to press"),
        (".print-list tr { break-inside: auto !important; } .print-list td { line-height: 200mm; width: 10mm; }", "split between"),
        ("@page { margin: 2mm; }", "beyond the margin"),
    ],
)
def test_the_print_check_finds_what_it_is_for(stack: Stack, page: Page, tmp_path: Path, spoil: str, found: str):
    open_screen(page, stack.url, Screen("paper", "/gaps", "desktop", "dark", "vi"))
    page.evaluate("(css) => document.body.append(Object.assign(document.createElement('style'), { textContent: css }))", spoil)
    assert any(found in line for line in paper_problems(page, tmp_path / "page.pdf"))


@pytest.fixture(scope="module")
def nothing_told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with empty_province(tmp_path_factory.mktemp("empty")) as stack:
        yield stack


@pytest.mark.parametrize(
    ("name", "size"), [("empty-map", "phone"), ("empty-map-commune", "desktop"), ("empty-gaps", "phone"), ("empty-wall", "wall")]
)
def test_a_province_that_nobody_told_anything_has_whole_screens(nothing_told: Stack, page: Page, name: str, size: str):
    walker = Walker(page, nothing_told.url, proper_names(nothing_told), None)
    assert walker.look(Screen(name, empty(nothing_told)[name], size, "dark", "vi")) == []


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        ("document.querySelector('#panel h1').style.cssText = 'width: 40px; overflow: hidden; white-space: nowrap'", "cut sideways"),
        ("document.querySelector('#panel h1').style.cssText = 'position: relative; top: 30px'", "over"),
        ("document.querySelector('#panel h1').textContent = 'technology.xx'", "key of a text"),
        ("document.querySelector('#panel h1').textContent = 'Households'", "English"),
        ("document.querySelector('.legend').style.cssText = 'bottom: 40%; left: 40%'", "under aside"),
        ("document.querySelector('#panel').style.cssText = 'position: fixed; left: 1300px; overflow: visible'", "beyond the side"),
    ],
)
def test_the_walk_finds_what_it_is_for(open_page: Open, spoil: str, found: str):
    page = open_page("/map")
    expect(page.locator("#panel h1")).to_be_visible()
    page.evaluate(f"() => {{ {spoil}; }}")
    assert any(found in line for line in problems(page, "vi", frozenset()))


def test_the_sheet_of_a_phone_is_dragged_pressed_and_moved_by_keys(open_page: Open, page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    open_page("/map")
    grip, panel = page.locator("#sheet-grip"), page.locator("#panel")

    def height() -> float:
        box = panel.bounding_box()
        assert box is not None
        return box["height"]

    half = height()
    box = grip.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 150, steps=4)
    page.mouse.move(x, y - 330, steps=4)
    page.mouse.up()
    assert height() > half + 200
    page.keyboard.press("Tab")
    grip.focus()
    page.keyboard.press("Home")
    assert height() < half / 2
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    assert height() > half + 200
    assert grip.get_attribute("aria-valuenow") == "94"
    grip.press("Enter")
    assert height() < half / 2


def test_the_map_on_paper_has_its_date_its_margins_and_nothing_to_press(open_page: Open):
    page = open_page("/map?unit=096")
    expect(page.locator("#panel h1")).to_be_visible()
    page.evaluate("() => { window.dispatchEvent(new Event('beforeprint')); }")
    page.emulate_media(media="print")
    for selector in (".rail", ".map-bar", ".search", "#alerts", ".btn", ".known-bar .btn", "#sheet-grip", ".rank-rest summary"):
        shown = page.locator(selector)
        assert not any(shown.nth(i).is_visible() for i in range(shown.count())), selector
    date = page.locator(".print-date")
    expect(date).to_be_visible()
    assert page.locator("#tools .tool-shown").first.inner_text().strip() in date.inner_text()
    expect(page.locator(".map-print")).to_be_visible()
    split = "(e) => getComputedStyle(e).breakInside !== 'avoid'"
    assert page.evaluate(f"() => [...document.querySelectorAll('.figure, .rank-row, .map-stage')].filter({split}).length") == 0
    assert len(page.pdf()) > 10_000
