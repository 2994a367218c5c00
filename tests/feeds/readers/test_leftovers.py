"""Numbering, totals, repeated headers and signatures are no data and are counted; what only looks like them stays a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from feeds.fetching import Layout, Wanted
from feeds.tables import Table, read_table
from tests.support.sheets import xlsx

WANTED = (Wanted(("Mã thôn",), True), Wanted(("Tên thôn",), True), Wanted(("Dân số",)), Wanted(("Số hộ",)))
HEAD = ["STT", "Mã thôn", "Tên thôn", "Dân số", "Số hộ", "Ghi chú"]
FIRST, SECOND = [1, "V1", "Bản Một", 100, 20, None], [2, "V2", "Bản Hai", 200, 40, "xa"]


def read(*lines: Sequence[object], wanted: tuple[Wanted, ...] = WANTED) -> Table:
    return read_table(xlsx(("T", [HEAD, *lines])), Layout("xlsx", wanted=wanted))


def left_out(table: Table) -> dict[str, tuple[int, str]]:
    return {note.code.removeprefix("note."): (note.count, str(note.values["rows"])) for note in table.notes}


def ids(table: Table) -> list[Any]:
    return [row.values.get("Mã thôn") for row in table.rows]


@pytest.mark.parametrize(
    "line",
    [
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        ["A", "B", "C", "(1)", "(2)", "(3)"],
        ["A", "B", "C", 1, 2, 3],
        [1, 2, 3, 4, 5, 6],
        ["1", "2", "3", "4", "5", None],
        ["(1)", "(2)", "(3)", "(4)=(5)+(6)", "(5)", "(6)"],
        ["[1]", "[2]", "[3]", "[4]", "[5]", "[6]"],
    ],
)
def test_a_line_that_numbers_the_columns_is_left_out(line: list[object]) -> None:
    table = read(line, FIRST, SECOND)
    assert (ids(table), left_out(table)) == (["V1", "V2"], {"numbering": (1, "2")})


@pytest.mark.parametrize(
    "line", [[1, "V9", "Bản", 4, 5, 6], [1, 2, "Ba", 4, 5, 6], [2, 3, 4, 5, 6, 7], ["(1)", "(3)", "(2)", None, None, None]]
)
def test_a_row_of_figures_below_the_header_is_data(line: list[object]) -> None:
    assert (len(read(line, FIRST, SECOND).rows), left_out(read(line, FIRST, SECOND))) == (3, {})


def test_figures_in_order_are_data_where_all_rows_are_figures() -> None:
    wanted = (Wanted(("a",), True), Wanted(("b",), True), Wanted(("c",)))
    assert len(read_table(b"a,b,c\n1,2,3\n4,5,6\n", Layout("csv", wanted=wanted)).rows) == 2
    assert len(read_table(b"a,b\n1,2\n3,4\n", Layout("csv")).rows) == 2


@pytest.mark.parametrize(
    "line",
    [
        ["Tổng cộng", None, None, 300, 60, None],
        [None, "TỔNG SỐ:", None, 300, 60, None],
        [None, None, "Cộng", "300", "60", None],
        ["Tổng", None, None, 300, None, None],
        ["Tổng cộng toàn tỉnh", None, None, "1.300", "60,5", None],
        ["Cộng (I)", None, None, 300, 60, None],
        ["Total", None, None, 300, 60, None],
        ["Tổng cộng", None, None, "=SUM(D2:D3)", None, None],
        ["Tổng cộng: 2 thôn", None, None, None, None, None],
    ],
)
def test_a_total_is_left_out_and_counted(line: list[object]) -> None:
    table = read(FIRST, line, SECOND)
    assert (ids(table), left_out(table)) == (["V1", "V2"], {"totals": (1, "3")})


@pytest.mark.parametrize(
    "line",
    [
        [3, "V3", "Tổng Cọt", 5, 1, None],
        [None, "V3", "Tổng", 5, 1, None],
        ["Tổng", "V3", "Cộng Hòa", 5, 1, None],
        [None, "Tổng Cọt", None, 5, 1, None],
        [None, "Cộng Hòa", "Cộng Hòa", 5, 1, None],
        ["Tổng", 17, 18, 5, 1, None],
        ["Tổng hợp", None, None, 5, 1, None],
        ["Tổng cộng", "V3", "Bản Ba", 5, 1, None],
        ["Tổng", None, None, 5, 1, "xem phụ lục"],
    ],
)
def test_what_is_only_called_like_a_total_stays_a_row(line: list[object]) -> None:
    table = read(FIRST, line, SECOND)
    assert (len(table.rows), left_out(table)) == (3, {})


def test_a_village_called_like_a_total_in_a_list_by_name_stays() -> None:
    wanted = (Wanted(("Tên thôn",), True), Wanted(("Dân số",), True))
    text = "Tên thôn;Dân số\nCộng;120\nTổng;80\nTổng Cọt;70\n"
    assert len(read_table(text.encode(), Layout("csv", wanted=wanted)).rows) == 3


@pytest.mark.parametrize(
    "tail",
    [
        [[None] * 5 + ["Điện Biên, ngày 05 tháng 11 năm 2026"], [None] * 4 + ["NGƯỜI LẬP BIỂU"]],
        [
            ["Người lập", None, None, "THỦ TRƯỞNG ĐƠN VỊ"],
            ["(Ký tên)", None, None, "(Ký, đóng dấu)"],
            ["Lò Văn A", None, None, "Quàng Thị B"],
        ],
        [["KT. GIÁM ĐỐC"], ["PHÓ GIÁM ĐỐC"], [None], ["Nguyễn Văn C"]],
        [["Ghi chú: số liệu đến hết tháng 10"], ["Nơi nhận:"], ["- Như trên;"], ["- Lưu: VT."]],
        [["TM. ỦY BAN NHÂN DÂN"], ["CHỦ TỊCH"]],
    ],
)
def test_what_is_signed_below_the_table_is_left_out(tail: list[list[object]]) -> None:
    table = read(FIRST, SECOND, *tail)
    filled = sum(any(cell is not None for cell in line) for line in tail)
    assert (ids(table), left_out(table)["signed"][0]) == (["V1", "V2"], filled)


@pytest.mark.parametrize(
    "line",
    [
        [3, "V3", "Chủ tịch", 5, 1, None],
        [3, "V3", "Giám đốc", None, None, None],
        [3, None, "Bản Ba", 5, 1, "ngày 05 tháng 11 năm 2026"],
        [None, None, "Nguyễn Văn A", None, None, None],
    ],
)
def test_a_row_that_could_be_data_stays_also_at_the_end(line: list[object]) -> None:
    table = read(FIRST, SECOND, line)
    assert (len(table.rows), left_out(table)) == (3, {})


def test_a_signature_in_the_middle_leaves_the_rows_below_it_alone() -> None:
    table = read(FIRST, ["Người lập biểu"], SECOND)
    assert (ids(table), left_out(table)) == (["V1", None, "V2"], {})


def test_a_header_that_is_printed_again_is_left_out() -> None:
    table = read(FIRST, HEAD, SECOND)
    assert (ids(table), left_out(table)) == (["V1", "V2"], {"header_again": (1, "3")})


def test_the_same_in_delimited_text_where_lines_are_shorter() -> None:
    text = (
        "STT;Mã thôn;Tên thôn;Dân số\n(1);(2);(3);(4)\n1;V1;Bản Một;100\nTổng cộng;;;100\nĐiện Biên, ngày 5 tháng 11 năm 2026\nNgười lập\n"
    )
    table = read_table(text.encode(), Layout("csv", wanted=WANTED))
    assert (ids(table), table.unreadable) == (["V1"], ())
    assert left_out(table) == {"numbering": (1, "2"), "totals": (1, "4"), "signed": (2, "5, 6")}
