"""First paint and bytes of `/map` beside a minimal dash-leaflet page with the same outlines and villages, in one run.

Cold caches, the two pages in turn. Printed per number of villages: first contentful paint, map drawn (outlines and villages on the
screen), bytes over the wire, as medians, and the ratio of ours to the peer's, pair by pair.

    python -m bench.paint [--villages 1440 5000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from playwright.sync_api import Browser

from bench.browsing import chromium, cold_page
from bench.crowd import add_villages
from bench.serving import dashboard, free_port, province_store

OURS = "() => window.iocMap && window.iocMap.drawn > 0"
PEER = """() => { const canvas = document.querySelector('.leaflet-overlay-pane canvas'); if (!canvas || !canvas.width) return false;
  const map = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let drawn = 0; for (let i = 3; i < map.length; i += 400) drawn += map[i] > 0; return drawn > 500; }"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def one(browser: Browser, url: str, drawn: str) -> tuple[float, float, float]:
    """First contentful paint in ms, drawn in ms, megabytes."""
    with cold_page(browser) as (page, received):
        begun = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.wait_for_function(drawn, polling=30)
        drawn_ms = 1000 * (time.perf_counter() - begun)
        page.wait_for_timeout(600)
        return float(page.evaluate(PAINT)), drawn_ms, sum(received) / 1e6


@contextlib.contextmanager
def peer(url: str) -> Iterator[str]:
    """The dash-leaflet page with the geometry that our own dashboard serves."""
    with tempfile.TemporaryDirectory() as folder:
        sources = httpx.get(f"{url}/api/v1/map").json()["sources"]
        for name in ("units", "villages"):
            (Path(folder) / f"{name}.json").write_text(httpx.get(url + sources[name]).text)
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.leaflet_page", folder, str(port)],
            cwd=folder,  # dash-extensions writes its script into the working directory
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(100):
                with contextlib.suppress(httpx.TransportError):
                    httpx.get(f"http://127.0.0.1:{port}/")
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait(10)


def compare(browser: Browser, villages: int, rounds: int) -> None:
    with province_store() as store:
        add_villages(store, villages)
        with dashboard(store) as served, peer(served.url) as other:
            one(browser, f"{served.url}/map", OURS), one(browser, other, PEER)
            pairs = [(one(browser, f"{served.url}/map", OURS), one(browser, other, PEER)) for _ in range(rounds)]
    for i, name in enumerate(("first paint ms", "drawn ms", "MB")):
        ours, theirs = [a[i] for a, _ in pairs], [b[i] for _, b in pairs]
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        print(f"{villages:>8} {name:>15} {statistics.median(ours):>9.2f} {statistics.median(theirs):>13.2f} {ratio:>7.2f}", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--villages", type=int, nargs="+", default=[1440, 5000])
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    print(f"{'villages':>8} {'':>15} {'/map':>9} {'dash-leaflet':>13} {'ratio':>7}")
    with chromium() as browser:
        for villages in options.villages:
            compare(browser, villages, options.rounds)


if __name__ == "__main__":
    main()
