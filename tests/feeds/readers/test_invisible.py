"""Characters that cannot be seen are taken out of every kind of content before anything is compared, and the run says so."""

from __future__ import annotations

import pytest

from feeds.fetching import Layout
from feeds.readers.invisible import visible
from feeds.tables import Table, read_table
from tests.support.sheets import xlsx

HIDDEN = ["\u200b", "\ufeff", "\u00ad", "\u200e", "\u202a", "\u2060", "\u200d", "\u061c", "\x07"]


def first(table: Table) -> tuple[object, int]:
    return table.rows[0].values["id"], sum(note.count for note in table.notes if note.code == "note.invisible")


@pytest.mark.parametrize("mark", HIDDEN)
@pytest.mark.parametrize("text", ["{}V1", "V{}1", "V1{}"])
def test_no_hidden_character_is_left_in_a_cell(mark: str, text: str) -> None:
    value = text.format(mark)
    assert first(read_table(f"a,id\nx,{value}\n".encode(), Layout("csv"))) == ("V1", 1)
    assert first(read_table([{"id": value}], Layout("rows"))) == ("V1", 1)
    if mark != "\x07":
        assert first(read_table(xlsx(("T", [["id"], [value]])), Layout("xlsx"))) == ("V1", 1)
        assert first(read_table(f'[{{"id": "{value}"}}]'.encode(), Layout("json"))) == ("V1", 1)


def test_headers_are_cleaned_too() -> None:
    table = read_table("Mã\u200b thôn;4\u00a0G\nV1;x\n".encode(), Layout("csv"))
    assert (table.columns, table.rows[0].values["4 G"]) == (("Mã thôn", "4 G"), "x")


def test_vietnamese_text_and_line_breaks_stay_as_they_are() -> None:
    for text in ("Bản Nà Hỳ, xã Mường Nhé", "một\nhai\tba", "Đ/c: 12°", "a\u0303"):
        assert visible(text) == text


def test_no_break_spaces_are_spaces() -> None:
    assert visible("Xã\u00a0Thanh\u202fNưa") == "Xã Thanh Nưa"


def test_nothing_is_said_where_nothing_was_changed() -> None:
    assert read_table("id\nBản Một\n".encode(), Layout("csv")).notes == ()
