"""What an open page does while things happen: a listener closes, the worker dies, the server dies for a minute."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open, map_is_fitted
from tests.e2e.stack import Stack

pytestmark = pytest.mark.long

OUTAGE_S = float(os.environ.get("IOC_TEST_OUTAGE_S", "60"))
STATE_ON_MAP = """(id) => { const feature = iocMap.map.querySourceFeatures('endpoints').find((f) => f.properties.id === id);
  const drawn = feature && iocMap.map.getFeatureState({source: 'endpoints', id: feature.id}).k;
  return {0: 'up', 1: 'down', 2: 'unknown'}[drawn]; }"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, installed: Stack) -> Iterator[Stack]:
    """An installation whose endpoint feeds promise more than usual, so that a silent worker shows within the test."""
    stack = installed.copied(tmp_path_factory.mktemp("stack"))
    stack.configure(r"late_after_s = (30|60)\n", "late_after_s = 15\n")
    stack.configure(r"stale_after_s = (120|300)\n", "stale_after_s = 30\n")
    try:
        stack.start_simulator()
        stack.start_dashboard()
        stack.start_worker()
        stack.wait_for_states()
        yield stack
    finally:
        stack.stop_all()


def marked(page: Page) -> None:
    """A mark that a reload would wipe away."""
    page.evaluate("window.__untouched = true")


def untouched(page: Page) -> bool:
    return bool(page.evaluate("window.__untouched === true"))


def camera(page: Page) -> list[float]:
    return page.evaluate("[iocMap.map.getZoom(), iocMap.map.getCenter().lng, iocMap.map.getCenter().lat]")


def probed_endpoint(stack: Stack) -> str:
    states = stack.get("/api/v1/state")["endpoints"]
    return next(id_ for id_ in sorted(states, reverse=True) if states[id_] == "up")


def test_a_closed_listener_shows_without_reload_or_zoom(stack: Stack, open_page: Open):
    page = open_page("/map")
    endpoint = probed_endpoint(stack)
    stack.control(endpoint, "up")
    page.wait_for_function(f"() => ({STATE_ON_MAP})('{endpoint}') === 'up'")
    page.evaluate("iocMap.map.jumpTo({zoom: 9.5, center: [103.1, 21.8]})")
    marked(page)
    before = camera(page)
    for state in ("down", "up"):
        stack.control(endpoint, state)
        page.wait_for_function(f"() => ({STATE_ON_MAP})('{endpoint}') === '{state}'", timeout=20_000)
    assert camera(page) == pytest.approx(before)
    assert untouched(page)
    stack.control(endpoint, "auto")


def test_figures_grow_late_and_stale_when_the_worker_dies_and_fresh_when_it_is_back(stack: Stack, open_page: Open):
    page = open_page("/map")
    figure = page.locator("#panel .figure[data-key=endpoints_up]")
    expect(figure).to_have_attribute("data-state", "fresh", timeout=20_000)
    stack.stop("worker", signal.SIGKILL)
    expect(figure).to_have_attribute("data-state", "late", timeout=30_000)
    expect(figure).to_have_attribute("data-state", "stale", timeout=30_000)
    assert stack.get("/healthz")["worker"] == "silent"
    stack.start_worker()
    expect(figure).to_have_attribute("data-state", "fresh", timeout=20_000)


@pytest.mark.timeout(240)
def test_a_server_that_is_away_for_a_minute(stack: Stack, open_page: Open, watch):
    page = open_page("/map?unit=094")
    marked(page)
    link = page.locator("#link-state")
    expect(link).to_have_attribute("data-state", "live")
    map_is_fitted(page)
    drawn = page.evaluate("iocMap.map.queryRenderedFeatures().length")
    watch.server_away = True
    stack.stop("dashboard", signal.SIGKILL)
    expect(link).to_have_attribute("data-state", "lost", timeout=15_000)
    expect(link).to_contain_text("Mất liên lạc với máy chủ từ")
    expect(link).to_contain_text("trước")
    time.sleep(OUTAGE_S)
    assert page.evaluate("iocMap.map.queryRenderedFeatures().length") == drawn
    expect(page.locator("#panel h1")).to_have_text("Thành phố Điện Biên Phủ")
    stack.start_dashboard()
    expect(link).to_have_attribute("data-state", "live", timeout=15_000)
    assert untouched(page)
    endpoint = probed_endpoint(stack)
    stack.control(endpoint, "down")
    page.wait_for_function(f"() => ({STATE_ON_MAP})('{endpoint}') === 'down'", timeout=10_000)
    stack.control(endpoint, "auto")
