"""A contact's numbers are links that a phone dials; what is no number is left as it is written."""

from __future__ import annotations

import pytest

from ioc.text import Words
from ioc.views.contact import contact


def links(text: str) -> list[str]:
    return [part.href for part in contact(text, Words("vi")) if not isinstance(part, str)]


@pytest.mark.parametrize(
    ("text", "dialled"),
    [
        ("Chị Lan, 0215 3812 345", ["tel:02153812345"]),
        ("Anh Nam 0912.345.678 hoặc 0912-345-679", ["tel:0912345678", "tel:0912345679"]),
        ("+84 912 345 678", ["tel:+84912345678"]),
        ("Tổ CNTT UBND xã Mường Nhé", []),
        ("Phòng 012, tầng 3", []),
        ("Cán bộ mẫu 017, Tổ CNTT, 0000 000 017", ["tel:0000000017"]),
    ],
)
def test_numbers_are_found_however_they_are_written(text: str, dialled: list[str]) -> None:
    assert links(text) == dialled
    assert "".join(part if isinstance(part, str) else part.children for part in contact(text, Words("vi"))) == text


@pytest.mark.parametrize("text", [None, "", "  ", float("nan")])
def test_nobody_named_is_said(text: object) -> None:
    assert contact(text, Words("vi")) == "chưa có đầu mối"
