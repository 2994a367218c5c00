"""Where an entry lies and what it is, day by day: a list's word holds from its own day on, and earlier days stay what they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from store import names, places, schema
from store.places import valid_on
from store.schema import former_values
from store.transactions import reading
from tests.feeds.kinds.conftest import LAST_OLD, NEW, NOW, Way
from tests.feeds.kinds.test_registers import LISTS, VILLAGES, entry

EVERY = pytest.mark.parametrize("way", LISTS, indirect=True)
DAY = timedelta(days=1)
MOVED = date(2026, 3, 10)
PHU, PHANG = "03127", "03163"  # communes of today


def lain(way: Way, number: int = 1) -> list[tuple[Any, ...]]:
    """(first day, last day, unit) of what stands."""
    found = way.rows(schema.place_units, "place_id", "unit_valid_from", "unit_valid_to", "unit_code")
    return [row[1:] for row in found if row[0] == f"X{number}" and (row[2] is None or row[2] >= row[1])]


def there(way: Way, day: date, known_at: datetime | None = None) -> list[tuple[Any, ...]]:
    """(id, name, unit) of our villages on a day."""
    with reading(way.engine) as connection:
        found = places.villages_on(connection, day, known_at)
    return [row for row in found[["id", "name", "unit_code"]].itertuples(index=False, name=None) if row[0][0] == "X"]


@VILLAGES
def test_a_village_that_moves_with_the_day_of_its_move_stays_where_it_was_on_earlier_days(way: Way) -> None:
    way.take(*(entry(way, number, observed_at="2026-01-01", unit_code=PHU) for number in range(1, 17)))
    before = NOW - DAY
    assert way.take(entry(way, 1, unit_code=PHANG, valid_from="10/03/2026", observed_at="2026-04-01")) == (0, 1, 0)
    on = {day: [unit for _, _, unit in there(way, day)] for day in (MOVED - DAY, MOVED, date(2026, 11, 21))}
    assert {day: (units.count(PHU), units.count(PHANG)) for day, units in on.items()} == {
        MOVED - DAY: (16, 0),
        MOVED: (15, 1),
        date(2026, 11, 21): (15, 1),
    }
    assert there(way, MOVED, before) == []
    assert way.take(entry(way, 1, unit_code=PHANG, valid_from="10/03/2026", observed_at="2026-05-01")) == (0, 0, 1)


@EVERY
@pytest.mark.parametrize("first_day", ["01/01/2020", None])
def test_a_move_without_a_day_holds_from_the_day_of_the_list(way: Way, first_day: str | None) -> None:
    """A list that repeats the first day it knows names no day of a move."""
    way.take(entry(way, observed_at="2025-08-01"))
    assert way.take(entry(way, unit_code=PHANG, valid_from=first_day, observed_at="2026-04-01")) == (0, 1, 0)
    assert lain(way) == [(NEW, date(2026, 3, 31), PHU), (date(2026, 4, 1), None, PHANG)]


@VILLAGES
def test_a_list_that_says_no_day_at_all_moves_from_the_day_it_came(way: Way) -> None:
    way.take(entry(way, valid_from=None), now=NOW - 30 * DAY)
    way.take(entry(way, unit_code=PHANG, valid_from=None), now=NOW)
    assert lain(way) == [(date(2026, 10, 22), date(2026, 11, 20), PHU), (date(2026, 11, 21), None, PHANG)]


@EVERY
def test_a_move_with_its_day_is_dated_in_every_register(way: Way) -> None:
    way.take(entry(way, observed_at="2025-08-01"))
    way.take(entry(way, unit_code=PHANG, valid_from="10/03/2026", observed_at="2026-04-01"))
    assert lain(way) == [(NEW, MOVED - DAY, PHU), (MOVED, None, PHANG)]
    assert [row[1:] for row in way.rows(schema.metadata.tables[way.kind.key], "id", "valid_from", "valid_to") if row[0] == "X1"] == [
        (date(2020, 1, 1), None)
    ]


@VILLAGES
def test_what_was_known_before_a_move_is_what_was_shown_then(way: Way) -> None:
    way.take(entry(way, observed_at="2025-08-01"), now=NOW - 10 * DAY)
    way.take(entry(way, unit_code=PHANG, name="Tên mới", valid_from="10/03/2026", observed_at="2026-04-01"), now=NOW)
    today = date(2026, 11, 21)
    assert there(way, today) == [("X1", "Tên mới", PHANG)]
    assert there(way, today, NOW - DAY) == [("X1", "Pú Tỉu 1", PHU)]
    assert there(way, MOVED - DAY) == [("X1", "Pú Tỉu 1", PHU)]
    assert there(way, today, NOW - 11 * DAY) == []


@EVERY
def test_a_new_name_or_point_with_its_day_leaves_earlier_days_as_they_were(way: Way) -> None:
    way.take(entry(way, observed_at="2025-08-01"))
    renamed = entry(way, name="Bản Mới", lon="103,5", valid_from="10/03/2026")
    assert way.take({**renamed, "observed_at": "2026-04-01"}) == (0, 1, 0)
    assert way.take({**renamed, "observed_at": "2026-05-01"}) == (0, 0, 1)
    with reading(way.engine) as connection:
        register = schema.metadata.tables[way.kind.key]
        was = places.former_on(connection, register.name, MOVED - DAY)
        now = connection.execute(select(register.c.name, register.c.lon, register.c.valid_from).where(register.c.id == "X1")).one()
        assert places.former_on(connection, register.name, MOVED) == {}
    assert [(said["name"], said["lon"]) for said in was.values()] == [("Pú Tỉu 1", 103.01)]
    assert tuple(now) == ("Bản Mới", 103.5, date(2020, 1, 1))


@VILLAGES
def test_population_counts_from_the_day_that_the_list_names(way: Way) -> None:
    for people, day in ((120, "01/01/2020"), (150, "01/01/2024"), (90, "10/03/2026")):
        way.take(entry(way, population=people, valid_from=day, observed_at=f"{day[6:]}-{day[3:5]}-{day[:2]}"))
    with reading(way.engine) as connection:
        days = (date(2021, 1, 1), date(2023, 12, 31), date(2024, 1, 1), MOVED - DAY, MOVED)
        frames = [places.villages_on(connection, day).set_index("id") for day in days]
    assert [frame.at["X1", "population"] for frame in frames] == [120, 120, 150, 150, 90]
    # A word about an earlier day takes back what was said of the days after it.
    way.take(entry(way, population=70, valid_from="01/06/2023", observed_at="2026-06-01"))
    with reading(way.engine) as connection:
        frames = [places.villages_on(connection, day).set_index("id") for day in (date(2023, 5, 31), date(2023, 6, 1), *days[2:])]
    assert [frame.at["X1", "population"] for frame in frames] == [120, 70, 70, 70, 70]


@VILLAGES
def test_a_name_of_earlier_days_is_found_in_reports_of_those_days(way: Way) -> None:
    way.take(entry(way, observed_at="2025-08-01"))
    way.take(entry(way, name="Bản Mới", unit_code=PHANG, valid_from="10/03/2026", observed_at="2026-04-01"))
    with reading(way.engine) as connection:
        known = names.every_village(connection)
    spans = known[known["code"] == "X1"].drop(columns="code").itertuples(index=False, name=None)
    assert [tuple(row) for row in spans] == [
        ("Pú Tỉu 1", PHU, NEW, MOVED - DAY),
        ("Bản Mới", PHANG, MOVED, None),
    ]


@VILLAGES
def test_a_unit_that_ended_is_left_on_the_day_after_its_end(way: Way) -> None:
    """03127 was another ward until 2025-06-30: who lay in it lies nowhere known since, until a list says where."""
    way.take(entry(way, observed_at="2025-01-01"))
    way.take(entry(way, unit_code=PHANG, observed_at="2026-01-01"))
    assert lain(way) == [(date(2020, 1, 1), LAST_OLD, PHU), (NEW, None, PHANG)]


@VILLAGES
def test_a_day_of_membership_of_its_own_corrects_the_past(way: Way) -> None:
    way.take(entry(way, observed_at="2025-08-01"))
    way.take(entry(way, unit_code=PHANG, observed_at="2026-04-01", unit_from="10/03/2026"))
    assert lain(way) == [(NEW, MOVED - DAY, PHU), (MOVED, None, PHANG)]
    way.take(entry(way, unit_code=PHANG, observed_at="2026-04-02", unit_from="20/03/2026"))
    assert lain(way) == [(NEW, date(2026, 3, 19), PHU), (date(2026, 3, 20), None, PHANG)]
    way.take(entry(way, unit_code=PHANG, observed_at="2026-04-03", unit_from="01/07/2025"))
    assert lain(way) == [(NEW, None, PHANG)]


@VILLAGES
def test_a_move_that_is_announced_holds_from_its_day(way: Way) -> None:
    way.take(entry(way, observed_at="2025-08-01"))
    way.take(entry(way, unit_code=PHANG, valid_from="01/01/2027", observed_at="2026-11-01"))
    assert lain(way) == [(NEW, date(2026, 12, 31), PHU), (date(2027, 1, 1), None, PHANG)]


@VILLAGES
def test_a_first_day_is_corrected_where_nothing_else_changed(way: Way) -> None:
    way.take(entry(way, observed_at="2025-08-01", valid_from="01/01/2026"))
    way.take(entry(way, observed_at="2025-08-02", valid_from="01/10/2025"))
    assert (way.rows(schema.villages, "id", "valid_from")[-1][1], lain(way)) == (date(2025, 10, 1), [(date(2025, 10, 1), None, PHU)])
    way.take(entry(way, observed_at="2025-08-03", valid_from="01/12/2025"))
    assert way.rows(schema.villages, "id", "valid_from")[-1][1] == date(2025, 12, 1)
    assert there(way, date(2025, 11, 30)) == []


@VILLAGES
def test_back_and_forth_is_kept_and_no_day_shows_a_village_twice(way: Way) -> None:
    moves = ((PHU, "2025-08-01"), (PHANG, "2025-09-01"), (PHU, "2025-10-01"), (PHANG, "2025-11-01"))
    for unit, day in moves:
        way.take(entry(way, unit_code=unit, valid_from=day, observed_at=day))
    days = [date(2025, 8, 1) + timedelta(days=n) for n in range(0, 120, 10)]
    expected = [next(unit for unit, since in reversed(moves) if since <= day.isoformat()) for day in days]
    assert [there(way, day) for day in days] == [[("X1", "Pú Tỉu 1", unit)] for unit in expected]


@VILLAGES
def test_a_real_village_takes_nothing_over_of_the_past_of_an_invented_one(way: Way) -> None:
    way.take(entry(way, observed_at="2025-08-01"), synthetic=True)
    way.take(entry(way, name="Bịa", valid_from="10/03/2026", observed_at="2026-04-01"), synthetic=True)
    way.take(entry(way, name="Thật", unit_code=PHANG, valid_from="01/09/2025", observed_at="2026-05-01"))
    assert there(way, date(2025, 12, 1)) == [("X1", "Thật", PHANG)]
    with reading(way.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(former_values).where(valid_on(former_values, date(2025, 12, 1)))) == 0
