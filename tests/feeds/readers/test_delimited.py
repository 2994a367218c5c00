"""Delimited text: the separator is that of the header, lines of the wrong shape or with stray quotes are set aside, the rest is taken."""

from __future__ import annotations

from typing import Any

import pytest

from feeds.fetching import Layout, Wanted
from feeds.tables import Table, read_table
from tests.support.sheets import xlsx

WANTED = (Wanted(("id",), True), Wanted(("name", "Tên thôn"), True), Wanted(("people",)))


def read(text: str, encoding: str = "utf-8", **layout: Any) -> Table:
    return read_table(text.encode(encoding), Layout("csv", **{"wanted": WANTED, **layout}))


def taken(table: Table) -> list[tuple[int, Any]]:
    return [(row.number, row.values["id"]) for row in table.rows]


def aside(table: Table) -> list[tuple[int, str, int | None, int | None]]:
    return [(p.number, p.error.code, p.error.values.get("found"), p.error.values.get("expected")) for p in table.unreadable]  # type: ignore[misc]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_separator_is_that_of_the_header_whatever_stands_above_it(separator: str, encoding: str) -> None:
    title = "SỞ KHOA HỌC, CÔNG NGHỆ; TỈNH A | BÁO CÁO\r\n\r\n"
    lines = ["id", "Tên thôn", "people"], ["V1", "Bản A, B" if separator != "," else "Bản A; B", "5"]
    text = title + "".join(separator.join(line) + "\r\n" for line in lines)
    table = read(text, encoding)
    assert table.columns == ("id", "Tên thôn", "people")
    assert taken(table) == [(4, "V1")]
    assert [(note.code, note.count) for note in table.notes] == [("note.header_row", 2)]


def test_a_declared_header_row_has_the_separator_too() -> None:
    text = "a,b,c,d,e,f,g,h\n\nid;name\nV1;A\n"
    assert taken(read(text, header_row=3)) == [(4, "V1")]
    assert read(text, header_row=3, wanted=()).columns == ("id", "name")


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=|\n", '"sep=;"\n', "\ufeffsep=\t\r\n"])
def test_a_line_that_states_the_separator_is_obeyed_and_not_counted(line: str) -> None:
    separator = line.strip('\ufeff"\r\n')[4]
    text = line + separator.join(["id", "name", "people"]) + "\n" + separator.join(["V1", "A, B", "5"]) + "\n"
    assert taken(read(text)) == [(2, "V1")]
    assert read(text).rows[0].values["name"] == "A, B"


# ── Shape ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "found"),
    [("V1,Bản A,12,345", 4), ("V1,A,B,5,6", 5), ("V1,5", 2), ("V1", 1), ("V1,,,5", 4)],
)
def test_a_row_with_more_or_fewer_cells_than_the_header_is_set_aside_with_both_counts(line: str, found: int) -> None:
    table = read(f"id,name,people\n{line}\nV2,Bản B,7\n")
    code = "row.too_many_cells" if found > 3 else "row.too_few_cells"
    assert aside(table) == [(2, code, found, 3)]
    assert taken(table) == [(3, "V2")]
    assert table.unreadable[0].raw["A"] == "V1"


@pytest.mark.parametrize(
    "text", ["id,name,people,,\nV1,A,5,,\n", "id,name,people\nV1,A,5,,,\n", "id,name,people,\nV1,A,\n", "id,name,people\nV1,A,\n"]
)
def test_an_empty_tail_is_no_matter(text: str) -> None:
    assert (taken(read(text)), read(text).unreadable) == ([(2, "V1")], ())


def test_a_sheet_has_columns_and_what_stands_beside_them_shifts_nothing() -> None:
    table = read_table(xlsx(("T", [["id", "name"], ["V1", "A", "ghi chú"], ["V2"]])), Layout("xlsx", wanted=WANTED))
    assert [row.values for row in table.rows] == [{"id": "V1", "name": "A"}, {"id": "V2"}]


# ── Quotes ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lines", "bad"),
    [
        (['V1,"Bản Một,1', "V2,Bản Hai,2", "V3,Bản Ba,3"], [2]),
        (["V1,Bản Một,1", 'V2,"Bản Hai,2', "V3,Bản Ba,3", 'V4,"Bản Bốn,4', "V5,Bản Năm,5"], [3, 5]),
        (['V1,"Bản Một,1', "V2,Bản Hai,2", 'V3,Bản Ba",3', "V4,Bản Bốn,4"], [2, 4]),
        (['V1,"Bản Một,1', 'V2,Bản Hai",2', "V3,Bản Ba,3"], [2, 3]),
        (['V1,"Bản" Một,1', "V2,Bản Hai,2"], [2]),
        (["V1,Bản Một,1", 'V2,Bản Hai,2"'], [3]),
    ],
)
def test_only_the_lines_with_stray_quotes_are_set_aside(lines: list[str], bad: list[int]) -> None:
    table = read("\n".join(["id,name,people", *lines]) + "\n")
    assert [piece.number for piece in table.unreadable] == bad
    assert {piece.error.code for piece in table.unreadable} <= {"row.quote_open", "row.quote_stray"}
    assert taken(table) == [(n, f"V{n - 1}") for n in range(2, len(lines) + 2) if n not in bad]
    assert all("Bản" in row.values["name"] and len(row.values["name"]) < 10 for row in table.rows)


def test_quotes_that_are_right_are_read_as_written() -> None:
    table = read('id,name,people\nV1,"Bản ""Một"", xa",1\nV2,"Hai\ndòng",2\n"V3","A","3"\n')
    assert [(row.number, row.values["name"]) for row in table.rows] == [(2, 'Bản "Một", xa'), (3, "Hai\ndòng"), (4, "A")]
    assert table.unreadable == ()


def test_a_cell_of_millions_of_characters_is_no_trouble() -> None:
    long = "x" * 300_000
    table = read(f'id,name,people\nV1,"{long}",1\nV2,B,2\n')
    assert len(table.rows) + len(table.unreadable) == 2
    assert taken(table)[-1] == (3, "V2")


def test_a_workbook_that_is_called_csv_is_read_all_the_same() -> None:
    assert taken(read_table(xlsx(("T", [["id", "name"], ["V1", "A"]])), Layout("csv", wanted=WANTED))) == [(2, "V1")]
