"""The list of gaps in a browser: box, columns' filters, counts, address, reload, files and paper hold the same rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page

from ioc.list_filter import passes
from tests.e2e.conftest import Open
from tests.e2e.stack import Stack
from tests.e2e.test_lists import GRID, SHOWN_IDS

LIST = "?tech=3g4g&as_of=2022-04-30"
ROWS = f"""() => {{ const rows = []; {GRID}.forEachNode((node) => rows.push(node.data)); return rows; }}"""


def text(kind: str, value: str | None = None) -> dict[str, object]:
    return {"filterType": "text", "type": kind, **({} if value is None else {"filter": value})}


def number(kind: str, value: int, **more: int) -> dict[str, object]:
    return {"filterType": "number", "type": kind, "filter": value, **more}


MODELS: list[dict[str, object]] = [
    {"people": number("greaterThan", 300)},
    {"name": text("endsWith", "7"), "district": text("contains", "mường")},
    {"status": text("notContains", "lom")},
    {"nearest": text("notBlank"), "people": number("inRange", 100, filterTo=500)},
    {"people": {"filterType": "number", "operator": "OR", "conditions": [number("lessThan", 100), number("greaterThan", 600)]}},
]


@pytest.fixture
def listed(open_page: Open) -> Callable[[str], Page]:
    def opened(query: str) -> Page:
        page = open_page(f"/gaps{query}")
        page.wait_for_selector(".gaps-grid .ag-row")
        page.wait_for_timeout(500)
        return page

    return opened


def shown_ids(page: Page) -> list[str]:
    return list(page.evaluate(SHOWN_IDS))


def set_model(page: Page, model: dict[str, object]) -> None:
    before = page.url
    page.evaluate(f"(model) => {GRID}.setFilterModel(model)", model)
    page.wait_for_function("(before) => location.href !== before", arg=before)


def csv_ids(page: Page, stack: Stack) -> set[str]:
    href = page.locator(".page-actions a", has_text="CSV").get_attribute("href")
    body = httpx.get(stack.url + str(href), timeout=30).content.decode("utf-8-sig")
    return {row[0] for row in list(csv.reader(io.StringIO(body), delimiter=";"))[1:]}


def counted(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator("#gaps-figures .gaps-count .num").first.inner_text()))


@pytest.mark.parametrize("model", MODELS)
def test_the_server_and_the_grid_keep_the_same_rows_everywhere(stack: Stack, listed, model):
    page = listed(LIST)
    rows = page.evaluate(ROWS)
    set_model(page, model)
    ids = shown_ids(page)
    assert 0 < len(ids) < len(rows)
    assert set(ids) == {row["id"] for row in rows if passes(row, None, model)}
    page.wait_for_selector(".gaps-filtered")
    assert counted(page) == len(ids)
    assert csv_ids(page, stack) == set(ids)
    page.reload()
    page.wait_for_selector(".gaps-grid .ag-row")
    page.wait_for_function(f"(n) => {GRID}.getDisplayedRowCount() === n", arg=len(ids))
    assert set(shown_ids(page)) == set(ids)


@pytest.mark.parametrize("find", ["không", "muong", "zzzz", "Tua Chua"])
def test_the_box_finds_what_the_grid_says_and_everything_follows(stack: Stack, listed, find):
    page = listed(LIST)
    rows = page.evaluate(ROWS)
    page.fill("#gaps-find", find)
    page.wait_for_url("**find=**")
    expected = {row["id"] for row in rows if passes(row, find, {})}
    page.wait_for_function(f"(n) => {GRID}.getDisplayedRowCount() === n", arg=len(expected))
    assert set(shown_ids(page)) == expected
    page.wait_for_selector(".gaps-filtered")
    assert counted(page) == len(expected)
    assert csv_ids(page, stack) == expected
    if find == "không":
        assert expected == {row["id"] for row in rows if "không" in " ".join(str(value) for value in row.values())}
    page.click("#gaps-unfilter")
    page.wait_for_function(f"(n) => {GRID}.getDisplayedRowCount() === n", arg=len(rows))
    page.wait_for_function("() => !location.search.includes('find')")


def test_another_area_keeps_the_filter_and_back_brings_it_again(listed):
    page = listed(LIST)
    page.fill("#gaps-find", "muong")
    page.wait_for_url("**find=muong**")
    menu = page.locator(".page-tools details").nth(1)
    menu.locator("summary").click()
    menu.locator("a").nth(1).click()
    page.wait_for_url("**unit=**")
    assert "find=muong" in page.url
    assert page.input_value("#gaps-find") == "muong"
    page.go_back()
    page.wait_for_function("() => !location.search.includes('unit=')")
    assert page.input_value("#gaps-find") == "muong"


def test_paper_has_every_row_of_the_list_and_nothing_to_press(listed):
    page = listed(LIST)
    everything = shown_ids(page)
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    names = page.locator(".print-list tbody tr").count()
    assert names == len(everything) > 30
    for selector in (".page-actions", ".page-tools", ".topbar .search", ".gaps-grid"):
        assert not page.locator(selector).first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".print-list").count() == 0
