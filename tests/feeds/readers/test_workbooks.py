"""Sheets of XLSX, XLS and ODS: which is read, what number formats and merged cells say, what is said of a broken file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from feeds.errors import ContentError
from feeds.fetching import Layout, Wanted
from feeds.mapping import Declared
from feeds.periods import period
from feeds.readers.number_formats import meaning
from feeds.readers.values import CellError, Month, Percent, Year, value_of
from feeds.records import Field, plain
from feeds.tables import Table, read_table
from tests.support.sheets import edited, encrypted, ods, packed, xls, xlsx

SAID = datetime(2026, 11, 21, 3, tzinfo=UTC)
WANTED = (Wanted(("Mã thôn",), True), Wanted(("Ngày",), True), Wanted(("4G",)), Wanted(("Dân số",)))
HEAD = ["Mã thôn", "Ngày", "4G"]
DAY = datetime(2026, 11, 5)  # noqa: DTZ001 - as a spreadsheet has it
ROW = ["V1", DAY, "có"]
REPEATED = b'<table:table-row table:number-rows-repeated="2000000000">'
SHEET1 = "xl/worksheets/sheet1.xml"


def read(data: bytes, **layout: Any) -> Table:
    return read_table(data, Layout("xlsx", **{"wanted": WANTED, **layout}))


def refused(data: bytes, **layout: Any) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read(data, **layout)
    return caught.value


def notes(table: Table) -> dict[str, Any]:
    return {note.code.removeprefix("note."): (note.count, *note.values.values()) for note in table.notes}


def typed(table: Table, *fields: Field) -> list[dict[str, Any]]:
    return [row.values for row in Declared().apply(table, fields, SAID).rows]


# ── Which sheet ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "left_out"),
    [
        (xlsx(("_cfg", [["key"], [1]]), ("T11", [HEAD, ROW]), hidden=["_cfg"]), "'_cfg'"),
        (xlsx(("T11", [HEAD, ROW]), charts=["Biểu đồ"]), "'Biểu đồ'"),
        (xlsx(("Hướng dẫn", [["Đọc kỹ trước khi điền"], ["Gửi trước ngày 5"]]), ("T11", [HEAD, ROW])), "'Hướng dẫn'"),
        (xlsx(("Trống", []), ("T11", [HEAD, ROW])), "'Trống'"),
        (xls(("Hướng dẫn", [["Đọc kỹ"]]), ("T11", [HEAD, ROW])), "'Hướng dẫn'"),
        (ods(("ẩn", [HEAD, ["V9", date(2026, 1, 1), "x"]]), ("T11", [HEAD, ["V1", date(2026, 11, 5), "có"]]), hidden=["ẩn"]), "'ẩn'"),
    ],
)
def test_the_first_visible_sheet_whose_header_fits_is_read_and_the_others_are_named(data: bytes, left_out: str) -> None:
    table = read(data)
    assert [(row.number, row.values["Mã thôn"], row.values["4G"]) for row in table.rows] == [(2, "V1", "có")]
    assert notes(table) == {"sheets_left_out": (1, left_out)}
    assert table.rows[0].origin is not None
    assert table.rows[0].origin.sheet == "T11"


def test_where_no_column_is_needed_the_sheet_with_most_of_the_wanted_ones_is_read() -> None:
    data = xlsx(("Bìa", [["Sở Thông tin", "Dân số"], ["Năm", "2026"]]), ("Chi tiết", [["BÁO CÁO"], [], HEAD, ROW]), ("T10", [HEAD, ROW]))
    table = read(data, wanted=tuple(Wanted(item.headers) for item in WANTED))
    assert {row.origin.sheet for row in table.rows if row.origin} == {"Chi tiết"}


def test_all_sheets_that_fit_are_read_below_each_other_and_counted() -> None:
    data = xlsx(
        ("Huyện A", [HEAD, ROW, ROW]),
        ("Ghi chú", [["x"]]),
        ("Huyện B", [["STT", *HEAD], [1, "V2", DAY, "x"]]),
        ("cũ", [HEAD, ROW]),
        hidden=["cũ"],
    )
    table = read(data, sheets=("*",))
    assert [(row.origin.sheet, row.number, row.values["Mã thôn"]) for row in table.rows if row.origin] == [
        ("Huyện A", 2, "V1"),
        ("Huyện A", 3, "V1"),
        ("Huyện B", 2, "V2"),
    ]
    assert [(note.code, note.count) for note in table.notes] == [
        ("note.sheet_rows", 2),
        ("note.sheet_rows", 1),
        ("note.sheets_left_out", 2),
    ]


def test_named_sheets_are_read_hidden_or_not_and_each_of_them_must_fit() -> None:
    data = xlsx(("A", [HEAD, ROW]), ("B", [["Mã thôn", "4G"], ["V1", "x"]]), ("C", [HEAD, ROW]), hidden=["C"])
    assert [row.origin.sheet for row in read(data, sheets=("C", "A")).rows if row.origin] == ["C", "A"]
    error = refused(data, sheets=("A", "B"))
    assert (error.code, error.values["sheet"], error.values["columns"]) == ("run.sheet_lacks", "B", "Ngày")
    assert refused(data, sheets=("A", "D")).code == "run.sheet_missing"
    assert refused(xlsx(("A", [HEAD]), charts=["Đồ thị"]), sheet="Đồ thị").code == "run.sheet_is_chart"


def test_a_workbook_of_hidden_sheets_says_which_there_are() -> None:
    data = xlsx(("A", [HEAD, ROW]), charts=["Đồ thị"], hidden=["A"])
    assert (refused(data).code, refused(data).values["found"]) == ("run.no_sheet", "Đồ thị, A")


# ── What cannot be read ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encrypted(), "run.workbook_encrypted"),
        (packed({"mimetype": "x", "META-INF/manifest.xml": "<m:encryption-data/>", "content.xml": "?"}), "run.workbook_encrypted"),
        (b"<html><body><table><tr><td>x</td></tr></table></body></html>", "run.sheet_is_page"),
        ("\ufeff<!DOCTYPE html><title>Đăng nhập</title>".encode("utf-16"), "run.sheet_is_page"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "run.sheet_is_xml"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "run.xlsx_invalid"),
        (packed({"word/document.xml": "<w/>"}), "run.xlsx_invalid"),
        (xlsx(("A", [HEAD, ROW]))[:-300], "run.xlsx_invalid"),
        (xls(("A", [HEAD, ROW]))[:3000], "run.xlsx_invalid"),
        (edited(xlsx(("A", [HEAD, ROW])), SHEET1, b"</sheetData>", b"<"), "run.xlsx_invalid"),
        (edited(xlsx(("A", [HEAD, ROW])), SHEET1, b't="inlineStr"><is><t>V1</t></is>', b't="s"><v>99</v>'), "run.xlsx_invalid"),
        (edited(xlsx(("A", [HEAD, [1, DAY, 5]])), SHEET1, b'r="C2"', b'r="C2000000000"'), "run.sheet_too_large"),
        (edited(xlsx(("A", [HEAD, [1, DAY, 5]])), SHEET1, b'r="C2"', b'r="XFD900000"'), "run.sheet_too_large"),
        (edited(ods(("A", [HEAD, ROW])), "content.xml", b"<table:table-row>", REPEATED), "run.sheet_too_large"),
    ],
)
def test_what_is_no_workbook_is_told_in_one_sentence(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_a_formula_that_was_never_calculated_is_refused_by_its_cell() -> None:
    for data in (
        xlsx(("T11", [HEAD, ROW, ["V2", DAY, "=A1"]])),
        ods(("T11", [HEAD, ["V1", date(2026, 11, 5), "x"], ["V2", date(2026, 11, 5), ("formula",)]])),
    ):
        error = refused(data)
        assert (error.code, error.values) == ("run.formula_not_calculated", {"cell": "C3", "sheet": "T11", "column": "4G"})


@pytest.mark.parametrize("line", [["V2", DAY, "x", "=A1"], ["Tổng cộng", None, "=COUNTA(C2:C2)", None]])
def test_such_a_formula_outside_of_the_columns_and_rows_in_use_matters_not(line: list[object]) -> None:
    assert len(read(xlsx(("T11", [[*HEAD, "Ghi chú"], [*ROW, None], line]))).rows) == 1 + (line[0] == "V2")


def test_an_error_in_a_cell_is_told_and_never_taken_for_a_word_or_for_nothing() -> None:
    data = xlsx(("T11", [HEAD, ["V1", DAY, "#N/A"]]))
    value = read(data).rows[0].values["4G"]
    assert (value, type(value)) == ("#N/A", CellError)
    assert plain({"4G": value}) == {"4G": "#N/A"}


def test_only_a_header_in_use_may_not_stand_twice() -> None:
    twice = [[*HEAD, "Ghi chú", "Ghi chú"], [*ROW, "a", "b"]]
    assert read(xlsx(("T11", twice))).columns == (*HEAD, "Ghi chú", "Ghi chú (2)")
    assert read_table("Mã thôn;Ngày;4G;x;X\nV1;1;2;3;4\n".encode(), Layout("csv", wanted=WANTED)).columns[3:] == ("x", "X (2)")
    error = refused(xlsx(("T11", [["Mã thôn", "Ngày", "4G", "4g"], [*ROW, "x"]])))
    assert (error.code, error.values["first"], error.values["second"]) == ("run.column_twice", "C1", "D1")


# ── What number formats say ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("0%", "percent"),
        ("#,##0.00%;[Red]-0.00%", "percent"),
        ('0"%"', ""),
        ("mm/yyyy", "month"),
        ("mmm-yy", "month"),
        ('"Tháng "mm\\/yyyy', "month"),
        ("[$-42A]mmmm yyyy;@", "month"),
        ("yyyy", "year"),
        ("dd/mm/yyyy", ""),
        ("mm:ss", ""),
        ("[h]:mm", ""),
        ("General", ""),
        ("@", ""),
        ("#,##0", ""),
        ("yyyy-mm-dd h:mm:ss", ""),
    ],
)
def test_a_number_format_says_what_its_cells_mean(code: str, said: str) -> None:
    assert meaning(code) == said


SHARE = (Field("Tỷ lệ", type="number", unit="percent"), Field("Dân số", type="whole", unit="one"))


@pytest.mark.parametrize(
    "data",
    [
        xlsx(("T", [["Tỷ lệ", "Dân số"], [0.955, 100], [1, 7]]), formats={"A2": "0%", "A3": "0.0%"}),
        xls(("T", [["Tỷ lệ", "Dân số"], [0.955, 100], [1, 7]]), formats={(1, 0): "0%", (2, 0): "0.00%"}),
        ods(("T", [["Tỷ lệ", "Dân số"], [("percent", 0.955), 100], [("percent", 1), 7]])),
    ],
)
def test_a_cell_shown_in_per_cent_is_per_cent_whatever_unit_is_declared(data: bytes) -> None:
    table = read(data, wanted=(Wanted(("Tỷ lệ",), True), Wanted(("Dân số",))))
    assert notes(table)["percent_cells"] == (2, "'Tỷ lệ'")
    assert [values["Tỷ lệ"] for values in typed(table, *SHARE)] == [95.5, 100]
    scaled = Declared(units={"Tỷ lệ": 100}, numbers="vi").apply(table, SHARE, SAID)  # type: ignore[dict-item]
    assert [row.values["Tỷ lệ"] for row in scaled.rows] == [95.5, 100]


def test_a_share_is_no_count_and_a_row_that_waits_keeps_it() -> None:
    table = read(xlsx(("T", [["Dân số"], [0.955]]), formats={"A2": "0%"}), wanted=(Wanted(("Dân số",)),))
    (row,) = Declared().apply(table, SHARE, SAID).rows
    assert row.values["Dân số"].code == "row.percent_cell"
    kept = plain(row.came or {})["Dân số"]
    assert (kept, value_of(kept)) == ("95,5% (=0.955)", Percent(0.955))
    assert value_of("95,5%") == "95,5%"


@pytest.mark.parametrize(
    "data",
    [
        xlsx(("T", [["Kỳ"], [datetime(2026, 10, 1)]]), formats={"A2": "mm/yyyy"}),  # noqa: DTZ001
        xlsx(("T", [["Kỳ"], [46296]]), formats={"A2": "mmm-yy"}),
        xls(("T", [["Kỳ"], [datetime(2026, 10, 1)]]), formats={(1, 0): "mm/yyyy"}),  # noqa: DTZ001
        ods(("T", [["Kỳ"], [("month", "2026-10-01")]])),
    ],
)
def test_a_cell_that_shows_a_month_is_the_month(data: bytes) -> None:
    table = read(data, wanted=(Wanted(("Kỳ",), True),))
    (value,) = [row.values["Kỳ"] for row in table.rows]
    assert (type(value), str(value)) == (Month, "10/2026")
    assert notes(table)["month_cells"] == (1, "'Kỳ'")
    assert period(value) == ("2026-10", date(2026, 10, 1), date(2026, 10, 31))
    assert period(plain({"Kỳ": value})["Kỳ"]) == period(value), "a row that waits says the same"
    assert typed(table, Field("Kỳ", type="moment")) == [{"Kỳ": datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC)}]


def test_a_cell_that_shows_a_year_is_the_year() -> None:
    value = read(xlsx(("T", [["Kỳ"], [date(2026, 1, 1)]]), formats={"A2": "yyyy"}), wanted=(Wanted(("Kỳ",)),)).rows[0].values["Kỳ"]
    assert (type(value), period(value)) == (Year, ("2026", date(2026, 1, 1), date(2026, 12, 31)))


DATED = Field("Ngày", type="moment")


@pytest.mark.parametrize(("number", "hour"), [(46331, 0), (46331.5, 12), (46331 + 1 / 3, 8)])
def test_a_number_in_a_column_of_days_is_a_number_of_days(number: float, hour: int) -> None:
    lines = [HEAD, ["V1", number, "x"]]
    later = [HEAD, ["V1", number - 1462, "x"]]
    for data in (xlsx(("T", lines)), xls(("T", lines)), ods(("T", lines)), xlsx(("T", later), from_1904=True)):
        assert typed(read(data), DATED)[0]["Ngày"] == DAY.replace(hour=hour)


@pytest.mark.parametrize("number", [5, 2026, 1_762_300_800, 1_762_300_800_000, -46331, 999_999, True])
def test_no_other_number_is_a_day_and_seconds_since_1970_are_no_spreadsheets_way(number: float) -> None:
    value = typed(read(xlsx(("T", [HEAD, ["V1", number, "x"]]))), DATED)[0]["Ngày"]
    assert value is True or value.code == "row.no_day_number"


def test_a_number_that_spells_a_day_is_left_to_whoever_reads_days_and_json_keeps_its_seconds() -> None:
    assert typed(read(xlsx(("T", [HEAD, ["V1", 20261105, "x"]]))), DATED)[0]["Ngày"] == 20261105
    assert typed(read_table(b'[{"Ng\xc3\xa0y": 46331}]', Layout("json")), DATED)[0]["Ngày"] == 46331


def test_a_declared_form_of_text_leaves_numbers_of_days_alone() -> None:
    from feeds.date_format import date_format

    form = date_format("dd/MM/yyyy")
    assert form is not None
    table = read(xlsx(("T", [HEAD, ["V1", 46331, "x"], ["V2", "05/11/2026", "x"]])))
    days = [row.values["Ngày"] for row in Declared(dates={"Ngày": form}).apply(table, (DATED,), SAID).rows]
    assert days == [DAY, datetime(2026, 11, 4, 17, tzinfo=UTC)]


def test_a_year_in_a_column_of_periods_stays_a_year() -> None:
    table = read(xlsx(("T", [["Kỳ"], [2026], [46331]])), wanted=(Wanted(("Kỳ",)),))
    assert [period(values["Kỳ"]) for values in typed(table, Field("Kỳ", type="period"))] == [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-11-05", date(2026, 11, 5), date(2026, 11, 5)),
    ]


# ── Merged cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────

PLAIN = [[f"V{n}", date(2026, 11, 5), "x", None] for n in (2, 3, 4)]
GROUPED = [[*HEAD, "Xã"], ["V1", DAY, "x", "Xã Một"], ["V2", DAY, "x", None], ["V3", DAY, "x", None], ["V4", DAY, "x", None]]


@pytest.mark.parametrize(
    "data",
    [
        xlsx(("T", GROUPED), merged=["D2:D4"]),
        xls(("T", GROUPED), merged=[(1, 3, 3, 3)]),
        ods(("T", [[*HEAD, "Xã"], ["V1", date(2026, 11, 5), "x", ("down", "Xã Một", 3)], *PLAIN])),
        xlsx(("T", GROUPED), merged=["D2:E4"]),
    ],
)
def test_the_value_of_merged_cells_holds_for_all_their_rows_and_no_further(data: bytes) -> None:
    table = read(data)
    assert [row.values.get("Xã") for row in table.rows] == ["Xã Một", "Xã Một", "Xã Một", None]
    assert notes(table)["merged"] == (2,)


def test_a_merged_area_of_a_whole_sheet_is_no_trouble() -> None:
    data = edited(xlsx(("T", GROUPED), merged=["D2:D4"]), SHEET1, b'ref="D2:D4"', b'ref="D2:XFD1048576"')
    assert [row.values["Xã"] for row in read(data).rows] == ["Xã Một"] * 4
