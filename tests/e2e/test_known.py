"""A screen as it was known at a moment: it says so, stands still while things happen, and leads back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ioc import clock
from tests.e2e.conftest import Open, Watch
from tests.e2e.stack import Stack
from tests.e2e.test_live_page import STATE_ON_MAP
from tests.support.programs import wait_until

pytestmark = pytest.mark.long

ENDPOINT = "E11-020"
SIZES = {"wall": (3840, 2160), "desktop": (1440, 900), "phone": (390, 844)}


def lead(stack: Stack, state: str) -> None:
    """Let the endpoint be up or down, and wait until the store knows."""
    stack.control(ENDPOINT, state)
    wait_until(lambda: stack.get("/api/v1/state")["endpoints"][ENDPOINT] == state, 30)


def test_it_says_so_stands_still_while_things_happen_and_leads_back(stack: Stack, open_page: Open) -> None:
    lead(stack, "up")
    page = open_page(f"/map?endpoint={ENDPOINT}&known={clock.written(clock.now())}")
    expect(page.locator("#known")).to_contain_text("Màn hình như đã biết lúc")
    page.wait_for_function(f"(id) => ({STATE_ON_MAP})(id) === 'up'", arg=ENDPOINT)
    told = page.locator("#panel").inner_text()
    lead(stack, "down")
    page.wait_for_timeout(4500)
    assert page.locator("#panel").inner_text() == told
    page.wait_for_function(f"(id) => ({STATE_ON_MAP})(id) === 'up'", arg=ENDPOINT)  # a map that is drawing has nothing to say
    page.locator("#known a").click()
    expect(page.locator("#known")).to_be_hidden()
    expect(page.locator("#panel")).to_contain_text("mất kết nối")
    page.wait_for_function(f"(id) => ({STATE_ON_MAP})(id) === 'down'", arg=ENDPOINT)
    assert "known" not in page.url


def test_the_moment_is_chosen_on_screen_and_kept_from_page_to_page(open_page: Open, watch: Watch) -> None:
    page = open_page("/gaps")
    yesterday = clock.local(clock.now() - timedelta(days=1))
    page.locator("#known-at").fill(f"{yesterday:%Y-%m-%dT%H:%M}")
    page.locator("#known-at").press("Enter")
    expect(page.locator("#page")).to_contain_text("Chưa có gì để xem lại")
    assert f"known={yesterday:%Y-%m-%dT%H:%M}" in page.url
    page.locator("#rail a", has_text="Nguồn").click()
    expect(page.locator("#known")).to_contain_text(f"{yesterday:%H:%M %d/%m/%Y}")
    page.locator("#page a", has_text="Về hiện tại").click()
    expect(page.locator("#known")).to_be_hidden()
    expect(page.locator("#page h1")).to_be_visible()


def test_what_is_no_moment_of_the_past_is_said_and_the_page_is_of_now(open_page: Open) -> None:
    page = open_page("/map?known=2099-01-01T08:00")
    expect(page.locator("#known")).to_contain_text("không phải là một thời điểm đã qua")
    expect(page.locator("#panel h1")).to_have_text("Tỉnh Điện Biên")
    page.locator("#map-bar a", has_text=re.compile("^5G$")).click()
    expect(page.locator("#known")).to_be_hidden()
    assert "known" not in page.url


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/map", "/wall"])
def test_the_bar_and_the_way_back_fit_every_screen(open_page: Open, page, path, size) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    open_page(f"{path}?known={clock.written(clock.now())}")
    expect(page.locator("#known")).to_be_visible()
    for part in ("#known strong", "#known a"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= page.locator("#known").bounding_box()["y"] + page.locator("#known").bounding_box()["height"] + 1
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
