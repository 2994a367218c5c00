"""axe-core on every page, in both themes and languages: nothing serious, nothing critical."""

from __future__ import annotations

import re
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from ioc.pages import page_layouts
from ioc.text import TEXT
from tests.e2e.stack import Stack

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
ASKED = "axe.run(document, {resultTypes: ['violations']})"
MORE = ("/map?unit=03158", "/feeds?feed=coverage", "/map?as_of=2022-04-30", "/nothing")


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    return [
        f"{found['id']} ({found['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for found in page.evaluate(ASKED)["violations"]
        for node in found["nodes"]
        if found["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("theme", "language"), [("dark", "vi"), ("light", "en")])
def test_every_page_can_be_used_by_people_who_see_or_hear_it(stack: Stack, page: Page, watch, theme: str, language: str) -> None:
    watch.server_away = True
    found = {}
    for path in (*(f"/{key}" for key in page_layouts()), *MORE):
        page.goto(f"{stack.url}{path}{'&' if '?' in path else '?'}theme={theme}&lang={language}")
        page.wait_for_selector("#shell")
        page.wait_for_timeout(500)  # what comes after the frame: lists, tiles, the live state
        found[path] = violations(page)
    watch.errors = [said for said in watch.errors if "404" not in said]  # the page that is not there
    assert {path: said for path, said in found.items() if said} == {}


def test_fields_for_files_and_the_language_have_names(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.url}/entry?feed=dossiers-by-hand")
    field = page.locator('.entry-drop input[type="file"]')
    expect(field).to_have_attribute("aria-label", re.compile(re.escape(TEXT.text("vi", "entry.drop"))))
    expect(page.get_by_role("link", name="EN English", exact=True)).to_be_visible()


def test_what_the_server_refuses_is_said_on_the_page(stack: Stack, page: Page, watch) -> None:
    page.goto(f"{stack.url}/entry?feed=dossiers-by-hand")
    page.wait_for_selector("#entry-submit")
    page.evaluate("fetch('/_dash-update-component', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})")
    expect(page.get_by_role("alert")).to_have_text(TEXT.text("vi", "refused.post"))
    watch.errors = [said for said in watch.errors if "400" not in said]
