"""Every page on every screen: sizes, themes, languages, drilled, past, known, unknown, without data, printed; what is wrong with each,
and its picture.

`python -m tests.e2e.walk FOLDER` (or `make screens`) starts a sample province and an empty one and walks both. FOLDER gets a PNG of each
screen, a PDF of each printed page and `problems.txt`; it ends with 1 when anything was found. `--only PATTERN` takes the screens whose name
matches.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as NotInTime

from tests.e2e.stack import Stack
from tests.e2e.walk_pages import PAPER, SIZES, Screen, dropped, empty, empty_province, filled, proper_names, province, screens
from tests.e2e.walk_paper import paper_problems
from tests.e2e.walk_words import untranslated
from tests.support.browser import launched

CHECKS = Path(__file__).with_name("screen_checks.js")
WITH_MAP = "['map', 'wall'].includes(document.body.dataset.page) && !location.search.includes('known=2024')"  # nothing to draw then

# The list of gaps has its rows, and its columns have not become wider or narrower since the last look.
LISTED = """() => {
  const grid = document.querySelector(".gaps-grid");
  if (grid && grid.offsetParent && !grid.querySelector(".ag-row")) return false;
  const now = [...document.querySelectorAll(".ag-header-cell")].map((cell) => Math.round(cell.getBoundingClientRect().width)).join();
  const same = window.iocWidths === now;
  window.iocWidths = now;
  return same;
}"""


def open_screen(page: Page, base: str, screen: Screen) -> None:
    """The screen, drawn: map, fonts, and what comes after."""
    width, height = SIZES[screen.size]
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
    page.goto(base + screen.url)
    page.wait_for_selector("#shell")
    drawn = "(window.iocMap && window.iocMap.drawn > 0 && window.iocMap.map.loaded())"
    page.wait_for_function(f"() => !({WITH_MAP}) || {drawn}", timeout=90_000)
    page.evaluate(f"() => {WITH_MAP} && new Promise((told) => document.addEventListener('ioc:tick', told, {{ once: true }}))")
    page.wait_for_timeout(300)
    page.wait_for_function(LISTED, polling=400)


def problems(page: Page, language: str, names: frozenset[str]) -> list[str]:
    """What is wrong with the open page. names: proper names, which are the same in every language."""
    page.evaluate(f"() => {{ {CHECKS.read_text(encoding='utf-8')} }}")
    found: list[str] = page.evaluate("() => ioc_screen.problems()")
    return [*found, *untranslated(page.evaluate("() => ioc_screen.said()"), language, names)]


class Walker:
    """Walks screens with one page and keeps what it found. folder: where pictures go; None for none."""

    def __init__(self, page: Page, base: str, names: frozenset[str], folder: Path | None) -> None:
        self.page, self.base, self.names, self.folder = page, base, names, folder
        self.found: dict[str, list[str]] = {}
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))

    def look(self, screen: Screen) -> list[str]:
        self.errors.clear()
        found = self._drawn(screen) + self._lasting(screen.language) + self.errors
        if self.folder is not None:
            self.page.screenshot(path=self.folder / f"{screen.label}.png")
        self.found[screen.label] = found
        return found

    def _lasting(self, language: str) -> list[str]:
        """What is wrong at two looks: the names of a map follow a symbol that has just changed after a moment."""
        found = problems(self.page, language, self.names)
        if not found:
            return []
        self.page.wait_for_timeout(1500)
        return [line for line in problems(self.page, language, self.names) if line in found]

    def _drawn(self, screen: Screen) -> list[str]:
        try:
            open_screen(self.page, self.base, screen)
        except NotInTime as error:
            return [f"not drawn: {error.message.splitlines()[0]}"]
        return []

    def print(self, screen: Screen, folder: Path) -> list[str]:
        """The same page on paper."""
        self.errors.clear()
        found = self._drawn(screen) + paper_problems(self.page, folder / f"{screen.label}.pdf") + self.errors
        self.found[screen.label] = found
        return found


@dataclass
class Walk:
    """One walk: the browser, where pictures go, and which labels are wanted."""

    browser: Browser
    folder: Path
    wanted: re.Pattern[str]

    def over(self, stack: Stack, pages: dict[str, str], paper: dict[str, str]) -> dict[str, list[str]]:
        context = self.browser.new_context(locale="vi-VN", timezone_id="UTC")
        context.set_default_timeout(90_000)
        walker = Walker(context.new_page(), stack.url, proper_names(stack), self.folder)
        for screen in screens(pages):
            if self.wanted.search(screen.label):
                _say(screen.label, walker.look(screen))
        for screen in (sheet for sheet in screens(paper) if sheet.size == "desktop"):
            if self.wanted.search(screen.label):
                _say(screen.label, walker.print(screen, self.folder))
        context.close()
        return walker.found

    def sample(self, stack: Stack) -> dict[str, list[str]]:
        pages = filled(stack)
        page = self.browser.new_page()
        pages["connect-open"] = dropped(page, stack.url, pages["connect-open"], stack.home)
        page.close()
        return self.over(stack, pages, {f"paper-{name}": pages[name] for name in PAPER})

    def empty(self, stack: Stack) -> dict[str, list[str]]:
        pages = empty(stack)
        return self.over(stack, pages, {f"paper-{name}": pages[name] for name in ("empty-map", "empty-gaps", "empty-feeds")})


def _say(label: str, found: list[str]) -> None:
    print(f"{label}: {len(found) or 'good'}", flush=True)
    for line in found[:12]:
        print(f"    {line}", flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="regular expression on page.size.theme.language")
    parser.add_argument("--province", choices=("sample", "empty"), help="one of the two")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[str]] = {}
    for browser in launched():
        walk = Walk(browser, options.folder, re.compile(options.only))
        for name, started, over in (("sample", province, walk.sample), ("empty", empty_province, walk.empty)):
            if options.province in (None, name):
                with tempfile.TemporaryDirectory() as home, started(Path(home)) as stack:
                    found |= over(stack)
    bad = {label: lines for label, lines in found.items() if lines}
    lines = [f"{label}\n" + "".join(f"    {line}\n" for line in lines) for label, lines in bad.items()]
    (options.folder / "problems.txt").write_text("".join(lines), encoding="utf-8")
    print(f"{len(found)} screens, {len(bad)} with problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
