"""The live link: what a page does with each way in which a stream can fail."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.assets.conftest import Server
from tests.e2e.conftest import Watch

pytestmark = pytest.mark.long

LIVE = "dash_clientside.ioc.live"


def state_of(page: Page, endpoint: str) -> str | None:
    return page.evaluate(f"{LIVE}.state.endpoints[{endpoint!r}]")


def wait_for_state(page: Page, endpoint: str, state: str, timeout_s: float) -> None:
    page.wait_for_function(f"() => {LIVE}.state.endpoints[{endpoint!r}] === {state!r}", timeout=timeout_s * 1000)


def test_changes_arrive_at_once_and_what_is_gone_is_forgotten(server: Server, show: Any):
    page = show()
    wait_for_state(page, "E1", "up", 5)
    server.change(endpoints={"E1": "down", "E2": "up"})
    wait_for_state(page, "E1", "down", 2)
    server.change(endpoints={"E2": None})
    page.wait_for_function(f"() => !('E2' in {LIVE}.state.endpoints)", timeout=2000)
    assert page.evaluate(f"{LIVE}.link.state") == "live"
    expect(page.locator("#link-state")).to_be_empty()


def test_only_what_differs_is_told(server: Server, show: Any):
    page = show()
    wait_for_state(page, "E1", "up", 5)
    page.evaluate("window.told = []; document.addEventListener('ioc:state', (event) => told.push(event.detail.changed))")
    server.change(endpoints={"E1": "up"})
    server.change(endpoints={"E1": "down"}, layers={"coverage": 1})
    wait_for_state(page, "E1", "down", 2)
    assert page.evaluate("told") == [{"endpoints": {"E1": "down"}}]


@pytest.mark.parametrize("failure", ["refused", "silent"])
def test_a_page_without_a_stream_polls_and_goes_back_to_the_stream(server: Server, show: Any, watch: Watch, failure: str):
    watch.server_away = True
    server.stream = failure
    page = show()
    wait_for_state(page, "E1", "up", 20)
    server.change(endpoints={"E1": "down"})
    wait_for_state(page, "E1", "down", 12)
    page.wait_for_timeout(3000)
    assert page.evaluate(f"{LIVE}.link.state") == "live"
    server.stream = "ok"
    for _ in range(45):
        if server.open:
            break
        page.wait_for_timeout(1000)
    assert server.open, "no stream again"
    server.change(endpoints={"E1": "up"})
    wait_for_state(page, "E1", "up", 2)
    watch.errors = [error for error in watch.errors if "503" not in error]


def test_a_dead_server_is_said_with_the_age_of_the_picture_and_found_again(server: Server, show: Any, watch: Watch):
    watch.server_away = True
    page = show()
    wait_for_state(page, "E1", "up", 5)
    server.stop()
    link = page.locator("#link-state")
    expect(link).to_have_attribute("data-state", "lost", timeout=10_000)
    expect(link).to_contain_text("giây trước")
    assert state_of(page, "E1") == "up", "the last picture stays"
    page.wait_for_timeout(12_000)
    server.change(endpoints={"E1": "down"})
    server.start()
    wait_for_state(page, "E1", "down", 15)
    expect(link).to_have_attribute("data-state", "live")
    for _ in range(100):
        if server.open:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(1000)
    assert len(server.open) == 1, "one stream for each page"
