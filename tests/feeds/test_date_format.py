"""Dates are read in the form that the feed declares, and in no other."""

from datetime import UTC, date, datetime

import pytest

from feeds.date_format import date_format

SAID = datetime(2026, 11, 21, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("dd/MM/yyyy HH:mm", "21/11/2026 08:05", datetime(2026, 11, 21, 1, 5, tzinfo=UTC)),
        ("DD/MM/YYYY", "1/2/2026", datetime(2026, 1, 31, 17, tzinfo=UTC)),
        ("MM/dd/yyyy", "02/01/2026", datetime(2026, 1, 31, 17, tzinfo=UTC)),
        ("HH:mm dd/mm/yyyy", "08:05 21/11/2026", datetime(2026, 11, 21, 1, 5, tzinfo=UTC)),
        ("yyyyMMdd", "20261121", datetime(2026, 11, 20, 17, tzinfo=UTC)),
        ("yyyy-MM-ddTHH:mm:ss", "2026-11-21T07:00:01", datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC)),
        ("ngày dd tháng MM năm yyyy", "Ngày 09 tháng 11 năm 2026", datetime(2026, 11, 8, 17, tzinfo=UTC)),
        ("MM/yyyy", "10/2026", datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC)),
        ("Quý Q/yyyy", "quý III/2026", datetime(2026, 9, 30, 16, 59, 59, tzinfo=UTC)),
        ("Quý Q/yyyy", "Quý 4/2026", SAID),
        ("yyyy", "2027", datetime(2026, 12, 31, 17, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_declared(form: str, text: str, moment: datetime) -> None:
    """A whole month, quarter or year counts at its end, at the moment of the report while it runs, at its start when still to come."""
    found = date_format(form)
    assert found is not None
    assert found.moment(text, SAID) == moment


@pytest.mark.parametrize(
    ("form", "text", "span"),
    [
        ("MM/yyyy", "2/2024", ("2024-02", date(2024, 2, 1), date(2024, 2, 29))),
        ("Quý Q/yyyy", "Quý IV/2025", ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31))),
        ("năm yyyy", "Năm 2026", ("2026", date(2026, 1, 1), date(2026, 12, 31))),
        ("dd/MM/yy", "05/11/26", ("2026-11-05", date(2026, 11, 5), date(2026, 11, 5))),
    ],
)
def test_a_period_has_a_name_and_two_ends(form: str, text: str, span: tuple[str, date, date]) -> None:
    found = date_format(form)
    assert found is not None
    assert found.span(text) == span


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("dd/MM/yyyy", "2026-11-21"),
        ("dd/MM/yyyy", "31/02/2026"),
        ("dd/MM/yyyy", "11/21/2026"),
        ("dd/MM/yyyy", "21/11/2026 08:00"),
        ("dd/MM/yyyy HH:mm", "21/11/2026 25:00"),
        ("MM/yyyy", "13/2026"),
        ("Quý Q/yyyy", "Quý V/2026"),
        ("yyyy", ""),
    ],
)
def test_another_form_or_a_day_that_is_none_is_not_read(form: str, text: str) -> None:
    found = date_format(form)
    assert found is not None
    assert found.moment(text, SAID) is None


@pytest.mark.parametrize("form", ["", "dd/MM", "dd/yyyy", "dd/MM/yyyy dd", "ngày", "yyyy HH:mm", "MM/yyyy Q"])
def test_a_form_that_says_no_date_is_none(form: str) -> None:
    assert date_format(form) is None
