"""Every page on every screen: sizes, themes, languages, drilled, past, known, unknown, printed; what is wrong with each, and its picture.

`python -m tests.e2e.walk FOLDER` (or `make screens`) starts a province of its own, walks all of it with one Chromium, writes a PNG of each
screen and `problems.txt` into FOLDER, and ends with 1 when anything was found. `--only PATTERN` takes the screens whose name matches.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from ioc.text import TEXT
from tests.e2e.stack import Stack
from tests.support.browser import launched

SIZES = {"wall": (3840, 2160), "desktop": (1440, 900), "phone": (390, 844)}
THEMES = ("dark", "light")
LANGUAGES = ("vi", "en")
KNOWN_NOW = "{known}"
PAGES = {
    "map": "/map",
    "map-district": "/map?unit=096",
    "map-commune": "/map?unit=03158",
    "map-operator": "/map?op=op-b&tech=5g",
    "map-centres": "/map?layers=villages,endpoints,centres&tech=broadband",
    "map-village": "/map?unit=03158&village={village}",
    "map-endpoint": "/map?endpoint={down}",
    "map-centre": "/map?centre={centre}&layers=centres",
    "map-past": "/map?as_of=2022-04-30",
    "map-past-commune": "/map?as_of=2022-04-30&unit=03127",
    "map-known": f"/map?known={KNOWN_NOW}",
    "map-unknown-unit": "/map?unit=99999",
    "map-unknown-tech": "/map?tech=xx",
    "map-unknown-operator": "/map?op=zz",
    "map-unknown-village": "/map?village=V11-9999",
    "gaps": "/gaps",
    "gaps-district": "/gaps?unit=096&tech=broadband",
    "gaps-past": "/gaps?as_of=2022-04-30&tech=3g4g",
    "gaps-ended": "/gaps?tech=2g",
    "gaps-unknown": "/gaps?tech=xx",
    "gaps-unknown-unit": "/gaps?unit=99999",
    "feeds": "/feeds",
    "feeds-one": "/feeds?feed=coverage-op-b",
    "feeds-unknown": "/feeds?feed=nothing",
    "names": "/names",
    "entry": "/entry",
    "entry-unknown": "/entry?feed=nothing",
    "wall": "/wall",
    "wall-district": "/wall?unit=096",
    "wall-broadband": "/wall?tech=broadband&layers=villages,centres",
    "wall-5g": "/wall?tech=5g&layers=endpoints",
    "wall-past": "/wall?as_of=2022-04-30",
    "wall-unknown": "/wall?unit=99999",
    "unknown-page": "/nothing",
}
CHECKS = Path(__file__).with_name("screen_checks.js")
VIETNAMESE = re.compile(r"[ăâđêôơưàảãạáằẳẵặắầẩẫậấèẻẽẹéềểễệếìỉĩịíòỏõọóồổỗộốờởỡợớùủũụúừửữựứỳỷỹỵý]", re.I)
WITH_MAP = "['map', 'wall'].includes(document.body.dataset.page)"


@dataclass(frozen=True)
class Screen:
    """One screen to look at: a page's name and path, on one size, theme and language."""

    name: str
    path: str
    size: str
    theme: str
    language: str

    @property
    def url(self) -> str:
        more = [*(["theme=light"] if self.theme == "light" else []), *(["lang=en"] if self.language == "en" else [])]
        return self.path + ("&" if "?" in self.path else "?") * bool(more) + "&".join(more)

    @property
    def label(self) -> str:
        return f"{self.name}.{self.size}.{self.theme}.{self.language}"


def screens(pages: dict[str, str]) -> list[Screen]:
    combined = product(SIZES, THEMES, LANGUAGES, pages.items())
    return [Screen(name, path, size, theme, language) for size, theme, language, (name, path) in combined]


def open_screen(page: Page, base: str, screen: Screen) -> None:
    """The screen, drawn: map, fonts, and what comes after."""
    width, height = SIZES[screen.size]
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
    page.goto(base + screen.url)
    page.wait_for_selector("#shell")
    drawn = "(window.iocMap && window.iocMap.drawn > 0 && window.iocMap.map.loaded())"
    page.wait_for_function(f"() => !{WITH_MAP} || {drawn}", timeout=90_000)
    page.wait_for_timeout(700)


def problems(page: Page, language: str, names: frozenset[str]) -> list[str]:
    """What is wrong with the open page. names: proper names, which are the same in every language."""
    page.evaluate(f"() => {{ {CHECKS.read_text(encoding='utf-8')} }}")
    found: list[str] = page.evaluate("() => ioc_screen.problems()")
    return [*found, *untranslated(page.evaluate("() => ioc_screen.said()"), language, names)]


def untranslated(said: list[dict[str, str]], language: str, names: frozenset[str]) -> list[str]:
    """Keys of the catalogue that are shown as they are, and words of the other language."""
    found = []
    for piece in said:
        text, where = piece["text"], piece["where"]
        if any(key in text for key in _key_like(text)):
            found.append(f"key of a text: “{text[:60]}” ({where})")
        elif language == "en" and VIETNAMESE.search(_without(text, names)):
            found.append(f"Vietnamese: “{text[:80]}” ({where})")
        elif language == "vi" and text in english_only():
            found.append(f"English: “{text[:60]}” ({where})")
    return found


@cache
def english_only() -> frozenset[str]:
    """What the English catalogue says in other words than the Vietnamese one."""
    texts = {key: (TEXT.text("en", key), TEXT.text("vi", key)) for key in TEXT.keys("en")}
    vietnamese = {vi for _, vi in texts.values()}
    return frozenset(en for key, (en, vi) in texts.items() if en != vi and en not in vietnamese and len(en) > 2)


@cache
def _sections() -> frozenset[str]:
    return frozenset(key.split(".")[0] for key in TEXT.keys("vi"))


def _key_like(text: str) -> list[str]:
    return [
        key for key in re.findall(r"\b[a-z_]+(?:\.[a-z0-9_]+)+\b", text) if key.split(".")[0] in _sections() and not key.endswith(".toml")
    ]


SAMPLE_NAMES = re.compile(r"Nhà mạng mẫu \w|Cán bộ mẫu \d+, Tổ CNTT [^,]+,?")


def _without(text: str, names: frozenset[str]) -> str:
    text = SAMPLE_NAMES.sub(" ", text)
    for name in sorted((name for name in names if name in text), key=len, reverse=True):
        text = text.replace(name, " ")
    return text


def proper_names(stack: Stack) -> frozenset[str]:
    """Names of units, places, feeds' titles and sources as the store has them."""
    found: set[str] = set()
    for query in ("", "?as_of=2022-04-30"):
        described = stack.get(f"/api/v1/map{query}")
        for url in described["sources"].values():
            for feature in stack.get(url)["features"]:
                found |= {feature["properties"][key] for key in ("name", "full_name") if feature["properties"].get(key)}
    return frozenset(found) | {"Tiếng Việt", "Việt Nam"}


def filled(stack: Stack) -> dict[str, str]:
    """The pages with places of this province in them: a village of Mường Nhé, an endpoint that is down, a centre, a moment ago."""
    described = stack.get("/api/v1/map")["sources"]
    places = {
        key: [feature["properties"] for feature in stack.get(described[key])["features"]] for key in ("villages", "endpoints", "centres")
    }
    village = next(place["id"] for place in places["villages"] if place["commune"] == "03158")
    states = stack.get("/api/v1/state")["endpoints"]
    down = next((id_ for id_, state in states.items() if state == "down"), next(iter(states)))
    known = stack.get("/api/v1/state")["now"][:16]
    values = {"village": village, "down": down, "centre": places["centres"][0]["id"], "known": f"{known}Z"}
    return {name: path.format(**values) for name, path in PAGES.items()}


class Walker:
    """Walks screens with one page and keeps what it found. folder: where pictures go; None for none."""

    def __init__(self, page: Page, base: str, names: frozenset[str], folder: Path | None) -> None:
        self.page, self.base, self.names, self.folder = page, base, names, folder
        self.found: dict[str, list[str]] = {}
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))

    def look(self, screen: Screen) -> list[str]:
        self.errors.clear()
        open_screen(self.page, self.base, screen)
        found = problems(self.page, screen.language, self.names) + self.errors
        if self.folder is not None:
            self.page.screenshot(path=self.folder / f"{screen.label}.png")
        self.found[screen.label] = found
        return found


@contextmanager
def province(home: Path) -> Iterator[Stack]:
    """A sample province, running."""
    stack = Stack(home)
    stack.init()
    try:
        stack.start_simulator()
        stack.start_dashboard()
        stack.start_worker()
        stack.wait_for_states()
        yield stack
    finally:
        stack.stop_all()


def walk(browser: Browser, stack: Stack, folder: Path | None, only: str) -> dict[str, list[str]]:
    context = browser.new_context(locale="vi-VN", timezone_id="UTC")
    context.set_default_timeout(90_000)
    walker = Walker(context.new_page(), stack.url, proper_names(stack), folder)
    wanted = re.compile(only)
    for screen in screens(filled(stack)):
        if wanted.search(screen.label):
            found = walker.look(screen)
            print(f"{screen.label}: {len(found) or 'good'}", flush=True)
            for line in found[:12]:
                print(f"    {line}", flush=True)
    context.close()
    return walker.found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="regular expression on page.size.theme.language")
    parser.add_argument("--url", help="a running dashboard instead of a province of its own")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, _stack(options.url, Path(home)) as stack:
        found: dict[str, list[str]] = {}
        for browser in launched():
            found = walk(browser, stack, options.folder, options.only)
    bad = {label: lines for label, lines in found.items() if lines}
    lines = [f"{label}\n" + "".join(f"    {line}\n" for line in lines) for label, lines in bad.items()]
    (options.folder / "problems.txt").write_text("".join(lines), encoding="utf-8")
    print(f"{len(found)} screens, {len(bad)} with problems")
    return 1 if bad else 0


@contextmanager
def _stack(url: str | None, home: Path) -> Iterator[Any]:
    if url is None:
        with province(home) as stack:
            yield stack
    else:
        yield Stack(home, port=int(url.rpartition(":")[2]), probe_base_port=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
