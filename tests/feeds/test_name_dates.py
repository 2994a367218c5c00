"""The date in a file's name against the dates inside."""

from datetime import date

import pytest

from feeds.errors import ContentError
from feeds.kinds import coverage, dossiers
from feeds.name_dates import check_days, days_of, name_pattern
from feeds.registry import all_kinds
from feeds.tables import Table, records

MONTHLY = "vung-phu_*_{yyyy}-{mm}.csv"
FIELDS = coverage.fields(coverage.Options())


def check(name: str, table: Table, *, slack_days: int = 0, column: str = "", pattern: str = MONTHLY, fields: object = FIELDS) -> None:
    check_days(days_of(name, pattern, slack_days, column), table, {}, fields)  # type: ignore[arg-type]


def refused(*arguments: object, **options: object) -> ContentError:
    with pytest.raises(ContentError) as caught:
        check(*arguments, **options)  # type: ignore[arg-type]
    return caught.value


def rows(*days: object, column: str = "observed_at") -> Table:
    return records([{"x": 1, column: day} for day in days])


@pytest.mark.parametrize(
    ("pattern", "name", "first", "last"),
    [
        (MONTHLY, "Vung-Phu_op-a_2026-02.CSV", date(2026, 2, 1), date(2026, 2, 28)),
        ("m_{dd}{mm}{yyyy}.xlsx", "m_21112026.xlsx", date(2026, 11, 21), date(2026, 11, 21)),
        ("m {yyyy}?.zip", "m 2026b.zip", date(2026, 1, 1), date(2026, 12, 31)),
        ("chi-tieu_{yyyy}-Q{q}.xlsx", "chi-tieu_2026-q3.xlsx", date(2026, 7, 1), date(2026, 9, 30)),
        ("Quý {q} năm {yyyy}.xls", "QUÝ IV năm 2026.xls", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_name_says_a_year_a_quarter_a_month_or_a_day(pattern: str, name: str, first: date, last: date) -> None:
    named = days_of(name, pattern, 0, "")
    assert (named.first, named.last) == (first, last)


@pytest.mark.parametrize("name", ["vung-phu_a_2026-13.csv", "vung-phu_a_2026-1.csv", "bao-cao.csv", "vung-phu_a_2026-01.csv.csv"])
def test_a_name_that_says_no_such_date_is_refused(name: str) -> None:
    assert refused(name, rows("2026-01-05")).code == "run.name_unexpected"


@pytest.mark.parametrize("pattern", ["m.csv", "{mm}.csv", "{q}.csv", "{yyyy}-{dd}", "{yyyy}{yyyy}", "{yyyy}{q}{mm}"])
def test_a_pattern_says_at_least_the_year(pattern: str) -> None:
    with pytest.raises(ValueError, match="yyyy"):
        name_pattern(pattern)


@pytest.mark.parametrize("days", [["2026-11-30"], ["2026-10-31", "30/11/2026"], ["2026-11-01T00:30:00+07:00"], ["not a day", "2026-11-02"]])
def test_the_newest_day_inside_is_one_that_the_name_says(days: list[str]) -> None:
    check("vung-phu_a_2026-11.csv", rows(*days))


@pytest.mark.parametrize("day", ["2026-10-31", "2026-12-01", "2025-11-15", "2026-10-31T23:30:00+07:00"])
def test_another_months_rows_under_this_months_name_are_refused(day: str) -> None:
    error = refused("vung-phu_a_2026-11.csv", rows("2026-10-01", day))
    assert error.code == "run.name_date_differs"
    assert error.values["said"] == "01/11/2026 – 30/11/2026"


def test_slack_lets_a_report_be_made_after_its_month() -> None:
    check("vung-phu_a_2026-10.csv", rows("2026-11-03"), slack_days=3)
    assert refused("vung-phu_a_2026-10.csv", rows("2026-11-03"), slack_days=2).code == "run.name_date_differs"


def test_a_period_counts_before_the_time_of_the_report() -> None:
    table = records([{"Kỳ": "10/2026", "Thời điểm": "2026-11-05", "centre_id": "C"}])
    fields = dossiers.fields(dossiers.Options())
    check("hs_2026-10.csv", table, pattern="hs_{yyyy}-{mm}.csv", fields=fields)
    assert refused("hs_2026-11.csv", table, pattern="hs_{yyyy}-{mm}.csv", fields=fields).values["found"] == "01/10/2026 – 31/10/2026"


@pytest.mark.parametrize("said", ["Quý III/2026", "2026-Q3", "quý 3 năm 2026", "2026", "tháng 9 năm 2026"])
def test_quarters_and_years_in_rows_are_days_too(said: str) -> None:
    fields = all_kinds()["indicator_values"].fields(all_kinds()["indicator_values"].Options())
    table = records([{"indicator": "x", "period": said, "value": 1}])
    check("ct_2026-Q3.csv", table, pattern="ct_{yyyy}-Q{q}.csv", fields=fields)
    check("ct_2026-09.csv", table, pattern="ct_{yyyy}-{mm}.csv", fields=fields)
    assert refused("ct_2027-Q1.csv", table, pattern="ct_{yyyy}-Q{q}.csv", fields=fields).code == "run.name_date_differs"


def test_the_column_may_be_named_and_must_then_be_there() -> None:
    check("vung-phu_a_2026-11.csv", rows("2026-11-05", column="Ngày lập"), column="ngày lập")
    assert refused("vung-phu_a_2026-11.csv", rows("2026-11-05"), column="Ngày").code.startswith("run.missing_column")


def test_rows_that_say_no_day_cannot_be_checked() -> None:
    assert refused("vung-phu_a_2026-11.csv", records([{"a": 1}])).code == "run.name_no_dates"
