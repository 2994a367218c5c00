"""The pages of the walk, with places of a running province in them; of a province without data; and those that are printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.stack import Stack

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
    "map-known-before": "/map?known=2024-01-01T00:00Z",
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
    "connect": "/connect",
    "connect-open": "{village}",  # its file is dropped: see dropped()
    "connect-unknown": "/connect?file=99999",
    "wall": "/wall",
    "wall-district": "/wall?unit=096",
    "wall-broadband": "/wall?tech=broadband&layers=villages,centres",
    "wall-5g": "/wall?tech=5g&layers=endpoints",
    "wall-past": "/wall?as_of=2022-04-30",
    "wall-unknown": "/wall?unit=99999",
    "unknown-page": "/nothing",
}
EMPTY = {
    "map": "/map",
    "map-district": "/map?unit={district}",
    "map-commune": "/map?unit={commune}",
    "gaps": "/gaps",
    "feeds": "/feeds",
    "names": "/names",
    "entry": "/entry",
    "connect": "/connect",
    "wall": "/wall",
}
PAPER = (
    "map",
    "map-district",
    "map-commune",
    "map-past",
    "gaps",
    "gaps-district",
    "feeds",
    "feeds-one",
    "names",
    "entry",
    "connect",
    "wall",
)
SHEET = "Mã thôn;Ngày báo cáo;4G;5G\n{village};05/11/2026;có;không\nKHONG-CO;05/11/2026;có;không\n"
IN_SHEET = frozenset({"Vùng phủ sóng tháng 11", "Mã thôn", "Ngày báo cáo", "có · có", "không · không", "hằng tháng chậm nhất ngày 5"})


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


def proper_names(stack: Stack) -> frozenset[str]:
    """Names of units, places, feeds' titles and sources as the store has them."""
    found: set[str] = set()
    for query in ("", "?as_of=2022-04-30"):
        described = stack.get(f"/api/v1/map{query}")
        for url in described["sources"].values():
            for feature in stack.get(url)["features"]:
                found |= {feature["properties"][key] for key in ("name", "full_name") if feature["properties"].get(key)}
    return frozenset(found) | IN_SHEET | {"Tiếng Việt", "Việt Nam"}


def filled(stack: Stack) -> dict[str, str]:
    """The pages with places of this province in them: a village of Mường Nhé, an endpoint that is down, a centre, a moment ago."""
    described = stack.get("/api/v1/map")["sources"]
    places = {
        key: [feature["properties"] for feature in stack.get(described[key])["features"]] for key in ("villages", "endpoints", "centres")
    }
    village = next(place["id"] for place in places["villages"] if place["commune"] == "03158")
    states = stack.get("/api/v1/state")["endpoints"]
    down = next((id_ for id_, state in states.items() if state == "down"), next(iter(states)))
    known = stack.get("/api/v1/state")["now"][:19]
    values = {"village": village, "down": down, "centre": places["centres"][0]["id"], "known": f"{known}Z"}
    return {name: path.format(**values) for name, path in PAGES.items()}


def empty(stack: Stack) -> dict[str, str]:
    """The pages of a province without data, with the first district and commune of it."""
    units = [feature["properties"] for feature in stack.get(stack.get("/api/v1/map")["sources"]["units"])["features"]]
    commune = next(unit for unit in units if unit["level"] == "commune")
    places = {"district": commune["grouping"], "commune": commune["code"]}
    return {f"empty-{name}": path.format(**places) for name, path in EMPTY.items()}


def dropped(page: Page, base: str, village: str, folder: Path) -> str:
    """The path of a proposal: a file of coverage that a clerk dropped on /connect."""
    file = folder / "Vùng phủ sóng tháng 11.csv"
    file.write_text(SHEET.format(village=village), encoding="utf-8")
    page.goto(f"{base}/connect")
    page.locator(".connect-drop input[type=file]").set_input_files(file)
    page.wait_for_selector(".connect[data-state=proposed]")
    return page.url.removeprefix(base)


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


@contextmanager
def empty_province(home: Path) -> Iterator[Stack]:
    """A province of units and outlines, running, that nobody has told anything."""
    stack = Stack(home)
    stack.init("--province", "04", "--empty")
    try:
        stack.start_dashboard()
        stack.start_worker()
        yield stack
    finally:
        stack.stop_all()
