"""A person settles a name in the browser: he says who he is, chooses, and may take it back."""

from __future__ import annotations

from datetime import UTC, date, datetime

from playwright.sync_api import expect

from store import names
from store.engine import open_engine
from store.names import Candidate, Question
from store.transactions import reading, writing
from tests.e2e.conftest import Open
from tests.e2e.stack import Stack

LIKELY = (Candidate("03127", "Phường Điện Biên Phủ"), Candidate("03325", "Xã Mường Phăng"))


def ask(stack: Stack, name: str) -> str:
    question = Question("unit", "new", "", name, "", "", date(2025, 8, 31), "row.unit_unknown", LIKELY)
    engine = open_engine(stack.environment["IOC_STORE"])
    with writing(engine) as connection:
        names.note_reviews(connection, "sheet", [question], item="a.csv", at=datetime.now(UTC))
    engine.dispose()
    return question.review_id("sheet")


def held(stack: Stack, review: str) -> names.Decision | None:
    engine = open_engine(stack.environment["IOC_STORE"])
    with reading(engine) as connection:
        found = names.standing_decisions(connection).get(review)
    engine.dispose()
    return found


def test_a_name_is_settled_and_asked_again(stack: Stack, open_page: Open) -> None:
    review = ask(stack, "Phường Điện Biên Phú")
    page = open_page("/names")
    card = page.locator(f"#name-{review}")
    card.get_by_role("button", name="Phường Điện Biên Phủ").click()
    expect(card.locator(".asked")).to_contain_text("người quyết định")
    assert held(stack, review) is None
    page.get_by_label("Người quyết định").fill("Lò Thị An")
    card.get_by_role("button", name="Phường Điện Biên Phủ").click()
    expect(card).to_have_count(0)
    assert held(stack, review) == ("chosen", "03127")
    row = page.locator(".decisions-table tbody tr").first
    expect(row).to_contain_text("Lò Thị An")
    row.get_by_role("button", name="Rút lại").click()
    expect(page.locator(f"#name-{review}")).to_be_visible()
    assert held(stack, review) is None


def test_a_new_name_comes_by_itself_and_does_not_take_away_what_is_typed(stack: Stack, open_page: Open) -> None:
    first = ask(stack, "Xã Mường Phằng")
    page = open_page("/names")
    page.get_by_label("Người quyết định").fill("Lò Thị An")
    page.locator(f"#name-{first} input").fill("99999")
    second = ask(stack, "Tổng cộng")
    expect(page.locator(f"#name-{second}")).to_be_visible()
    expect(page.get_by_label("Người quyết định")).to_have_value("Lò Thị An")
    expect(page.locator(f"#name-{first} input")).to_have_value("99999")
    page.locator(f"#name-{first}").get_by_role("button", name="Chọn").click()
    expect(page.locator(f"#name-{first} .asked")).to_contain_text("Không có đơn vị")
    page.locator(f"#name-{second}").get_by_role("button", name="Không phải đơn vị nào").click()
    expect(page.locator(f"#name-{second}")).to_have_count(0)
    assert held(stack, second) == ("ignored", None)


def test_the_feeds_page_leads_to_names_that_wait(stack: Stack, open_page: Open) -> None:
    ask(stack, "Xã Không Đâu")
    page = open_page("/feeds")
    page.get_by_role("link", name="Đối chiếu tên").click()
    expect(page.get_by_role("heading", name="Đối chiếu tên")).to_be_visible()
    expect(page.locator(".rail-item[aria-current]")).to_have_text("Nguồn")
