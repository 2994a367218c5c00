"""A running installation and a real Chromium, which fails a test on any error in its console and any request to another host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.e2e.stack import Stack

OUTAGE_WORDS = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_INCOMPLETE_CHUNKED",
    "ERR_EMPTY_RESPONSE",
    "Failed to fetch",
    "did not respond",
)
DESKTOP = {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


expect.set_options(timeout=20_000)  # a machine that draws without a GPU, and may be busy besides


class Watch:
    """What a page did that it must not do. A test that stops the server allows the failures that come with it."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.server_away = False

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        expected = self.server_away and any(words in message.text for words in OUTAGE_WORDS)
        if message.type in ("error", "warning") and not expected:
            self.errors.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.foreign.append(request.url)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def context(browser: Browser, watch: Watch) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, locale="vi-VN", timezone_id="UTC")
    context.set_default_timeout(60_000)
    context.on("page", watch.follow)
    yield context
    context.close()
    assert not watch.foreign, f"requests to other hosts: {watch.foreign}"
    assert not watch.errors, f"console: {watch.errors}"


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """An installation that has never run, to be copied."""
    stack = Stack(tmp_path_factory.mktemp("installed"))
    stack.init()
    return stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, installed: Stack) -> Iterator[Stack]:
    """An installation of its own for each file of tests: simulator, worker and dashboard, all running."""
    stack = installed.copied(tmp_path_factory.mktemp("stack"))
    try:
        stack.start_simulator()
        stack.start_dashboard()
        stack.start_worker()
        stack.wait_for_states()
        yield stack
    finally:
        stack.stop_all()


Open = Callable[[str], Page]
FITTED = """() => { const zoom = iocMap.map.getZoom(), still = zoom === window.zoomBefore;
  window.zoomBefore = zoom;
  return still && document.querySelector('.legend').childElementCount > 0; }"""


def map_is_fitted(page: Page) -> None:
    """The boxes that lie over a map come after it, and it makes room for them."""
    page.wait_for_function(FITTED, polling=1_000)


@pytest.fixture
def open_page(page: Page, stack: Stack) -> Open:
    """Open a path and wait until the map has drawn it, where the page has a map."""

    def opened(path: str) -> Page:
        page.goto(stack.url + path)
        wait_for_map(page)
        return page

    return opened


def wait_for_map(page: Page) -> None:
    page.wait_for_function("() => !['map', 'wall'].includes(document.body.dataset.page) || (window.iocMap && window.iocMap.drawn > 0)")
    page.wait_for_selector("#shell")
