"""Every page, in both languages and themes, on every size of screen: nothing from another host, no error, nothing cut off sideways."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Open
from tests.e2e.stack import Stack

PAGES = (
    "/map",
    "/map?unit=094",
    "/map?village=V11-0100",
    "/map?endpoint=E11-020&layers=endpoints,centres",
    "/gaps?tech=3g4g",
    "/wall",
    "/feeds",
    "/connect",
    "/names",
    "/entry",
)
LIGHT_PAGES = (
    "/map?lang=en&theme=light",
    "/gaps?lang=en&theme=light",
    "/feeds?lang=en&theme=light",
    "/connect?lang=en&theme=light",
    "/wall?theme=light",
)
SIZES = {"wall": (3840, 2160), "desktop": (1440, 900), "phone": (390, 844)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_without_error_and_without_another_host(stack: Stack, open_page: Open, page, path, size):
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    open_page(path)
    page.wait_for_timeout(1200)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px wider than the screen"


@pytest.mark.parametrize("path", LIGHT_PAGES)
def test_english_and_the_light_theme(stack: Stack, open_page: Open, path):
    page = open_page(path)
    page.wait_for_timeout(800)
    assert page.evaluate("document.body.dataset.theme") == "light"


def test_the_api_documentation_comes_from_this_server(stack: Stack, page):
    page.goto(stack.url + "/api/docs")
    page.get_by_text("/api/v1/summary").first.wait_for()
