"""What a map on a wall lives through: a lost graphics context, a browser without WebGL, scenes for weeks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open, Watch, map_is_fitted
from tests.e2e.stack import Stack

CONTEXT = "iocMap.map.painter.context.gl.getExtension('WEBGL_lose_context')"
NO_WEBGL = """const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return /webgl/.test(kind) ? null : getContext.call(this, kind, ...more); };"""
PICTURE = """() => { const states = {};
  for (const [source, ids] of [['units', ['094', '03127', '03158']], ['villages', [0, 700, 1439]], ['endpoints', [0, 75, 149]]])
    for (const id of ids) states[source + id] = iocMap.map.getFeatureState({source, id});
  return states; }"""


def drawn_again(page: Page, act: str) -> None:
    before = page.evaluate("iocMap.drawn")
    page.evaluate(act)
    page.wait_for_function(f"() => iocMap.drawn > {before}", timeout=20_000)


def test_a_restored_context_shows_the_same_picture(stack: Stack, open_page: Open):
    page = open_page("/map?unit=094")
    page.wait_for_function("() => 'k' in iocMap.map.getFeatureState({source: 'endpoints', id: 0})")
    map_is_fitted(page)
    before = page.evaluate(PICTURE)
    drawn_at = page.evaluate("[iocMap.map.getZoom(), iocMap.map.queryRenderedFeatures({layers: ['commune-fill']}).length]")
    page.evaluate(f"window.lost = {CONTEXT}; lost.loseContext()")
    page.wait_for_timeout(500)
    drawn_again(page, "lost.restoreContext()")
    after = page.evaluate(PICTURE)
    assert {key: state | {"k": None} for key, state in after.items()} == {key: state | {"k": None} for key, state in before.items()}
    assert all("k" in after[key] for key in after if not key.startswith("units"))
    assert page.evaluate("[iocMap.map.getZoom(), iocMap.map.queryRenderedFeatures({layers: ['commune-fill']}).length]") == drawn_at


def test_what_is_selected_while_the_context_is_lost_is_drawn_when_it_is_back(open_page: Open):
    page = open_page("/map")
    page.evaluate(f"window.lost = {CONTEXT}; lost.loseContext()")
    page.wait_for_timeout(500)
    page.evaluate("dash_clientside.ioc.select({unit: '096'})")
    page.evaluate("lost.restoreContext()")
    page.wait_for_function("() => iocMap.drawnFor === 'unit=096'", timeout=20_000)
    assert page.evaluate("iocMap.map.getFeatureState({source: 'units', id: '096'}).s") == 1


def test_a_browser_without_webgl_gets_the_map_that_can_be_taken_along(stack: Stack, page: Page, watch: Watch):
    page.add_init_script(NO_WEBGL)
    page.goto(f"{stack.url}/map?unit=094")
    frame = page.locator("#map-fallback iframe")
    expect(frame).to_have_attribute("src", "/export/map.html?unit=094", timeout=20_000)
    expect(page.locator("#panel h1")).to_have_text("Thành phố Điện Biên Phủ")
    page.locator("#panel .rank-name").first.click()
    expect(frame).to_have_attribute("src", page.url.removeprefix(stack.url).replace("/map?", "/export/map.html?"))


def test_the_wall_turns_by_itself_without_a_trace_in_the_history_or_the_document(stack: Stack, open_page: Open):
    page = open_page("/wall")
    expect(page.locator(".wall-scenes li")).to_have_count(4)
    counts = "[document.querySelectorAll('*').length, history.length, iocMap.map.listImages().length > 200]"
    for turn in range(8):
        page.evaluate("dash_clientside.ioc.wall.goTo(arguments[0])".replace("arguments[0]", str(turn)))
        expect(page.locator(".wall-scenes li").nth(turn % 4)).to_have_attribute("aria-current", "")
        page.wait_for_function("() => iocMap.drawnFor === location.search.replace(/^\\?/, '')")
        if turn == 3:
            page.wait_for_timeout(1500)
            once = page.evaluate(counts)
    page.wait_for_timeout(1500)
    again = page.evaluate(counts)
    assert again[1:] == once[1:]
    assert again[0] == pytest.approx(once[0], abs=40)


def test_the_walls_keys_turn_and_hold_the_scenes(open_page: Open):
    page = open_page("/wall")
    first = page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.href !== arguments[0]".replace("arguments[0]", repr(first)))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    expect(page.locator(".wall-scenes")).to_have_attribute("data-paused", "")
    held = page.url
    page.wait_for_timeout(22_000)
    assert page.url == held
    page.keyboard.press(" ")
    expect(page.locator(".wall-scenes")).not_to_have_attribute("data-paused", "")
