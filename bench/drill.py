"""Drilling: how long from a click on the map until the map and the panel show the next level, and the server's part of it.

Printed: p50 and p95 of click → drawn (map idle and panel changed, one frame later), and of the server's part: the time from the
request of the panel to the first byte of its answer, and the time spent rendering it.

    python -m bench.drill [--clicks 60]
"""

from __future__ import annotations

import argparse
import time

from playwright.sync_api import Page

from bench.browsing import chromium, cold_page, percentile
from bench.serving import Served, dashboard, province_store
from ioc.api.context import Context
from ioc.page import render
from ioc.snapshots import Snapshots
from store.engine import open_engine

WATCH = """() => { const heading = () => document.querySelector('#panel h1').textContent;
  window.__drill = { at: 0, done: 0, from: heading(), drawn: iocMap.drawn };
  document.addEventListener('pointerup', () => {
    const d = window.__drill; d.at = performance.now(); d.done = 0; d.from = heading(); d.drawn = iocMap.drawn;
    const drawn = () => heading() !== d.from && iocMap.drawn > d.drawn && iocMap.map.loaded();
    (function look() { requestAnimationFrame(drawn() ? () => (d.done = performance.now()) : look); })();
  }, { capture: true }); }"""
SERVER = """() => performance.getEntriesByType('resource').filter((entry) => entry.name.includes('_dash-update-component'))
  .map((entry) => entry.responseStart - entry.requestStart)"""
POINT = """(code) => { const feature = iocMap.map.querySourceFeatures('units').find((f) => f.properties.code === code);
  if (!feature) return null; const label = JSON.parse(feature.properties.label), p = iocMap.map.project(label);
  const box = iocMap.map.getCanvas().getBoundingClientRect(), x = box.x + p.x, y = box.y + p.y;
  const top = document.elementFromPoint(x, y); return top && top.tagName === 'CANVAS' ? [x, y] : null; }"""


def click(page: Page, code: str) -> float | None:
    """Milliseconds from a click on the commune's label point until the next level is drawn; None where the point is covered."""
    at = page.evaluate(POINT, code)
    if at is None:
        return None
    page.mouse.click(*at)
    page.wait_for_function("() => window.__drill.done > 0", polling=20, timeout=15_000)
    return float(page.evaluate("window.__drill.done - window.__drill.at"))


def drill(page: Page, served: Served, clicks: int) -> list[float]:
    codes = [
        feature["code"]
        for feature in page.evaluate("iocMap.map.querySourceFeatures('units').map((f) => f.properties)")
        if feature["level"] == "commune"
    ]
    page.evaluate(WATCH)
    taken: list[float] = []
    province = page.inner_text("#panel h1")
    for code in sorted(set(codes)) * 5:
        for _ in range(2):  # province → district → commune, or a village that lies under the pointer
            spent = click(page, code)
            page.wait_for_timeout(150)
            if spent is not None:
                taken.append(spent)
        page.evaluate("dash_clientside.ioc.select({unit: null, village: null, endpoint: null, centre: null})")
        page.wait_for_function("(name) => document.querySelector('#panel h1').textContent === name", arg=province)
        page.wait_for_timeout(400)
        if len(taken) >= clicks:
            break
    return taken


def rendering(store: str, turns: int = 40) -> list[float]:
    """Milliseconds to render the parts of the page for district after district, in this process."""
    snapshots = Snapshots(open_engine(store))
    context = Context.of(snapshots, "bench")
    units = snapshots.get().places.units
    codes = list(units.index[units["level"] != "province"])
    render(context, "/map", f"?unit={codes[0]}")
    spent = []
    for i in range(turns):
        begun = time.perf_counter()
        render(context, "/map", f"?unit={codes[i % len(codes)]}")
        spent.append(1000 * (time.perf_counter() - begun))
    return spent


def row(name: str, values: list[float]) -> str:
    return f"{name:>34} {len(values):>6} {percentile(values, 0.5):>9.1f} {percentile(values, 0.95):>9.1f}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--clicks", type=int, default=60)
    options = arguments.parse_args()
    with province_store() as store:
        with dashboard(store) as served, chromium() as browser, cold_page(browser) as (page, _):
            page.goto(f"{served.url}/map?layers=villages")
            page.wait_for_function("() => window.iocMap && window.iocMap.drawn > 0 && document.querySelector('#panel h1')")
            page.wait_for_timeout(1500)
            taken = drill(page, served, options.clicks)
            server = [value for value in page.evaluate(SERVER) if value > 0]
        print(f"{'':>34} {'n':>6} {'p50 ms':>9} {'p95 ms':>9}")
        print(row("click → drawn", taken))
        print(row("of it: server, request → answer", server))
        print(row("of it: rendering the parts", rendering(store)))


if __name__ == "__main__":
    main()
