"""The list of gaps and the feeds page in a browser: filters, keys, files, and what they do when data change under them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Open
from tests.e2e.stack import Stack

pytestmark = pytest.mark.long

GRID = "dash_ag_grid.getApi('gaps-grid')"
SHOWN_IDS = f"""() => {{
    const grid = {GRID};
    return Array.from({{ length: grid.getDisplayedRowCount() }}, (_, i) => grid.getDisplayedRowAtIndex(i).data.id);
}}"""
ORDER = f"() => {GRID}.getColumnState().filter((column) => column.sort).map((column) => column.colId)"


@pytest.fixture
def open_list(open_page: Open):
    def open_(query: str) -> Page:
        page = open_page(f"/gaps{query}")
        page.wait_for_selector(".gaps-grid .ag-row")
        return page

    return open_


def shown_ids(page: Page) -> list[str]:
    return list(page.evaluate(SHOWN_IDS))


def report(stack: Stack, name: str, *rows: str) -> None:
    """What operator B sends: a file in the folder, moved there whole."""
    lines = ["Mã thôn, bản;Ngày báo cáo;2G;3G;4G;5G;Băng rộng cố định", *rows]
    draft = stack.home / name
    draft.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig")
    draft.rename(stack.home / "drop" / name)


def today(stack: Stack) -> str:
    year, month, day = stack.get("/api/v1/summary")["as_of"].split("-")
    return f"{day}/{month}/{year}"


def test_the_published_day_lists_what_the_summary_does_not_count_as_covered(stack: Stack, open_list):
    figures = stack.get("/api/v1/summary?as_of=2022-04-30")["figures"]
    figure = next(figure for figure in figures if figure["key"] == "villages_3g4g_pct")
    listed = shown_ids(open_list("?tech=3g4g&as_of=2022-04-30"))
    assert len(set(listed)) == figure["denominator"] - figure["numerator"] == 82


def test_the_quick_filter_finds_with_accents_and_without(stack: Stack, open_list):
    page = open_list("?tech=4g&op=op-b")
    everything = len(shown_ids(page))
    page.fill("#gaps-find", "mường nhé")
    page.wait_for_function(f"() => {GRID}.getDisplayedRowCount() < {everything}")
    accented = shown_ids(page)
    page.fill("#gaps-find", "MUONG NHE")
    page.wait_for_timeout(600)
    assert 0 < len(shown_ids(page)) < everything
    assert shown_ids(page) == accented


def test_the_list_keeps_order_filter_and_place_when_coverage_changes(stack: Stack, open_list):
    page = open_list("?tech=4g&op=op-b")
    page.fill("#gaps-find", "huyen")
    page.click(".ag-header-cell[col-id=distance_km] .ag-header-cell-text")
    page.evaluate(f"() => {GRID}.ensureIndexVisible({GRID}.getDisplayedRowCount() - 1)")
    page.evaluate("() => { window.sameGrid = document.querySelector('.ag-root-wrapper'); }")
    mended = shown_ids(page)[0]
    figures = page.inner_text("#gaps-figures")
    report(stack, "op-b_sua-xong.csv", f"{mended};{today(stack)};;có;có;không;có")
    page.wait_for_function(f"(id) => !({SHOWN_IDS})().includes(id)", arg=mended, timeout=30_000)
    assert page.evaluate("() => window.sameGrid === document.querySelector('.ag-root-wrapper')")
    assert page.evaluate(ORDER) == ["distance_km"]
    assert page.input_value("#gaps-find") == "huyen"
    assert page.evaluate(f"() => {GRID}.getFirstDisplayedRowIndex()") > 0
    assert page.inner_text("#gaps-figures") != figures


def test_enter_on_a_village_opens_it_on_the_map_and_back_returns(stack: Stack, open_list):
    page = open_list("?tech=4g&unit=096")
    page.evaluate(f"() => {GRID}.setFocusedCell(0, 'name')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/map?unit=096&village=V11-*")
    page.wait_for_selector(f"#panel :text('{page.url.rpartition('=')[2]}')")
    page.go_back()
    page.wait_for_selector(".gaps-grid .ag-row")
    assert page.url.endswith("/gaps?tech=4g&unit=096")


@pytest.mark.parametrize(
    ("label", "name"), [("Excel", "vung-lom_096_3g4g_"), ("CSV", "vung-lom_096_3g4g_"), ("Mang theo", "ban-do_096_3g4g_")]
)
def test_a_file_comes_under_its_name(stack: Stack, open_list, label, name):
    page = open_list("?tech=3g4g&unit=096")
    with page.expect_download() as coming:
        page.click(f".page-actions a:has-text('{label}')")
    assert coming.value.suggested_filename.startswith(name)
    assert Path(coming.value.path()).stat().st_size > 500


def test_a_technology_that_has_ended_leads_to_its_last_day(stack: Stack, open_page: Open):
    page = open_page("/gaps?tech=2g")
    page.click("text=Xem danh sách ngày 15/09/2026")
    page.wait_for_selector(".gaps-grid .ag-row")
    assert "as_of=2026-09-15" in page.url


# ── Feeds ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def feed_row(page: Page, title: str) -> Any:
    return page.locator(".feeds-table tbody tr", has_text=title)


def test_run_now_is_said_at_once_and_done_by_the_worker(stack: Stack, open_page: Open):
    page = open_page("/feeds")
    row = feed_row(page, "Hồ sơ một cửa")
    before = row.locator(".at").inner_text()
    row.locator("button").click()
    row.locator(".asked", has_text="đã yêu cầu lúc").wait_for()
    page.wait_for_function(
        "(before) => [...document.querySelectorAll('.feeds-table tr')]"
        ".some((row) => row.textContent.includes('Hồ sơ một cửa') && row.querySelector('.at').textContent !== before)",
        arg=before,
        timeout=20_000,
    )
    row.locator(".asked", has_text="đã yêu cầu").wait_for(state="hidden")


def test_a_bad_row_shows_with_its_number_and_reason(stack: Stack, open_page: Open):
    page = open_page("/feeds?feed=coverage-op-b")
    report(stack, "op-b_dong-hong.csv", f"V11-0001;{today(stack)};;có;có;không;có", f"V11-9999;{today(stack)};;có;có;không;có")
    refused = page.locator(".refused-table tr", has_text="Không có thôn, bản mã V11-9999")
    refused.wait_for(timeout=30_000)
    assert refused.locator("td").first.inner_text() == "3"


def test_a_dead_worker_is_said_with_what_to_do(stack: Stack, open_page: Open):
    page = open_page("/feeds")
    page.wait_for_selector("text=Tiến trình thu thập đang chạy")
    stack.stop("worker")
    try:
        page.wait_for_selector("text=Tiến trình thu thập im lặng từ", timeout=40_000)
        assert "ioc worker" in page.inner_text(".worker-line")
    finally:
        stack.start_worker()
    page.wait_for_selector("text=Tiến trình thu thập đang chạy", timeout=40_000)
