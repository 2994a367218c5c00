"""The page of names offers what a name may mean, takes a person's word for it, and shows who decided what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from ioc.api.context import Context
from ioc.callbacks.names import typed_code
from ioc.commands import forget_name, settle_name
from ioc.layouts.names import body
from ioc.names_now import open_names
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.text import Words
from store import names
from store.names import Candidate, Question
from store.transactions import reading, writing
from tests.ioc.test_gaps import texts

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
LIKELY = (Candidate("03127", "Phường Điện Biên Phủ", "equal", 0.5), Candidate("03325", "Xã Mường Phăng"))
ASKED = Question("unit", "new", "", "Xã Thanh Minh", "TP Điện Biên Phủ", "", date(2025, 8, 31), "row.unit_former", LIKELY)
REVIEW = ASKED.review_id("sheet")


@pytest.fixture
def asking(province: Engine) -> Engine:
    """A province with one open name."""
    with writing(province) as connection:
        names.note_reviews(connection, "sheet", [ASKED], item="a.csv", at=AT)
        names.wait(connection, "sheet", [names.Waiting("0" * 32, REVIEW, "a.csv", 7, {"Xã": "Xã Thanh Minh"}, AT)], at=AT)
    return province


def shown(engine: Engine, language: str = "vi") -> str:
    context = Context.of(Snapshots(engine), "b")
    parts: Any = body(context, Selection(language=language), Words(language))
    return texts(parts)


def test_an_open_name_shows_what_was_written_why_and_what_it_may_mean(asking: Engine) -> None:
    text = shown(asking)
    for part in (
        "1 tên đang chờ",
        "1 dòng số liệu",
        "Xã Thanh Minh",
        "trong TP Điện Biên Phủ",
        "Phường Điện Biên Phủ (03127)",
        "50 % của đơn vị cũ",
    ):
        assert part in text
    assert "theo bảng chuyển đổi" in text
    assert open_names(asking) == 1


def test_a_settled_name_leaves_the_list_and_stands_in_the_history(asking: Engine) -> None:
    with reading(asking) as connection:
        code = str(names.places_on(connection, date(2025, 8, 31))["code"].iloc[0])
    assert settle_name(asking, REVIEW, code=code, by="Lò Thị An", at=AT) == "settled"
    text = shown(asking)
    assert open_names(asking) == 0
    for part in ("Không có tên nào đang chờ", f"({code})", "Lò Thị An", "Rút lại"):
        assert part in text
    assert forget_name(asking, REVIEW, by="Lò Thị An", at=AT) == "settled"
    assert "rút lại, hỏi lại" in shown(asking)
    assert open_names(asking) == 1


def test_a_name_that_is_no_unit_is_said_so(asking: Engine) -> None:
    assert settle_name(asking, REVIEW, code=None, by="An", at=AT) == "settled"
    assert "không phải đơn vị nào" in shown(asking)
    assert "no unit" in shown(asking, "en")


def test_what_is_not_on_the_list_or_in_the_register_is_refused(asking: Engine) -> None:
    assert settle_name(asking, REVIEW, code="99999", by="An", at=AT) == "no_place"
    assert settle_name(asking, "ffff", code=None, by="An", at=AT) == "no_review"
    assert forget_name(asking, "ffff", by="An", at=AT) == "no_review"


def test_nothing_to_settle_is_said(province: Engine) -> None:
    assert "Mọi tên đơn vị" in shown(province)
    assert "Nothing has been decided yet" in shown(province, "en")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Xã Núa Ngam (03360)", "03360"),
        (" 03360 ", "03360"),
        ("Xã Núa Ngam", ""),
        ("", ""),
        (None, ""),
        ("Xã (cũ) A (1)", "1"),
        ("()", "()"),
    ],
)
def test_a_code_is_read_from_what_was_typed(typed: str | None, code: str) -> None:
    assert typed_code(typed) == code


def test_a_word_is_answered_by_one_of_its_meanings_or_by_none(province: Engine) -> None:
    may_be = (Candidate("covered", "Có sóng"), Candidate("none", "Không có sóng"))
    question = Question("word", "coverage", "", "c", "", "", date(2026, 11, 5), "row.word_unknown", may_be)
    review = question.review_id("sheet")
    with writing(province) as connection:
        names.note_reviews(connection, "sheet", [question], item="a.csv", at=AT)
    text = shown(province)
    for part in ("từ chỉ trạng thái", "Chưa rõ từ này nghĩa là gì", "Có sóng (covered)", "Không nói gì, như ô để trống"):
        assert part in text
    assert "Đơn vị khác" not in text
    assert settle_name(province, review, code="03127", by="Lò Thị An", at=AT) == "no_place"
    assert settle_name(province, review, code=None, by="Lò Thị An", at=AT) == "settled"
    assert "không nói gì, như ô để trống" in shown(province)
    assert "It says nothing" not in shown(province, "vi")
