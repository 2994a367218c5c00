"""From a person's hands to the figure on the screen: entered, checked, signed by another, stored, and both names beside the figure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.stack import Stack

FEED = "dossiers-by-hand"
PATH = f"/entry?feed={FEED}"
COUNTS = {"Tiếp nhận": 90_000, "Đang xử lý": 0, "Đến hạn": 90_000, "Đúng hạn": 900, "Quá hạn": 89_100, "Nộp trực tuyến": 0}


@pytest.fixture(scope="module")
def quiet(stack: Stack) -> Stack:
    """The simulated one-stop system is silent, so that only people speak about dossiers."""
    stack.stop("simulator")
    return stack


def fill(page: Page, row: int, values: dict[str, object]) -> None:
    fields = page.locator(".entry-row").nth(row)
    for label, value in values.items():
        fields.get_by_label(re.compile(f"^{label}")).fill(str(value))


def test_enter_check_sign_and_see_the_figure_with_both_names(quiet: Stack, open_page, watch):
    watch.server_away = True
    page = open_page(PATH)
    period = page.evaluate("new Date().toLocaleDateString('en-GB', {month: '2-digit', year: 'numeric', timeZone: 'Asia/Ho_Chi_Minh'})")
    centre = page.locator("#entry-centre_id option").first.get_attribute("value")
    fill(page, 0, {"Trung tâm": centre, "Kỳ": period, **COUNTS})
    page.get_by_role("button", name="Thêm dòng").click()
    expect(page.locator(".entry-row")).to_have_count(2)
    fill(page, 1, {"Trung tâm": "C11-KHONG-CO", "Kỳ": period, **COUNTS})
    page.get_by_role("button", name="Gửi chờ ký").click()
    expect(page.locator("#entry-said")).to_contain_text("Hãy ghi họ tên")
    page.get_by_label("Người nhập").fill("Lò Thị Mai")
    page.get_by_role("button", name="Gửi chờ ký").click()
    expect(page.locator("#entry-said")).to_contain_text("Đã gửi phiếu 1")
    expect(page.locator(".entry-row")).to_have_count(1)

    card = page.locator('.entry[data-entry="1"]')
    expect(card).to_contain_text("1 / 2 dòng dùng được")
    expect(card).to_contain_text("Không có trung tâm mã C11-KHONG-CO")
    card.get_by_label("Người ký").fill("lò thị mai")
    card.get_by_role("button", name="Ký", exact=True).click()
    expect(card).to_contain_text("người khác phải ký")
    card.get_by_label("Người ký").fill("Vàng A Páo")
    card.get_by_role("button", name="Ký", exact=True).click()
    expect(card).to_have_attribute("data-state", "taken", timeout=60_000)
    expect(card).to_contain_text("loại 1")
    expect(card.get_by_role("button", name="Ký", exact=True)).to_have_count(0)

    page = open_page("/map")
    figure = page.locator('.figure[data-key="dossiers_on_time_pct"]')
    expect(figure).to_contain_text("Lò Thị Mai ✓ Vàng A Páo")
    share = float(figure.locator(".num").inner_text().replace(".", "").replace(",", "."))
    assert share < 30, "90,000 dossiers of which one in a hundred was on time"
    expect(figure.locator(".age")).to_contain_text("trước")


def test_a_sheet_is_taken_along_filled_in_and_handed_over(quiet: Stack, open_page, watch, tmp_path: Path):
    watch.server_away = True
    page = open_page(PATH)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải mẫu bảng tính").click()
    path = tmp_path / "mẫu.xlsx"
    download.value.save_as(path)
    book = load_workbook(path)
    assert book.sheetnames == ["Số liệu", "Hướng dẫn", "Danh mục"]
    sheet = book["Số liệu"]
    heads = [cell.value for cell in sheet[1]]
    assert [rule.type for rule in sheet.data_validations.dataValidation][:2] == ["list", "whole"]
    values = {"Mã trung tâm": "C11-001", "Kỳ": "01/2026", **COUNTS}
    sheet.append([values.get(head) for head in heads])
    sheet.append([values.get(head) for head in heads])
    book.save(path)
    page.get_by_label("Người nhập").fill("Lò Thị Mai")
    page.locator("#entry-upload input").set_input_files(path)
    card = page.locator(".entry").first
    expect(card).to_contain_text("mẫu.xlsx")
    expect(card).to_contain_text("dòng dùng được")
    expect(card).to_contain_text(re.compile("Không có trung tâm|Trùng với dòng 2"))
    card.get_by_label("Người ký").fill("Vàng A Páo")
    card.get_by_role("button", name="Trả lại").click()
    expect(card).to_contain_text("Hãy ghi lý do trả lại")
    card.get_by_label("Lý do trả lại").fill("nhập hai lần")
    card.get_by_role("button", name="Trả lại").click()
    expect(card).to_contain_text("Lý do trả lại: nhập hai lần")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("rác.xlsx", b"PK\x03\x04 rubbish", "bảng tính"), ("lệnh.exe", b"MZ", ".exe"), ("trống.csv", b" ", "Không có dòng dữ liệu nào")],
)
def test_a_file_that_is_no_sheet_says_so(quiet: Stack, open_page, watch, tmp_path: Path, name: str, content: bytes, said: str):
    watch.server_away = True
    page = open_page(PATH)
    (tmp_path / name).write_bytes(content)
    page.get_by_label("Người nhập").fill("Lò Thị Mai")
    page.locator("#entry-upload input").set_input_files(tmp_path / name)
    card = page.locator(".entry").first
    expect(card).to_contain_text(name)
    expect(card.locator(".run-error")).to_contain_text(said)
    expect(card.get_by_role("button", name="Ký", exact=True)).to_be_disabled()


def test_a_page_for_a_feed_that_nobody_enters_says_so(quiet: Stack, open_page, watch):
    watch.server_away = True
    page = open_page("/entry?feed=endpoints-probe&lang=en")
    expect(page.locator(".empty")).to_contain_text("takes no figures by hand")
    expect(page.get_by_role("button", name="Dossiers by hand (sample)")).to_be_visible()
