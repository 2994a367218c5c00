"""Headers as departments write them are taken for the field they mean, and for no other."""

from __future__ import annotations

import pytest

from feeds.guess.declaration import feed_key
from feeds.guess.headers import likeness

VILLAGE = ("village_id", "Mã thôn, bản", "Mã thôn")
UPDATED = ("observed_at", "Thời điểm", "Ngày cập nhật")


@pytest.mark.parametrize(
    ("header", "names", "least"),
    [
        ("Mã thôn", VILLAGE, 1.0),
        ("MÃ THÔN", VILLAGE, 1.0),
        ("Ma thon", VILLAGE, 0.95),
        ("ma_thon_ba", VILLAGE, 0.8),  # cut to ten characters by dBASE
        ("ngay_cap_n", UPDATED, 0.8),
        ("Vùng phủ sóng / 4G", ("4g",), 0.9),
        ("Phủ sóng 4G", ("4g",), 0.6),
        ("Mã thôn (theo QĐ 12)", VILLAGE, 0.75),
        ("wardCode", ("ward code",), 0.95),
        ("Ngày cập nhât", UPDATED, 0.6),
    ],
)
def test_a_header_is_like_the_field_that_it_means(header: str, names: tuple[str, ...], least: float) -> None:
    assert likeness(header, names) >= least


@pytest.mark.parametrize(
    ("header", "names"),
    [("Mã xã", VILLAGE), ("Tên thôn", VILLAGE), ("Ngày sinh", UPDATED), ("STT", VILLAGE), ("14G", ("4g",)), ("", VILLAGE), ("–", VILLAGE)],
)
def test_a_header_is_not_like_another_field(header: str, names: tuple[str, ...]) -> None:
    assert likeness(header, names) < 0.45


def test_a_feed_is_named_after_the_words_of_its_file() -> None:
    assert feed_key("Vùng phủ sóng Viettel 2026-11.xlsx") == "vung-phu-song-viettel"
    assert feed_key("b7_thôn.csv") == "b7-thon"
    assert feed_key("2026.csv") == "file"
    assert feed_key("thôn bản.csv", ("thon-ban",)) == "thon-ban-2"
