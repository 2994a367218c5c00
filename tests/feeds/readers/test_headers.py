"""The header is found by itself, below a title, over several lines and merged cells; its columns are named by their lines, joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from feeds.fetching import Layout, Wanted
from feeds.tables import Table, read_table
from tests.support.sheets import xlsx

COVERAGE = (
    Wanted(("village_id", "Mã thôn"), True),
    Wanted(("observed_at", "Ngày"), True),
    Wanted(("3g",)),
    Wanted(("4g",)),
    Wanted(("5g",)),
)
TITLE = ["BÁO CÁO VÙNG PHỦ SÓNG", None, None, None, None]
TWO = [["Mã thôn", "Ngày", "Vùng phủ sóng", None, None], [None, None, "3G", "4G", "5G"]]
DATA = ["V1", "2026-11-05", "x", "x", None]
CSV = "\n".join


def sheet(lines: Sequence[Sequence[object]], *merged: str, wanted: tuple[Wanted, ...] = COVERAGE, **layout: Any) -> Table:
    return read_table(xlsx(("T", lines), merged=merged), Layout("xlsx", wanted=wanted, **layout))


def rows(table: Table) -> list[tuple[int, Any]]:
    return [(row.number, row.values.get("Mã thôn")) for row in table.rows]


@pytest.mark.parametrize("above", [0, 1, 4, 12])
def test_the_header_is_found_below_whatever_stands_above(above: int) -> None:
    table = sheet([*[TITLE] * above, ["Mã thôn", "Ngày", "3G", "4G"], DATA[:4]])
    assert (table.columns, rows(table)) == (("Mã thôn", "Ngày", "3G", "4G"), [(above + 2, "V1")])
    assert [(note.code, note.count) for note in table.notes] == ([("note.header_row", above)] if above else [])


@pytest.mark.parametrize("marked", ["Mã thôn (*)", "MA THON", "mã_thôn *"])
def test_neither_marks_nor_accents_hide_the_line_of_the_header(marked: str) -> None:
    table = sheet([TITLE, [marked, "Ngày (*)", "Ghi chú"], DATA[:3]])
    assert (table.columns, [row.number for row in table.rows]) == ((marked, "Ngày (*)", "Ghi chú"), [3])


@pytest.mark.parametrize("header_row", [0, 1, 2])
@pytest.mark.parametrize("above", [0, 3])
def test_a_header_of_two_lines_is_one(header_row: int, above: int) -> None:
    merged = [f"A{above + 1}:A{above + 2}", f"B{above + 1}:B{above + 2}", f"C{above + 1}:E{above + 1}"]
    table = sheet([*[TITLE] * above, *TWO, DATA], *merged, header_row=header_row and header_row + above)
    assert (table.columns, rows(table)) == (("Mã thôn", "Ngày", "3G", "4G", "5G"), [(above + 3, "V1")])


def test_a_header_of_two_lines_in_text_is_one() -> None:
    text = CSV(["BÁO CÁO;;;;", "Mã thôn;Ngày;Vùng phủ sóng;;", ";;3G;4G;5G", "V1;2026-11-05;x;x;"])
    table = read_table(text.encode(), Layout("csv", wanted=COVERAGE))
    assert (table.columns, rows(table)) == (("Mã thôn", "Ngày", "3G", "4G", "5G"), [(4, "V1")])


GROUPS = [
    ["Mã thôn", "Ngày", "Viettel", None, "VNPT", None],
    [None, None, "3G", "4G", "3G", "4G"],
    ["V1", "2026-11-05", "x", "x", None, "x"],
]


def test_groups_keep_equal_names_apart() -> None:
    named = ("Mã thôn", "Ngày", "Viettel / 3G", "Viettel / 4G", "VNPT / 3G", "VNPT / 4G")
    assert sheet(GROUPS, "A1:A2", "B1:B2", "C1:D1", "E1:F1").columns == named
    mapped = (*COVERAGE[:2], Wanted(("VNPT / 4G",), True))
    assert sheet(GROUPS, wanted=mapped).columns == named, "no merged cells: by the blanks after a group's name"


def test_a_header_of_three_lines() -> None:
    lines = [
        ["Mã thôn", "Ngày", "Hạ tầng", None, "Dân số"],
        [None, None, "Phủ sóng", None, None],
        [None, None, "3G", "4G", None],
        ["V1", "2026-11-05", "x", None, 100],
    ]
    table = sheet(lines, "A1:A3", "B1:B3", "C1:D1", "C2:D2", "E1:E3")
    assert (table.columns, rows(table)) == (("Mã thôn", "Ngày", "3G", "4G", "Dân số"), [(4, "V1")])
    joined = sheet(lines, "A1:A3", "B1:B3", "C1:D1", "C2:D2", "E1:E3", wanted=(Wanted(("Mã thôn",), True),))
    assert joined.columns[2] == "Hạ tầng / Phủ sóng / 3G"


def test_a_line_of_data_is_never_taken_for_more_of_the_header() -> None:
    long = (Wanted(("Mã thôn",), True), Wanted(("Công nghệ",), True), Wanted(("4g",)), Wanted(("Ghi chú",)))
    table = sheet([["Mã thôn", "Công nghệ", None], ["V1", "4G", "ghi chú"], ["V2", None, "x"]], wanted=long)
    assert (table.columns, rows(table)) == (("Mã thôn", "Công nghệ"), [(2, "V1"), (3, "V2")])


def test_the_usual_headers_of_a_feed_that_declares_others_are_not_looked_for() -> None:
    wanted = (Wanted(("Mã bản",), True), Wanted(("Ngày",), True))
    table = sheet([["Mã thôn", "Ngày"], ["Mã bản", "Ngày"], ["V1", "2026-11-05"]], wanted=wanted)
    assert table.columns == ("Mã bản", "Ngày")


def test_where_nothing_fits_the_fullest_line_says_what_there_is() -> None:
    table = sheet([TITLE, [None] * 5, ["Mã bản", "Tên", "Xã", "Dân"], ["a", "b", "c", 5]])
    assert table.columns == ("Mã bản", "Tên", "Xã", "Dân")


def test_without_wanted_columns_the_first_line_is_the_header() -> None:
    assert read_table(b"a,b\n1,2\n3,4\n", Layout("csv")).columns == ("a", "b")
    assert read_table(b"x\na,b\n1,2\n", Layout("csv", header_row=2)).columns == ("a", "b")
