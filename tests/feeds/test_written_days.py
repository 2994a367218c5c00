"""A day is read however it is written, as long as it can mean one day only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest

from feeds.cells import Cells
from feeds.errors import RowError
from feeds.mapping import Declared
from feeds.mapping_check import MappingReader
from feeds.periods import period
from feeds.plausible_days import moment_of_number
from feeds.reading import read_fields
from feeds.records import Field
from feeds.tables import Row, Table
from feeds.written_days import doubtful, time_of_day, written

TODAY = date(2026, 11, 20)
SAID = datetime(2026, 11, 20, 3, tzinfo=UTC)
DAY = datetime(2026, 11, 5)  # noqa: DTZ001 - as it is written, without a zone
EIGHT = datetime(2026, 11, 5, 8)  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "5/11/26",
        "05/11/26",
        "5-11-26",
        "2026/11/05",
        "2026-11-5",
        "2026.11.05",
        "05-Nov-2026",
        "05 Nov 2026",
        "5 November 2026",
        "Nov 5, 2026",
        "2026-Nov-05",
        "20261105",
        "5.11.2026",
        "5 . 11 . 2026",
        "ngày 05/11/2026",
        "Ngày 5 tháng 11 năm 2026",
        "5 tháng 11, 2026",
        "05-Thg11-2026",
        "Thứ Năm, ngày 05/11/2026",
        "05.11.2026 (thứ 5)",
        "2026/11/05 00:00:00",
    ],
)
def test_a_day_is_read_in_the_usual_ways(text: str) -> None:
    found = written(text)
    assert found is not None
    assert found.moment == DAY


@pytest.mark.parametrize(
    "text",
    [
        "05.11.2026 08:00",
        "2026-11-05 08:00:00.000",
        "2026-11-5T8:00",
        "05/11/2026T08:00",
        "05/11/2026 8:00:00 AM",
        "05/11/2026 8:00 SA",
        "08:00 05/11/2026",
        "8h ngày 5/11/2026",
        "8 giờ 00 phút ngày 05 tháng 11 năm 2026",
        "05/11/2026 lúc 8h00",
        "05/11/2026, 08:00",
        "November 5 2026 8:00 AM",
    ],
)
def test_a_clock_may_stand_before_or_after_the_day(text: str) -> None:
    found = written(text)
    assert found is not None
    assert found.moment == EIGHT


def test_zones_and_halves_of_the_day_are_kept() -> None:
    assert [getattr(written(text), "moment", None) for text in ("05/11/2026 2:05 PM", "05/11/2026 2:05 CH", "12:00 AM 5/11/2026")] == [
        DAY + timedelta(hours=14, minutes=5),
        DAY + timedelta(hours=14, minutes=5),
        DAY,
    ]
    for text in ("Thu, 05 Nov 2026 08:00:00 GMT", "05/11/2026 15:00 +0700", "2026-11-05T15:00:00+07:00"):
        found = written(text)
        assert found is not None
        assert found.moment == datetime(2026, 11, 5, 8, tzinfo=UTC)
    seoul = written("05/11/2026 17:00 GMT+9")
    assert seoul is not None
    assert seoul.moment.tzinfo == timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    "text", ["", "hôm qua", "31/02/2026", "32/1/2026", "25/13/2026", "5/11", "11/2026", "46331", "8:00", "05/11/2026 25:00", "05/11/20261"]
)
def test_what_is_no_day_is_not_made_one(text: str) -> None:
    assert written(text) is None


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (1793836800, datetime(2026, 11, 5, tzinfo=UTC)),
        (1793836800000, datetime(2026, 11, 5, tzinfo=UTC)),
        (1793836800500, datetime(2026, 11, 5, 0, 0, 0, 500_000, tzinfo=UTC)),
        (1793836800000000, datetime(2026, 11, 5, tzinfo=UTC)),
        (20261105, DAY),
        (46331, None),
        (20261399, None),
        (0, None),
        (-1793836800, None),
        (5_000_000_000, None),
    ],
)
def test_seconds_are_told_from_milliseconds_where_only_one_is_plausible(number: int, moment: datetime | None) -> None:
    assert moment_of_number(number) == moment


def test_times_of_day_by_themselves() -> None:
    read = [time_of_day(text) for text in ("14h00", "8:30", "14 giờ 30 phút", "8:30 SA", "2:30 PM", "14h", "25:00", "8")]
    assert read == [time(14), time(8, 30), time(14, 30), time(8, 30), time(14, 30), time(14), None, None]


def test_a_month_in_front_makes_the_other_days_of_its_column_doubtful() -> None:
    told = doubtful(["11/25/2026", "05/11/2026", "25/10/2026", "5.11.2026", "ngày 5/11/2026", "08:00 05/11/2026", "2026-11-05"], TODAY)
    assert told == {"05/11/2026": {"first": "05/11/2026", "second": "11/05/2026", "reason": "11/25/2026"}}
    assert doubtful(["05/11/2026", "25/10/2026"], TODAY) == {}


def test_a_year_in_front_of_two_figures_is_asked_for() -> None:
    assert list(doubtful(["26/11/05", "05/11/26", "25/11/24"], TODAY)) == ["26/11/05"]


FIELDS = (Field("seen_at", type="moment", aliases=("Ngày",)),)


def days(declared: Declared, *values: Any) -> list[Any]:
    """The day of each cell, or the code that turns it away."""
    table = declared.apply(Table(("Ngày",), [Row(number, {"Ngày": value}) for number, value in enumerate(values, start=2)]), FIELDS, SAID)
    read: list[Any] = []
    for row in table.rows:
        try:
            read.append(Cells(row, {"seen_at": "Ngày"}).day("seen_at"))
        except RowError as error:
            read.append(error.code)
    return read


def form_of(text: str) -> Declared:
    return MappingReader({"dates": {"seen_at": text}}, FIELDS).read()


def test_beside_the_declared_form_others_are_read_in_its_order() -> None:
    fifth, other = date(2026, 11, 5), date(2026, 5, 11)
    ways = ("5/11/26", "05/11/2026 8:00:00 AM", "2026-11-05", "05-Nov-2026", "ngày 5/11/2026", "5.11.2026")
    assert days(form_of("dd/MM/yyyy"), *ways) == [fifth] * 6
    assert days(form_of("MM/dd/yyyy"), *ways) == [other, other, fifth, fifth, fifth, fifth]
    assert days(form_of("yyyy-MM-dd"), *ways) == ["row.bad_format"] * 2 + [fifth] * 4
    assert days(form_of("dd/MM/yyyy"), "11/25/26", "hôm qua") == ["row.bad_format"] * 2
    assert days(form_of("MM/dd/yyyy"), "25/11/26", "11/25/26", "11/11/26") == ["row.bad_format", date(2026, 11, 25), date(2026, 11, 11)]
    assert days(form_of("yyyy-MM-dd"), "25/11/2026") == [date(2026, 11, 25)]


def test_the_declared_form_is_the_way_out_of_doubt() -> None:
    dates = ("11/25/2026", "05/11/2026", 20261105)
    assert days(Declared(), *dates) == [date(2026, 11, 25), "row.day_doubtful", date(2026, 11, 5)]
    stated = MappingReader({"dates": {"seen_at": "MM/dd/yyyy"}}, FIELDS).read()
    assert days(stated, *dates[:2], "2026-11-05 00:00:00") == [date(2026, 11, 25), date(2026, 5, 11), date(2026, 11, 5)]
    assert days(MappingReader({"dates": {"seen_at": "dd/MM/yyyy"}}, FIELDS).read(), *dates[:2]) == ["row.bad_format", date(2026, 11, 5)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("T11/2026", "2026-11"),
        ("11-2026", "2026-11"),
        ("2026/11", "2026-11"),
        ("Q4/2026", "2026-Q4"),
        ("2026 Q4", "2026-Q4"),
        ("Quý IV-2026", "2026-Q4"),
        ("5/11/26", "2026-11-05"),
        ("ngày 5 tháng 11 năm 2026", "2026-11-05"),
        (2026.0, "2026"),
    ],
)
def test_periods_are_read_in_the_usual_ways(text: Any, name: str) -> None:
    found = period(text)
    assert found is not None
    assert found[0] == name


def test_a_period_of_no_plausible_year_is_turned_away() -> None:
    with pytest.raises(RowError) as caught:
        read_fields(Cells(Row(2, {"Kỳ": "11/0026"}), {"period": "Kỳ"}), [Field("period", type="period")])
    assert caught.value.code == "row.day_implausible"
