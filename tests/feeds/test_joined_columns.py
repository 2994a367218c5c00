"""A field may be made of several columns, or lie inside a record; an empty part is named, never filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from feeds.cells import Cells
from feeds.errors import ContentError, RowError
from feeds.joined_columns import joined
from feeds.mapping import Declared
from feeds.mapping_check import MappingReader
from feeds.records import Field
from feeds.tables import Row, Table

SAID = datetime(2026, 11, 21, 3, tzinfo=UTC)
FIELDS = (
    Field("id"),
    Field("name", required=False),
    Field("starts_at", type="moment"),
    Field("ends_at", required=False, type="moment"),
    Field("people", required=False, type="whole"),
)
EIGHT = datetime(2026, 11, 26, 1, tzinfo=UTC)


def declared(**table: Any) -> Declared:
    reader = MappingReader(table, FIELDS)
    read = reader.read()
    assert reader.mistakes == []
    return read


def cells(mapping: Declared, **values: Any) -> Cells:
    table = mapping.apply(Table(tuple(values), [Row(2, values)]), FIELDS, SAID)
    assert table.rows[0].came == values
    return Cells(table.rows[0], {name: header for name, header in mapping.headers.items() if header in table.columns})


TWO = {"columns": {"starts_at": ["Ngày", "Giờ"]}}


@pytest.mark.parametrize("day", [datetime(2026, 11, 26), date(2026, 11, 26), "26/11/2026", "26-11-26", "2026-11-26 00:00:00", 20261126])  # noqa: DTZ001
@pytest.mark.parametrize("clock", [time(8), timedelta(hours=8), 8 / 24, "8:00", "08h00", "8 giờ", "8:00 SA", "08:00:00"])
def test_a_day_and_a_time_of_day_are_one_moment(day: Any, clock: Any) -> None:
    assert cells(declared(**TWO), Ngày=day, Giờ=clock).moment("starts_at") == EIGHT


def test_the_declared_form_is_that_of_the_day_alone_or_of_both() -> None:
    assert cells(declared(**TWO, dates={"starts_at": "MM/dd/yyyy"}), Ngày="11/26/2026", Giờ="8h").moment("starts_at") == EIGHT
    assert cells(declared(**TWO, dates={"starts_at": "MM/dd/yyyy HH:mm"}), Ngày="11/26/2026", Giờ="8:00").moment("starts_at") == EIGHT


@pytest.mark.parametrize(
    ("values", "code", "part"),
    [
        ({"Ngày": "26/11/2026", "Giờ": None}, "row.part_missing", "Giờ"),
        ({"Ngày": "", "Giờ": "8:00"}, "row.part_missing", "Ngày"),
        ({"Ngày": None, "Giờ": " "}, "row.missing", None),
        ({"Ngày": "26/11/2026", "Giờ": "25h"}, "row.bad_clock", None),
        ({"Ngày": "26/11/2026", "Giờ": "sáng"}, "row.bad_clock", None),
        ({"Ngày": "hôm qua", "Giờ": "8:00"}, "row.bad_time", None),
    ],
)
def test_an_hour_that_is_not_there_is_no_midnight(values: dict[str, Any], code: str, part: str | None) -> None:
    with pytest.raises(RowError) as caught:
        cells(declared(**TWO), **values).moment("starts_at")
    assert (caught.value.code, caught.value.values.get("part"), caught.value.values["column"]) == (code, part, "Ngày + Giờ")


def test_an_end_without_its_hour_is_no_end() -> None:
    both = declared(columns={"starts_at": ["Ngày", "Từ"], "ends_at": ["Ngày", "Đến"]})
    assert not cells(both, Ngày="26/11/2026", Từ="8h", Đến=None).has("ends_at")
    assert cells(both, Ngày="26/11/2026", Từ="8h", Đến="9h30").moment("ends_at") == EIGHT + timedelta(minutes=90)


@pytest.mark.parametrize(
    ("template", "values", "made"),
    [
        ("{Mã xã}-{TT}", {"Mã xã": "03316", "TT": 7.0}, "03316-7"),
        ("{Mã xã:05}-{TT:02}", {"Mã xã": 3316, "TT": 7}, "03316-07"),
        ("V{TT:03}", {"TT": "12"}, "V012"),
        ("{TT}/{Mã xã}", {"TT": "A", "Mã xã": "x"}, "A/x"),
    ],
)
def test_ids_are_written_together_from_columns(template: str, values: dict[str, Any], made: str) -> None:
    assert cells(declared(columns={"id": template}), **values).text("id") == made


def test_an_id_of_which_a_part_is_empty_is_none() -> None:
    marked = cells(declared(columns={"id": "{Mã xã}-{TT}"}), **{"Mã xã": "03316", "TT": None})
    with pytest.raises(RowError) as caught:
        marked.text("id")
    assert (caught.value.code, caught.value.values["part"]) == ("row.part_missing", "TT")


def test_texts_of_two_columns_stand_side_by_side() -> None:
    both = declared(columns={"name": ["Loại", "Tên"]})
    assert cells(both, Loại="Bản", Tên="Nà Tấu").text("name") == "Bản Nà Tấu"
    assert cells(both, Loại=None, Tên="Nà Tấu").text("name") == "Nà Tấu"
    assert not cells(both, Loại=None, Tên=None).has("name")


def test_a_missing_part_is_a_missing_column() -> None:
    with pytest.raises(ContentError) as caught:
        declared(columns={"id": "{Mã xã}-{Thứ tự}"}).apply(Table(("Mã xã", "Thứ  tự bản"), [Row(2, {"Mã xã": "1"})]), FIELDS, SAID)
    assert caught.value.values["columns"] == "Thứ tự"
    assert joined("Mã xã") is None
    assert joined(["Mã xã"]) is None


@pytest.mark.parametrize(
    ("path", "value"),
    [("properties.dan_so", 12), ("a.0.b", 3), ("a.1.b", None), ("properties.geo.1", 21.5), ("Properties.Dan_So", 12)],
)
def test_values_inside_a_record_are_named_by_dots(path: str, value: Any) -> None:
    inside = {"properties": {"dan_so": 12, "geo": [103.0, 21.5]}, "a": [{"b": 3}]}
    table = declared(columns={"people": path}).apply(Table(("properties", "a"), [Row(1, inside)]), FIELDS, SAID)
    assert table.rows[0].values.get(path) == value
    assert (path in table.columns) == (value is not None)


def test_a_header_with_a_dot_of_its_own_is_a_header() -> None:
    table = declared(columns={"people": "D.số"}).apply(Table(("D.số",), [Row(1, {"D.số": 5})]), FIELDS, SAID)
    assert (table.columns, table.rows[0].values) == (("D.số",), {"D.số": 5})


def test_a_number_that_is_none_costs_its_field_only() -> None:
    for value in (float("nan"), float("inf"), "NaN", "-Infinity", "N/A"):
        table = Table(("Dân", "Mã"), [Row(2, {"Dân": value, "Mã": "Nan"})])
        read = Declared(columns={"people": "Dân", "id": "Mã"}).apply(table, FIELDS, SAID)
        assert (read.rows[0].values, [(note.code, note.count) for note in read.notes]) == (
            {"Dân": None, "Mã": "Nan"},
            [("note.not_a_number", 1)],
        )
