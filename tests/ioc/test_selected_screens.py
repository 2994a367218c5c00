"""Screens of an operator, a day that is over, and of what does not exist: what they say and what they offer."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from geo.cube import Share
from ioc.api.context import Context
from ioc.class_breaks import BREAKS, class_breaks
from ioc.layouts import map as map_page
from ioc.layouts import wall
from ioc.page import page_key, render
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.text import Words
from ioc.values import _value, map_values
from ioc.views.events import current_events
from tests.ioc.test_gaps import texts


@pytest.fixture(scope="module")
def context(unchanged: Snapshots) -> Context:
    return Context.of(unchanged, "b")


def said(context: Context, path: str, query: str, part: str) -> str:
    return texts(render(context, path, query)[part])


def figures(part: Any) -> dict[str, str]:
    """Label of each figure → its value, numerator and denominator."""
    found: dict[str, str] = {}

    def look(component: Any) -> None:
        if isinstance(component, (list, tuple)):
            for one in component:
                look(one)
        elif getattr(component, "className", "") == "figure":
            found[texts(component.children[0])] = texts(component.children[1:])
        elif hasattr(component, "children"):
            look(component.children)

    look(part)
    return found


@pytest.mark.parametrize(("path", "part"), [("/map", "panel"), ("/wall", "page")])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_with_an_operator_every_tile_of_coverage_follows_it_or_says_that_it_does_not(context: Context, path: str, part: str, language: str):
    whole = figures(render(context, path, f"?lang={language}")[part])
    one = figures(render(context, path, f"?op=op-b&lang={language}")[part])
    labelled = {label.partition(" · ")[0]: (label.partition(" · ")[2], value) for label, value in one.items()}
    shared = {label for label in whole if label in labelled}
    assert any(labelled[label][0].endswith("B") and labelled[label][1] != whole[label] for label in shared)
    unlabelled = {label for label in shared if not labelled[label][0]}
    assert unlabelled, "what no operator brings needs none"
    assert all(labelled[label][1] == whole[label] for label in unlabelled)
    no_signal = {"vi": ("Thôn, bản trắng sóng", "mọi nhà mạng"), "en": ("Villages without any signal", "any operator")}[language]
    assert any(whose == no_signal[1] for whose, _ in labelled.values())


@pytest.mark.parametrize("technology", [*BREAKS, "4g", "a-new-one"])
def test_breaks_are_four_round_numbers_that_rise(technology: str) -> None:
    breaks = class_breaks(technology)
    assert len(breaks) == 4
    assert list(breaks) == sorted(set(breaks))
    assert 0 < breaks[0] < breaks[-1] < 100


def test_a_technology_that_is_being_built_is_not_one_colour(unchanged: Snapshots) -> None:
    """Shares of communes as they are while a technology is built."""
    built = [Share(n, 100) for n in (8, 12, 24, 25, 37, 48)]
    assert len({_value(share, class_breaks("5g"))["c"] for share in built}) >= 4
    assert len({_value(share, class_breaks("4g"))["c"] for share in built}) == 1
    assert map_values(unchanged.get(), "5g", None)["classes"] == class_breaks("5g")
    assert "<10 · 20 · 30 · 50 · 100 %" in texts(map_page.legend(unchanged.get(), Selection.parse("?tech=5g"), Words("vi")))


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("?unit=99999", "Không có đơn vị 99999; đang chiếu toàn tỉnh"),
        ("?unit=abc", "Không có đơn vị abc; đang chiếu toàn tỉnh"),
        ("?tech=xx", "Không có công nghệ xx; đang chiếu 4G"),
        ("?op=zz", "Không có nhà mạng zz; đang chiếu mọi nhà mạng"),
    ],
)
def test_a_wall_of_what_there_is_not_shows_the_province_and_says_so(context: Context, query: str, note: str) -> None:
    parts = render(context, "/wall", query)
    assert note in texts(parts["map_notes"])
    assert "Tỉnh Điện Biên" in texts(parts["page"])
    assert len(figures(parts["page"])) == 6


@pytest.mark.parametrize("day", [date(2022, 4, 30), date(2025, 8, 1)])
def test_a_wall_of_a_past_day_has_its_own_date_and_no_alerts(context: Context, day: date) -> None:
    board = texts(render(context, "/wall", f"?as_of={day.isoformat()}")["page"])
    assert f"{day:%d/%m/%Y}" in board
    assert "Không có cảnh báo" not in board
    assert "không kèm cảnh báo" in board


def test_events_fit_whole_and_the_others_are_counted() -> None:
    short, long = wall.Event("bad", None, "x" * 30), wall.Event("bad", None, "x" * 60)
    assert wall._fitting([short, short]) == 2
    assert wall._fitting([long] * 5) == 2
    assert wall._fitting([]) == 0


@pytest.mark.parametrize(
    ("query", "title", "on"), [("?tech=xx", "Không có công nghệ này", "/map"), ("?op=zz", "Không có nhà mạng này", "/map")]
)
def test_a_map_of_what_there_is_not_says_so_and_shows_no_key(context: Context, query: str, title: str, on: str) -> None:
    parts = render(context, "/map", query)
    shown = " ".join(texts(parts[name]) for name in ("panel", "legend", "map_notes", "map_bar") if parts[name])
    assert title in shown
    assert "technology." not in shown


@pytest.mark.parametrize("path", ["/nothing", "/map/x", "/unknown", "/maps", "/a/b/c"])
@pytest.mark.parametrize(("language", "sentence"), [("vi", "Không có trang này"), ("en", "There is no such page")])
def test_an_unknown_page_is_one_sentence_a_way_on_and_a_404(
    client: httpx.Client, context: Context, path: str, language: str, sentence: str
):
    assert client.get(f"{path}?lang={language}").status_code == 404
    assert sentence in said(context, path, f"?lang={language}", "page")


@pytest.mark.parametrize("path", ["/", "/map", "/gaps", "/feeds", "/names", "/entry", "/wall", "/map/"])
def test_a_page_is_a_200(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert page_key(path) != "unknown"


@pytest.mark.parametrize("path", ["/map", "/gaps", "/wall"])
@pytest.mark.parametrize(("language", "back"), [("vi", "Về hôm nay"), ("en", "Back to today")])
def test_a_past_day_has_a_bar_and_a_way_back(context: Context, path: str, language: str, back: str) -> None:
    assert back in said(context, path, f"?as_of=2022-04-30&lang={language}", "known")
    assert not render(context, path, f"?lang={language}")["known"]
    both = said(context, path, f"?as_of=2022-04-30&known=2022-06-01T08:00&lang={language}", "known")
    assert back in both or "2022" in both


@pytest.mark.parametrize("path", ["/feeds", "/names", "/entry"])
def test_a_page_that_no_day_changes_has_no_bar_of_one(context: Context, path: str) -> None:
    assert not render(context, path, "?as_of=2022-04-30")["known"]


def test_events_of_a_district_are_of_that_district(unchanged: Snapshots) -> None:
    snapshot = unchanged.get()
    words = Words("vi")
    whole = [event for event in current_events(snapshot, words) if event.state == "bad"]
    for district in snapshot.places.units.query("level == 'district'")["code"]:
        here = [event for event in current_events(snapshot, words, district) if event.state == "bad"]
        assert len(here) <= len(whole)
        assert all(event.to["unit"] == district for event in here)
