"""Ages and the clock go by the server's time, in words of the page's language, and figures turn late and stale by themselves."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.e2e.assets.conftest import Server

AGES = [
    ({"seconds": 8}, r"^\d+ giây trước$", r"^\d+ seconds? ago$"),
    ({"minutes": 12, "seconds": 20}, "^12 phút trước$", "^12 minutes ago$"),
    ({"hours": 3, "minutes": 40, "seconds": 20}, "^3 giờ 40 phút trước$", "^3 h 40 min ago$"),
    ({"days": 2, "hours": 1}, "^2 ngày trước$", "^2 days ago$"),
    ({"days": 45}, r"^ngày \d\d/\d\d/\d{4}$", r"\d{4}$"),
]


def after(at: str, seconds: float) -> str:
    return (datetime.fromisoformat(at) + timedelta(seconds=seconds)).isoformat()


def span(true_at: str, late_s: int = 60, stale_s: int = 3600, more: str = 'class="age"', text: str = "") -> str:
    late_at, stale_at = after(true_at, late_s), after(true_at, stale_s)
    return f'<span {more} data-true-at="{true_at}" data-late-at="{late_at}" data-stale-at="{stale_at}">{text}</span>'


def figure(content: str, state: str = "fresh") -> str:
    return f'<article class="figure" data-state="{state}">{content}</article>'


@pytest.mark.parametrize("language", ["vi", "en"])
def test_ages_in_words(server: Server, show: Any, language: str):
    page = show("".join(span(server.ago(**ago)) for ago, _, _ in AGES), language)
    spans = page.locator(".age")
    expect(spans.nth(1)).not_to_be_empty(timeout=8000)
    words = spans.all_text_contents()
    for (_, vietnamese, english), text in zip(AGES, words, strict=True):
        assert re.search(vietnamese if language == "vi" else english, text)


def test_ages_and_clock_go_by_the_server_when_the_machine_is_wrong(server: Server, show: Any):
    server.ahead = timedelta(hours=5, minutes=30)
    page = show(span(server.ago(minutes=12, seconds=20)) + '<time data-clock="time"></time>')
    expect(page.locator(".age")).to_have_text("12 phút trước")
    there = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")) + server.ahead
    shown = page.locator("time").text_content()
    assert shown in {f"{there + timedelta(minutes=late):%H:%M}" for late in (-1, 0)}


def test_a_figure_turns_late_and_stale_with_nobody_sending_anything(server: Server, show: Any):
    page = show(figure(span(server.ago(seconds=0), late_s=4, stale_s=8)))
    shown = page.locator(".figure")
    for state in ("fresh", "late", "stale"):
        expect(shown).to_have_attribute("data-state", state, timeout=7000)
        expect(shown.locator(".age")).to_have_attribute("data-state", state)


def test_what_has_ended_and_what_has_no_data_stay_as_they_are(show: Any):
    ended = span("2020-01-01T00:00:00Z", stale_s=1, more='class="age" data-state="ended"', text="đã ngừng")
    page = show(figure(ended, "ended") + figure('<span class="age" data-state="none">chưa có số liệu</span>', "none"))
    page.wait_for_timeout(2500)
    assert page.locator(".figure").evaluate_all("(all) => all.map((one) => one.dataset.state)") == ["ended", "none"]
    expect(page.locator(".age").nth(1)).to_have_text("chưa có số liệu")


def test_a_source_that_speaks_again_makes_its_figures_young(server: Server, show: Any):
    page = show(span(server.ago(hours=2, seconds=30), more='class="age" data-heard="source/MCU"'))
    expect(page.locator(".age")).to_have_text("2 giờ trước")
    expect(page.locator(".age")).to_have_attribute("data-state", "stale")
    spoken = server.ago(minutes=3, seconds=20)
    server.change(times={"source/MCU": [spoken, after(spoken, 600), after(spoken, 3600)]})
    expect(page.locator(".age")).to_have_text("3 phút trước")
    expect(page.locator(".age")).to_have_attribute("data-state", "fresh")


def test_a_symbol_says_its_state_and_age_in_its_title(server: Server, show: Any):
    page = show(span(server.ago(minutes=3, seconds=20), more='class="age age-symbol"'))
    expect(page.locator(".age")).to_have_attribute("title", "chậm · 3 phút trước")
    expect(page.locator(".age")).to_be_empty()


def test_an_endpoint_that_its_source_left_out_stays_as_old_as_its_own_last_word(server: Server, show: Any):
    keys = "endpoint/E1&#10;source/MCU"
    page = show(span(server.ago(hours=2, seconds=30), more=f'class="age" data-heard="{keys}"'))
    expect(page.locator(".age")).to_have_text("2 giờ trước")
    spoken, own = server.ago(seconds=5), server.ago(days=3, hours=1)
    server.change(
        times={"source/MCU": [spoken, after(spoken, 600), after(spoken, 3600)], "endpoint/E1": [own, after(own, 60), after(own, 120)]}
    )
    expect(page.locator(".age")).to_have_text("3 ngày trước")
    expect(page.locator(".age")).to_have_attribute("data-state", "stale")


def test_a_figure_of_several_sources_is_as_old_as_the_oldest_of_them(server: Server, show: Any):
    page = show(span(server.ago(hours=2, seconds=30), more='class="age" data-heard="source/A&#10;source/B"'))
    expect(page.locator(".age")).to_have_text("2 giờ trước")
    older, newer = server.ago(minutes=7, seconds=20), server.ago(minutes=1, seconds=5)
    server.change(times={f"source/{name}": [at, after(at, 600), after(at, 3600)] for name, at in (("A", older), ("B", newer))})
    expect(page.locator(".age")).to_have_text("7 phút trước")
