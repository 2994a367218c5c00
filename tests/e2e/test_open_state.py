"""What a person has opened stays open, where it was scrolled, through new data, on every page; alerts lead to what they are about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.stack import Stack

UPDATES = 10
RENEW = """(turn) => window.dash_clientside.set_props('live-version', { data: { turn, endpoints: Date.now() } })"""
LOST = [f"E11-{number:03d}" for number in (20, 40, 60, 80, 100, 120)]
DESKTOP, PHONE = (1440, 900), (390, 844)


@pytest.fixture(scope="module", autouse=True)
def lost(stack: Stack) -> None:
    """Some endpoints are down, so that there is something to say."""
    for endpoint in LOST:
        stack.control(endpoint, "down")


@pytest.fixture
def renew(page: Page) -> Callable[[], None]:
    """New data, as the browser hears of them: the server draws again what follows them."""

    def ten_times() -> None:
        for turn in range(UPDATES):
            with page.expect_response("**/_dash-update-component**"):
                page.evaluate(RENEW, turn)
        page.wait_for_timeout(100)

    return ten_times


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("path", ["/map", "/gaps", "/feeds", "/names", "/entry", "/connect"])
def test_the_list_of_alerts_stays_open_and_on_the_screen(open_page: Open, page: Page, renew, path, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_page(path)
    page.locator("#alerts summary").click()
    listed = page.locator(".alerts-list")
    renew()
    expect(listed).to_be_visible()
    box = listed.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert listed.locator("a.event").count() >= 1
    page.mouse.click(size[0] / 2, size[1] - 120)


def test_every_alert_leads_to_what_it_is_about(open_page: Open):
    page = open_page("/gaps?theme=light")
    links = [row.get_attribute("href") or "" for row in page.locator(".alerts-list a.event").all()]
    assert links
    assert all(link.startswith(("/map?", "/feeds?feed=")) and "theme=light" in link for link in links)
    page.locator("#alerts summary").click()
    page.locator(".alerts-list a.event[href^='/map']").first.click()
    page.wait_for_url("**/map?**")
    expect(page.locator(".alerts-list")).to_be_hidden()


def test_an_opened_ranking_and_its_place_survive_new_data_and_close_with_another_area(open_page: Open, renew):
    page = open_page("/map")
    page.locator("#panel .rank-rest summary").click()
    last = page.locator("#panel .rank-rest .rank-row").last
    expect(last).to_be_visible()
    page.evaluate("[...document.querySelectorAll('#panel .rank-rest .rank-row')].at(-1).scrollIntoView()")  # new data may come meanwhile
    before = page.evaluate("document.getElementById('panel').scrollTop")
    assert before > 0
    renew()
    assert page.evaluate("document.getElementById('panel').scrollTop") == before
    expect(last).to_be_visible()
    page.locator("#panel .rank-row a").first.click()
    expect(page.locator("#panel h1")).not_to_have_text("Tỉnh Điện Biên")
    rest = page.locator("#panel .rank-rest")
    assert rest.count() == 0 or rest.get_attribute("open") is None


def test_a_scrolled_list_of_alerts_and_the_focus_in_it_stay_where_they_are(open_page: Open, page: Page, renew):
    page.set_viewport_size({"width": 1000, "height": 260})
    open_page("/feeds")
    page.locator("#alerts summary").click()
    page.locator(".alerts-list a.event").last.focus()
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    scrolled = page.evaluate("document.querySelector('.alerts-list').scrollTop")
    renew()
    assert page.evaluate("document.activeElement.getAttribute('href')") == focused
    assert page.evaluate("document.querySelector('.alerts-list').scrollTop") == scrolled
