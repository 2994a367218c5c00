"""Cells are read strictly: a value that could mean two things is turned away."""

from datetime import UTC, date, datetime

import pytest

from feeds.cells import Cells, fold
from feeds.errors import RowError
from feeds.tables import Row


def cell(value: object) -> Cells:
    return Cells(Row(7, {"Cột": value}), {"field": "Cột"})


@pytest.mark.parametrize(("value", "count"), [(0, 0), (12, 12), (12.0, 12), ("12", 12), (" 0 ", 0)])
def test_counts_are_whole_numbers_and_zero_is_one(value: object, count: int) -> None:
    assert cell(value).whole("field") == count


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "row.missing"),
        ("", "row.missing"),
        ("  ", "row.missing"),
        (-1, "row.negative"),
        ("-1", "row.negative"),
        ("1.234", "row.bad_number"),
        ("1,5", "row.bad_number"),
        (1.5, "row.bad_number"),
        (True, "row.bad_number"),
        (float("nan"), "row.missing"),
        (float("inf"), "row.missing"),
        ("٣", "row.bad_number"),
        ([1], "row.bad_number"),
    ],
)
def test_what_is_no_count_is_turned_away_with_its_column(value: object, code: str) -> None:
    with pytest.raises(RowError) as caught:
        cell(value).whole("field")
    assert caught.value.code == code
    assert caught.value.values["column"] == "Cột"


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-21T10:00:00+07:00", datetime(2026, 11, 21, 3, tzinfo=UTC)),
        ("2026-11-21T03:00:00Z", datetime(2026, 11, 21, 3, tzinfo=UTC)),
        ("2026-11-21 10:00", datetime(2026, 11, 21, 3, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 20, 17, tzinfo=UTC)),
        ("21/11/2026", datetime(2026, 11, 20, 17, tzinfo=UTC)),
        ("21/11/2026 10:00", datetime(2026, 11, 21, 3, tzinfo=UTC)),
        (datetime(2026, 11, 21, 10), datetime(2026, 11, 21, 3, tzinfo=UTC)),  # noqa: DTZ001 - as a spreadsheet gives it
        (date(2026, 11, 21), datetime(2026, 11, 20, 17, tzinfo=UTC)),
        (1_795_230_000, datetime(2026, 11, 21, 3, tzinfo=UTC)),
    ],
)
def test_times_without_an_offset_are_vietnamese(value: object, moment: datetime) -> None:
    assert cell(value).moment("field") == moment


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (46331, None),
        (0, None),
        ("01/01/1970", "01/01/1970"),
        ("1900-01-00", None),
        (date(1900, 1, 1), "01/01/1900"),
        ("9999-12-31", "31/12/9999"),
        ("05/11/1026", "05/11/1026"),
    ],
)
def test_days_out_of_a_plausible_range_are_turned_away(value: object, day: str | None) -> None:
    with pytest.raises(RowError) as caught:
        cell(value).day("field")
    assert caught.value.code == ("row.day_implausible" if day else "row.bad_time")
    assert caught.value.values.get("day") == day


@pytest.mark.parametrize(
    ("value", "degrees"), [("103°01'23\"Đ", 103.023055556), ("21,3863", 21.3863), (103.5, 103.5), ("103 01 23,4", 103.023166667)]
)
def test_coordinates_are_read_as_people_write_them(value: object, degrees: float) -> None:
    assert cell(value).degrees("field") == degrees


@pytest.mark.parametrize("value", ["hôm qua", "31/02/2026", "2026-13-01", -5, 1e18, True, "99999-01-01"])
def test_what_is_no_time_is_turned_away(value: object) -> None:
    with pytest.raises(RowError) as caught:
        cell(value).moment("field")
    assert caught.value.code == "row.bad_time"


def test_whole_numbers_in_a_text_column_lose_their_decimal_point() -> None:
    assert cell(101.0).text("field") == "101"


def test_words_compare_without_case_form_or_spacing() -> None:
    assert fold("  Co\u0301   SO\u0301NG ") == "có sóng"
