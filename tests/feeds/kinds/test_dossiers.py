"""Dossier counts: what cannot be is turned away, the newest report of a key is kept, and an older one changes nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from feeds.kinds import dossiers
from feeds.periods import period
from feeds.records import Parsed, Stamp
from feeds.tables import Row, Table
from store import schema
from store.write import writing
from tests.feeds.kinds.conftest import counted

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
UNITS = {
    "C11-001": [(date(2004, 8, 31), date(2025, 6, 30), "03101"), (date(2025, 7, 1), None, "03201")],
    "C11-002": [(date(2004, 8, 31), None, "03102")],
}
OPTIONS = dossiers.Options()


def stamp(now: datetime = NOW) -> Stamp:
    return Stamp("dossiers", "Cổng DVC", True, now, now)


def row(**more: Any) -> dict[str, Any]:
    counts = {"received": 100, "in_progress": 20, "due": 80, "on_time": 77, "overdue": 3, "online": 60, "satisfied": 40, "rated": 41}
    return {"centre_id": "C11-001", "period": "2026-11", "observed_at": NOW, **counts, **more}


def parse(*rows: dict[str, Any], now: datetime = NOW) -> Parsed:
    columns = tuple({name: None for item in rows for name in item})
    table = Table(columns, [Row(number, item) for number, item in enumerate(rows, start=2)])
    return dossiers.parse(table, {}, UNITS, OPTIONS, stamp(now))


def take(engine: Engine, *rows: dict[str, Any], now: datetime = NOW) -> tuple[int, ...]:
    parsed = parse(*rows, now=now)
    assert parsed.rejections == []
    with writing(engine) as connection:
        return counted(dossiers.store(connection, parsed.records, stamp(now), OPTIONS))


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"on_time": 81}, "row.more_than", "on_time"),
        ({"online": 101}, "row.more_than", "online"),
        ({"satisfied": 42}, "row.more_than", "satisfied"),
        ({"received": -1}, "row.negative", "received"),
        ({"received": "nhiều"}, "row.bad_number", "received"),
        ({"due": None}, "row.missing", "due"),
        ({"period": "2026-13"}, "row.bad_period", "period"),
        ({"period": "Quý III/2026"}, "row.long_period", "period"),
        ({"period": "2025"}, "row.long_period", "period"),
        ({"period": "2026-12"}, "row.future", "period"),
        ({"observed_at": NOW + timedelta(minutes=6)}, "row.future", "observed_at"),
        ({"centre_id": "C11-404"}, "row.unknown_centre", "centre_id"),
    ],
)
def test_what_cannot_be_is_turned_away_with_its_row_and_column(change: dict[str, Any], code: str, column: str) -> None:
    parsed = parse(row(centre_id="C11-002"), row(**change))
    assert [record.centre_id for record in parsed.records] == ["C11-002"]
    (rejected,) = parsed.rejections
    assert (rejected.number, rejected.code, rejected.values["column"]) == (3, code, column)


def test_zero_is_a_count_and_an_absent_rating_is_none() -> None:
    (record,) = parse(row(due=0, on_time=0, satisfied=None, rated=None)).records
    assert (record.counts["due"], record.counts["satisfied"]) == (0, None)


def test_the_second_row_about_the_same_is_turned_away() -> None:
    parsed = parse(row(), row(received=120))
    assert [(rejected.number, rejected.code, rejected.values) for rejected in parsed.rejections] == [(3, "row.duplicate", {"first": 2})]


@pytest.mark.parametrize(
    ("text", "name", "first", "last"),
    [
        ("2026-11", "2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("11/2026", "2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("Tháng 2/2024", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-11-05", "2026-11-05", date(2026, 11, 5), date(2026, 11, 5)),
        ("05/11/2026", "2026-11-05", date(2026, 11, 5), date(2026, 11, 5)),
    ],
)
def test_periods_are_months_or_days(text: str, name: str, first: date, last: date) -> None:
    assert period(text) == (name, first, last)


@pytest.mark.parametrize(("period", "code"), [("2025-06", "03101"), ("2025-07", "03201"), ("2026-11", "03201")])
def test_the_authority_is_the_centres_own_unit_of_the_time(period: str, code: str) -> None:
    (record,) = parse(row(period=period)).records
    assert record.authority_code == code


def test_counts_are_upserted_and_only_other_counts_are_a_change(province: Engine) -> None:
    later = NOW + timedelta(minutes=1)
    assert take(province, row(), row(centre_id="C11-002")) == (2, 0, 0)
    assert take(province, row(observed_at=later), row(centre_id="C11-002", observed_at=later, received=101), now=later) == (0, 1, 1)
    with province.connect() as connection:
        d = schema.dossiers.c
        stored = connection.execute(select(d.centre_id, d.received, d.observed_at, d.period_to).order_by(d.centre_id)).all()
    assert [tuple(item) for item in stored] == [
        ("C11-001", 100, later, date(2026, 11, 30)),
        ("C11-002", 101, later, date(2026, 11, 30)),
    ]


def test_an_older_report_changes_nothing(province: Engine) -> None:
    take(province, row())
    assert take(province, row(received=1, online=1, observed_at=NOW - timedelta(hours=1))) == (0, 0, 0, 1)
    with province.connect() as connection:
        assert connection.execute(select(schema.dossiers.c.received)).scalar_one() == 100
