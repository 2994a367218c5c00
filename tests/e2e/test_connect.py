"""A clerk's file becomes a feed from the page alone: dropped, looked at, corrected, saved, taken."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.stack import Stack

SHEET = "Mã thôn;Ngày báo cáo;4G;5G\n{village};05/11/2026;có;không\nKHONG-CO;05/11/2026;có;không\n"


def test_a_dropped_file_is_proposed_corrected_saved_and_taken(stack: Stack, open_page, tmp_path: Path):
    file = tmp_path / "Vùng phủ sóng tháng 11.csv"
    file.write_text(SHEET.format(village="V11-0001"), encoding="utf-8")
    page = open_page("/feeds")
    page.get_by_role("link", name="Nối nguồn mới").click()
    page.locator(".connect-drop input[type=file]").set_input_files(file)
    card = page.locator(".connect")
    expect(card).to_have_attribute("data-state", "proposed", timeout=60_000)
    assert "file=" in page.url
    expect(card).to_contain_text("Phải trả lời: tệp không nói số liệu của nhà mạng nào")
    expect(page.get_by_role("button", name="Lưu nguồn này")).to_be_disabled()
    expect(page.get_by_label("Cột Mã thôn là")).to_have_value("village_id")
    expect(card.locator(".connect-stored")).to_contain_text("V11-0001")
    expect(card).to_contain_text("KHONG-CO")

    page.get_by_label("Số liệu của nhà mạng").select_option("op-b")
    page.get_by_label("Cơ quan gửi số liệu").fill("Sở KH&CN")
    page.get_by_role("button", name="Đọc lại theo lựa chọn này").click()
    expect(page.get_by_role("button", name="Lưu nguồn này")).to_be_enabled(timeout=60_000)
    expect(page.get_by_label("Cơ quan gửi số liệu")).to_have_value("Sở KH&CN")
    page.get_by_role("button", name="Lưu nguồn này").click()
    expect(page.locator("#connect-answer")).to_contain_text("Hãy ghi họ tên")
    page.get_by_label("Người lưu").fill("Lò Thị Mai")
    page.get_by_role("button", name="Lưu nguồn này").click()
    expect(card).to_have_attribute("data-state", "saved", timeout=60_000)
    page.get_by_role("link", name="Xem nguồn").click()
    expect(page.locator(".page")).to_contain_text("Vùng phủ sóng tháng 11.csv", timeout=60_000)


def test_an_address_without_its_file_says_so(open_page):
    page = open_page("/connect?file=99999")
    expect(page.locator(".page")).to_contain_text("Không có tệp này")
