"""A reason names the cell and the sheet that it is about, wherever the values say them."""

from __future__ import annotations

import pytest

from store.catalogue import STORE_TEXT, Catalogue


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ({"cell": "C7", "sheet": "Thôn bản"}, " (ô C7 của trang tính 'Thôn bản')"),
        ({"cell": "C7"}, " (ô C7)"),
        ({"sheet": "Thôn bản"}, " (trang tính 'Thôn bản')"),
        ({"sheet": "", "cell": None}, ""),
        ({}, ""),
    ],
)
def test_a_reason_says_where(place: dict[str, object], where: str) -> None:
    values = {"column": "4G", "value": "?", **place}
    texts = Catalogue(STORE_TEXT)
    assert texts.reason("vi", "row.negative", values) == texts.text("vi", "row.negative", **values) + where
