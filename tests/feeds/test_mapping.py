"""A mapping gives a kind the values it expects; what is not as declared is turned away with its row and what stood there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from feeds.cells import Cells, Unreadable
from feeds.column_rows import Unpivot
from feeds.date_format import DateFormat, date_format
from feeds.errors import ContentError, RowError
from feeds.fetching import Layout
from feeds.fetching import Unreadable as Unmade
from feeds.mapping import Declared
from feeds.measures import factor, scaled
from feeds.records import Field, rejection
from feeds.tables import Note, Row, Table, read_table

SAID = datetime(2026, 11, 21, 3, tzinfo=UTC)
FIELDS = (
    Field("people", type="whole", unit="one"),
    Field("share", type="number", unit="percent"),
    Field("state", type="code", words={"up": ("on",), "down": ("off",)}),
    Field("observed_at", type="moment"),
    Field("since", type="day"),
    Field("period", type="period"),
    Field("indicator"),
    Field("value", type="number", unit="figure"),
    Field("technology"),
)


def form(text: str) -> DateFormat:
    found = date_format(text)
    assert found is not None
    return found


def cell(declared: Declared, name: str, value: Any) -> Any:
    table = declared.apply(Table((name,), [Row(2, {name: value})]), FIELDS, SAID)
    return table.rows[0].values[name]


def refused(declared: Declared, name: str, value: Any) -> str:
    marked = cell(declared, name, value)
    assert isinstance(marked, Unreadable)
    assert marked.value == value
    return marked.code


@pytest.mark.parametrize(
    ("numbers", "text", "number"),
    [
        ("vi", "1.234,5", 1234.5),
        ("vi", "1.234", 1234),
        ("vi", "1234,5", 1234.5),
        ("vi", "-0,5", -0.5),
        ("vi", "95,63 %", 95.63),
        ("vi", "1.234.567", 1234567),
        ("en", "1,234.5", 1234.5),
        ("en", "1,234", 1234),
        ("en", "0.5", 0.5),
        ("vi", 12.5, 12.5),
        ("vi", "0", 0),
    ],
)
def test_numbers_are_read_as_their_writer_writes_them(numbers: str, text: Any, number: float) -> None:
    assert cell(Declared(numbers=numbers), "share", text) == number


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ("vi", "1,234.5"),
        ("vi", "12.34"),
        ("vi", "1.23.456"),
        ("vi", "nhiều"),
        ("en", "1.234,5"),
        ("en", "12,34"),
        ("vi", True),
        ("vi", "٣"),
        ("vi", "9" * 30),
    ],
)
def test_a_number_in_another_writing_is_refused(numbers: str, text: Any) -> None:
    assert refused(Declared(numbers=numbers), "share", text) == "row.bad_numeral"


@pytest.mark.parametrize("text", ["1.234", "1,5", "95,63"])
def test_an_ambiguous_number_stays_refused_while_nothing_is_declared(text: str) -> None:
    assert cell(Declared(), "share", text) == text
    with pytest.raises(RowError) as caught:
        Cells(Row(2, {"share": text}), {"share": "share"}).number("share")
    assert caught.value.code == "row.bad_number"
    assert refused(Declared(units={"share": Decimal(100)}), "share", text) == "row.bad_number"


@pytest.mark.parametrize(
    ("field", "unit", "value", "stored"),
    [("people", "thousand", "12,345", 12345), ("share", "ratio", "0,9663", 96.63), ("share", "‰", "12", 1.2), ("people", "nghìn", 2, 2000)],
)
def test_quantities_are_kept_in_our_unit(field: str, unit: str, value: Any, stored: float) -> None:
    by_name = {item.name: item for item in FIELDS}
    times = factor(by_name[field].unit, unit)
    assert times is not None
    found = cell(Declared(units={field: times}, numbers="vi"), field, value)
    assert (found, type(found)) == (stored, type(stored))


def test_a_unit_of_another_quantity_is_none_and_fractions_do_not_fray() -> None:
    assert factor("percent", "km") is None
    assert factor("", "km") is None
    assert scaled(0.1, Decimal(3)) == 0.3


@pytest.mark.parametrize(("value", "state"), [("1", "up"), (1, "up"), (1.0, "up"), (" 0 ", "down"), ("UP", "up")])
def test_codes_are_the_declared_ones(value: Any, state: str) -> None:
    assert cell(Declared(codes={"state": {"1": "up", "0": "down"}}), "state", value) == state


def test_with_declared_codes_the_usual_words_say_nothing() -> None:
    """In a system where 0 means up, "on" and an undeclared 1 are not guessed at."""
    declared = Declared(codes={"state": {"0": "up"}})
    assert [refused(declared, "state", value) for value in ("1", "on", "down")] == ["row.bad_code"] * 3


def test_dates_follow_the_declared_form_and_a_spreadsheets_own_dates_stay() -> None:
    declared = Declared(dates={"observed_at": form("MM/dd/yyyy"), "period": form("Quý Q/yyyy"), "since": form("dd.MM.yyyy")})
    assert cell(declared, "observed_at", "11/09/2026") == datetime(2026, 11, 8, 17, tzinfo=UTC)
    assert cell(declared, "observed_at", SAID) is SAID
    assert cell(declared, "period", "Quý III/2026") == "2026-Q3"
    assert cell(declared, "since", "01.07.2025") == date(2025, 7, 1)
    assert refused(declared, "observed_at", "25/12/2026") == "row.bad_format"
    assert cell(declared, "observed_at", "  ") is None


def test_constants_fill_what_no_column_says_and_win_over_a_column_of_the_name() -> None:
    declared = Declared(constants={"technology": "4g"})
    table = declared.apply(Table(("people", "Technology"), [Row(2, {"people": "1", "Technology": "x"})]), FIELDS, SAID)
    assert table.columns == ("people", "technology")
    assert table.rows[0].values == {"people": "1", "technology": "4g"}
    assert declared.headers == {"technology": "technology"}


def test_wide_columns_become_rows_and_an_empty_cell_none() -> None:
    data = "Xã;Tỷ lệ 4G;Tỷ lệ 5G\n03127;95,5;\n03128;;0\n".encode()
    declared = Declared(
        {"indicator": "nowhere"},
        codes={"indicator": {"tỷ lệ 4g": "4g_pct", "tỷ lệ 5g": "5g_pct"}},
        numbers="vi",
        unpivot=Unpivot(("Tỷ lệ 4G", "TỶ LỆ 5G"), "indicator", "value"),
    )
    table = declared.apply(read_table(data, Layout("csv")), FIELDS, SAID)
    assert table.columns == ("Xã", "indicator", "value")
    assert [(row.number, row.values["Xã"], row.values["indicator"], row.values["value"]) for row in table.rows] == [
        (2, "03127", "4g_pct", 95.5),
        (3, "03128", "5g_pct", 0),
    ]


def test_a_column_to_unpivot_that_is_missing_is_named() -> None:
    declared = Declared(unpivot=Unpivot(("Tỷ lệ 4G",), "indicator", "value"))
    with pytest.raises(ContentError) as caught:
        declared.apply(Table(("Xã", "Tỷ lệ  4G (%)"), [Row(2, {})]), FIELDS, SAID)
    assert (caught.value.code, caught.value.values["meant"]) == ("run.missing_column_meant", "Tỷ lệ 4G → Tỷ lệ  4G (%)")


def test_a_refused_row_is_set_aside_as_it_came() -> None:
    declared = Declared(numbers="vi", codes={"state": {"1": "up"}})
    table = declared.apply(Table(("people", "state"), [Row(7, {"people": "1,234.5", "state": "1"})]), FIELDS, SAID)
    with pytest.raises(RowError) as caught:
        Cells(table.rows[0], {"people": "people"}).whole("people")
    set_aside = rejection(table.rows[0], caught.value)
    assert (set_aside.number, set_aside.code, set_aside.raw) == (7, "row.bad_numeral", {"people": "1,234.5", "state": "1"})
    assert (set_aside.values["value"], set_aside.values["wanted"]) == ("1,234.5", "vi")


def test_nothing_declared_leaves_the_table_as_it_is() -> None:
    table = Table(("people",), [Row(2, {"people": "1"})])
    assert Declared().apply(table, FIELDS, SAID) is table


def test_what_was_left_out_before_the_mapping_is_still_said_after_it() -> None:
    notes = (Note("note.invisible", 2),)
    pieces = (Unmade(3, ContentError("run.csv_columns", found=2, expected=3), {"line": "a;b"}),)
    table = Table(("people", "4G"), [Row(2, {"people": "1.000", "4G": "x"})], notes, pieces)
    declared = Declared(numbers="vi", constants={"technology": "4g"}, unpivot=Unpivot(("4G",), "indicator", "value"))
    changed = declared.apply(table, FIELDS, SAID)
    assert (changed.notes, changed.unreadable) == (notes, pieces)
    assert changed.rows[0].values["people"] == 1000
