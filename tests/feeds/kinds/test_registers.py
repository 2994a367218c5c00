"""Lists of villages, base stations, endpoints, centres and systems: what is taken, what is refused, what ends and what never does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from feeds.errors import ContentError, RowError
from feeds.fetching import Unreadable
from feeds.registry import all_kinds
from feeds.tables import Row, Table
from store import schema
from store.places import villages_on
from store.transactions import reading
from tests.feeds.kinds.conftest import LAST_OLD, NEW, NOW, OLD, Way, fill_units

LISTS = ("villages", "sites", "endpoints", "centres", "systems")
TABLES = {name: schema.metadata.tables[name] for name in LISTS}
OWN: dict[str, dict[str, Any]] = {
    "villages": {"population": 120, "households": 30, "grid_power": "có"},
    "sites": {"operator": "op-a", "technologies": "4G, 2G", "status": "Đang hoạt động", "height_m": 42},
    "endpoints": {"level": "xã", "address": "10.0.0.1:80", "contact": "Lò Văn A 0912 000 000"},
    "centres": {"kind": "một cửa"},
    "systems": {"kind": "LGSP", "owner": "Sở KH&CN", "contact": "0912 000 001"},
}
EVERY = pytest.mark.parametrize("way", LISTS, indirect=True)
PLACED = pytest.mark.parametrize("way", LISTS[:-1], indirect=True)
VILLAGES = pytest.mark.parametrize("way", ["villages"], indirect=True)


def entry(way: Way, number: int = 1, **more: Any) -> dict[str, Any]:
    row = {"id": f"X{number}", "name": f"Pú Tỉu {number}", "unit_code": "03127", "lon": "103,01", "lat": 21.4, "valid_from": "01/01/2020"}
    return {**row, **OWN[way.kind.key], **more}


def table(way: Way) -> Any:
    return TABLES[way.kind.key]


@EVERY
def test_entries_are_added_then_the_same_then_changed_with_all_their_times(way: Way) -> None:
    said = NOW - timedelta(hours=1)
    assert way.take(entry(way, 1, observed_at=said), entry(way, 2, observed_at=said)) == (2, 0, 0)
    later = NOW + timedelta(days=1)
    assert way.take(entry(way, 1, observed_at=said), entry(way, 2, observed_at=said), now=later) == (0, 0, 2)
    assert way.take(entry(way, 1, name="Pú Tỉu mới", observed_at=later), entry(way, 2, observed_at=later), now=later) == (0, 1, 1)
    ours = [row for row in way.rows(table(way), "id", "name", "valid_from", "valid_to", "feed", "source", "synthetic") if row[0][0] == "X"]
    assert ours == [
        ("X1", "Pú Tỉu mới", date(2020, 1, 1), None, "list", "Sở KH&CN", False),
        ("X2", "Pú Tỉu 2", date(2020, 1, 1), None, "list", "Sở KH&CN", False),
    ]
    times = {row[0]: row[1:] for row in way.rows(table(way), "id", "observed_at", "reported_at", "stored_at", "search_key")}
    assert times["X1"] == (later, later, later, "pu tiu moi")


@EVERY
def test_an_older_list_changes_nothing_that_a_newer_one_said(way: Way) -> None:
    way.take(entry(way, name="Mới", observed_at=NOW))
    assert way.take(entry(way, name="Cũ", observed_at=NOW - timedelta(days=30))) == (0, 0, 0, 1)
    assert {row[1] for row in way.rows(table(way), "id", "name") if row[0] == "X1"} == {"Mới"}


@EVERY
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": ""}, "row.missing"),
        ({"name": None}, "row.missing"),
        ({"id": "X1"}, "row.duplicate"),
        ({"lon": "kinh độ"}, "row.bad_degrees"),
        ({"lat": 121.4}, "row.bad_degrees"),
        ({"observed_at": NOW + timedelta(hours=1)}, "row.future"),
        ({"observed_at": "hôm qua"}, "row.bad_time"),
        ({"valid_to": "31/12/2019"}, "row.ends_before"),
        ({"unit_code": "99999"}, "row.unit_unknown"),
    ],
)
def test_a_row_that_cannot_be_is_turned_away_and_the_others_are_taken(way: Way, change: dict[str, Any], code: str) -> None:
    assert way.codes(entry(way, 1), entry(way, 2, **change), entry(way, 3)) == [(3, code)]


@VILLAGES
def test_missing_is_not_zero_and_a_bad_count_is_refused(way: Way) -> None:
    way.take(entry(way, 1, population=0), entry(way, 2, population=None))
    assert [row for row in way.rows(schema.villages, "id", "population") if row[0][0] == "X"] == [("X1", 0), ("X2", None)]
    assert way.codes(entry(way, 3, population="1.234"), entry(way, 4, population=-1)) == [(2, "row.bad_number"), (3, "row.negative")]


@VILLAGES
def test_a_column_that_a_list_does_not_bring_keeps_what_is_known(way: Way) -> None:
    way.take(entry(way, population=120))
    slim = {key: value for key, value in entry(way, name="Pú Tỉu").items() if key not in ("population", "valid_from")}
    assert way.take(slim) == (0, 1, 0)
    assert [row for row in way.rows(schema.villages, "id", "population", "valid_from") if row[0] == "X1"] == [("X1", 120, date(2020, 1, 1))]


@PLACED
@pytest.mark.parametrize(
    ("day", "name", "spans"),
    [
        ("2025-06-30", "Phường Him Lam", [(date(2020, 1, 1), None, "03127")]),
        ("2025-07-01", "Phường Điện Biên Phủ", [(NEW, None, "03127")]),
    ],
)
def test_a_unit_is_the_one_of_the_records_own_day(way: Way, day: str, name: str, spans: list[Any]) -> None:
    """03127 was Phường Him Lam until 2025-06-30 and is Phường Điện Biên Phủ since."""
    row = entry(way, unit_code=None, unit_name=name, observed_at=day)
    way.take(row)
    found = way.rows(schema.place_units, "place_id", "unit_valid_from", "unit_valid_to", "unit_code")
    assert [item[1:] for item in found if item[0] == "X1"] == spans
    other = {"Phường Him Lam": "Phường Điện Biên Phủ", "Phường Điện Biên Phủ": "Phường Him Lam"}[name]
    assert way.codes({**row, "unit_name": other})[0][1].startswith("row.unit_")


@VILLAGES
def test_a_village_that_came_to_another_unit_lies_in_each_in_its_time(way: Way) -> None:
    way.take(entry(way, observed_at="2025-01-01"))
    assert way.take(entry(way, unit_code="03163", observed_at="2026-01-01")) == (0, 1, 0)
    found = way.rows(schema.place_units, "place_id", "unit_valid_from", "unit_valid_to", "unit_code")
    assert [item[1:] for item in found if item[0] == "X1"] == [(date(2020, 1, 1), LAST_OLD, "03127"), (NEW, None, "03163")]
    assert way.take(entry(way, unit_code="03163", observed_at="2026-02-01")) == (0, 0, 1)


def test_a_point_finds_its_commune_in_real_outlines_only(province: Engine) -> None:
    fill_units(province)
    way = Way(province, all_kinds()["villages"])
    bare = entry(way, unit_code=None)
    assert way.codes(bare) == [(2, "row.missing")]
    fill_units(province, outlines=True)
    way.take(bare, entry(way, 2, unit_code=None, lon=102.5))
    assert way.codes(entry(way, 3, unit_code=None, lon=106.0)) == [(2, "row.outside")]
    found = way.rows(schema.place_units, "place_id", "unit_code")
    assert [item for item in found if item[0][0] == "X"] == [("X1", "03163"), ("X2", "03127")]


@EVERY
def test_without_a_point_the_units_is_taken_only_where_the_feed_says_so(way: Way) -> None:
    bare = entry(way, lon=None, lat="")
    if way.kind.key == "systems":
        assert way.take(bare) == (1, 0, 0)
        return
    assert way.codes(bare) == [(2, "row.missing")]
    way.take(bare, at_unit=True)
    assert [row[1:] for row in way.rows(table(way), "id", "lon", "lat") if row[0] == "X1"] == [(103.25, 21.5)]


@EVERY
def test_a_missing_entry_ends_only_when_lists_are_complete(way: Way) -> None:
    way.take(*(entry(way, number) for number in range(1, 7)), now=NOW)
    next_day = NOW + timedelta(days=1)
    shorter = [entry(way, number) for number in range(1, 6)]
    way.take(*shorter, now=next_day)
    ends = lambda: {row[0]: row[1] for row in way.rows(table(way), "id", "valid_to") if row[0][0] == "X"}  # noqa: E731
    assert ends()["X6"] is None
    way.take(*shorter, now=next_day, complete=True)
    assert ends() == {**dict.fromkeys(["X1", "X2", "X3", "X4", "X5"]), "X6": date(2026, 11, 21)}
    way.take(*(entry(way, number) for number in range(1, 7)), now=next_day + timedelta(days=1), complete=True)
    assert ends()["X6"] is None


@EVERY
def test_a_list_that_lost_too_many_is_refused_as_a_whole(way: Way) -> None:
    way.take(*(entry(way, number) for number in range(1, 11)))
    half = [entry(way, number, name="Khác") for number in range(1, 6)]
    with pytest.raises(ContentError) as caught:
        way.take(*half, now=NOW + timedelta(days=1), complete=True)
    assert (caught.value.code, caught.value.values) == ("run.list_shrunk", {"lost": 5, "known": 10, "limit": 20})
    assert {row[1] for row in way.rows(table(way), "id", "name", "valid_to") if row[0][0] == "X"} == {f"Pú Tỉu {n}" for n in range(1, 11)}
    assert way.take(*half, now=NOW + timedelta(days=1), complete=True, most_lost_share=0.5) == (0, 5, 0)


@VILLAGES
def test_a_row_that_is_refused_still_says_that_its_entry_is_there(way: Way) -> None:
    way.take(*(entry(way, number) for number in range(1, 7)))
    rows = [entry(way, number) for number in range(1, 6)]
    way.take(*rows, entry(way, 6, population="?"), now=NOW + timedelta(days=1), complete=True)
    way.take(*rows, entry(way, 6, id=None), now=NOW + timedelta(days=2), complete=True)
    assert all(row[1] is None for row in way.rows(schema.villages, "id", "valid_to") if row[0][0] == "X")


@VILLAGES
def test_a_list_with_a_line_that_could_not_be_read_ends_nothing(way: Way) -> None:
    way.take(*(entry(way, number) for number in range(1, 7)))
    rows = [Row(number + 1, entry(way, number)) for number in range(1, 6)]
    broken = (Unreadable(7, RowError("row.quote_open"), {"A": 'X6,"Bản'}),)
    with reading(way.engine) as connection:
        known = way.kind.reference(connection)
    options = way.kind.Options(complete=True)
    listed = [
        way.kind.parse(Table(tuple(rows[0].values), rows, (), pieces), {}, known, options, way.stamp(NOW, False)) for pieces in ((), broken)
    ]
    assert [{record.listed is None for record in parsed.records} for parsed in listed] == [{False}, {True}]


@VILLAGES
def test_real_villages_take_the_place_of_invented_ones_which_stay_as_history(way: Way) -> None:
    """Replaced, never mixed: on no day are both there."""
    invented = {row[0] for row in way.rows(schema.villages, "id")}
    way.take(entry(way, 1, valid_from="01/07/2025"), entry(way, 2, id="V11-0001", valid_from="01/01/2026"))
    with reading(way.engine) as connection:
        for day, ids, flags in (
            (date(2025, 6, 30), invented - {"V11-0001"}, {True}),
            (date(2025, 7, 1), {"X1"}, {False}),
            (date(2026, 11, 21), {"X1", "V11-0001"}, {False}),
        ):
            found = villages_on(connection, day)
            assert (set(found["id"]), set(found["synthetic"])) == (ids, flags), day
    former = way.rows(schema.metadata.tables["villages_history"], "id")
    assert {row[0] for row in former if row[0][0] == "V"} == invented


@VILLAGES
def test_invented_villages_never_come_in_over_real_ones(way: Way) -> None:
    way.take(entry(way))
    with pytest.raises(ContentError) as caught:
        way.take(entry(way, 2), synthetic=True)
    assert caught.value.code == "run.invented_over_real"


@VILLAGES
def test_without_a_first_day_an_entry_begins_with_its_list_or_as_the_feed_says(way: Way) -> None:
    way.take(entry(way, 1, valid_from=None))
    way.take(entry(way, 2, valid_from=None), valid_from=OLD)
    assert [row[1] for row in way.rows(schema.villages, "id", "valid_from") if row[0][0] == "X"] == [date(2026, 11, 21), OLD]


@pytest.mark.parametrize("way", ["sites"], indirect=True)
def test_a_base_station_has_its_technologies_in_one_spelling(way: Way) -> None:
    way.take(entry(way))
    assert way.rows(schema.sites, "technologies", "status", "height_m") == [("2g 4g", "on_air", 42.0)]
    assert way.codes(entry(way, status="tốt"), entry(way, 2, height_m="cao")) == [(2, "row.bad_word"), (3, "row.bad_number")]


@VILLAGES
def test_a_real_entry_keeps_nothing_of_the_invented_one_whose_id_it_bears(way: Way) -> None:
    invented = [{**entry(way), "population": 777}]
    way.take(*invented, synthetic=True)
    slim = {key: value for key, value in entry(way).items() if key != "population"}
    way.take(slim)
    assert [row[1:] for row in way.rows(schema.villages, "id", "population", "synthetic") if row[0] == "X1"] == [(None, False)]
