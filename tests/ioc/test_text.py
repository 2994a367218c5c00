"""Numbers, days and ages as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ioc.text import Words


def test_numbers():
    assert Words("vi").number(1234.5, 1) == "1.234,5"
    assert Words("en").number(1234.5, 1) == "1,234.5"
    assert Words("vi").number(1440) == "1.440"
    assert Words("vi").number(0.04, 1) == "0,0"


def test_times_are_shown_in_viet_nam():
    assert Words("vi").moment(datetime(2026, 11, 20, 18, 5, tzinfo=UTC)) == "01:05 21/11/2026"


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (-3, "0 giây trước", "0 seconds ago"),
        (1, "1 giây trước", "1 second ago"),
        (59.9, "59 giây trước", "59 seconds ago"),
        (60, "1 phút trước", "1 minute ago"),
        (3599, "59 phút trước", "59 minutes ago"),
        (3600, "1 giờ trước", "1 hour ago"),
        (13_200, "3 giờ 40 phút trước", "3 h 40 min ago"),
        (86_400, "1 ngày trước", "1 day ago"),
        (31 * 86_400, "ngày 30/04/2022", "on 30 Apr 2022"),
    ],
)
def test_ages(seconds, vi, en):
    day = date(2022, 4, 30)
    assert (Words("vi").age(seconds, day), Words("en").age(seconds, day)) == (vi, en)
