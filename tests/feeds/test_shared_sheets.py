"""Sheets as departments send them, tried by `ioc feeds try` against a province's store: each becomes the table that its maker meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.feeds.conftest import Tried

COVERAGE = ('operator="op-a"', 'columns.village_id="Mã thôn"')
DAY = "2026-11-04T17:00:00+00:00"
VILLAGES = ["V11-0001", "V11-0002", "V11-0003"]


@pytest.fixture
def case(tried: Tried, cases: Path) -> Tried:
    """(name, kind, …) → what a trial says of that file."""

    def case(file: str, kind: str = "coverage", *said: str) -> dict[str, Any]:
        return tried(cases / file, kind, *((said or COVERAGE) if kind == "coverage" else ()))

    return case


def notes(trial: dict[str, Any]) -> dict[str, int]:
    return {note["code"].removeprefix("note."): note["count"] for note in trial["notes"]}


def refused(trial: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(row["row"], row["code"], row["values"].get("found"), row["values"].get("expected")) for row in trial["rejected"]]


def new(trial: dict[str, Any], table: str) -> dict[int, dict[str, Any]]:
    """Source row → key and new values of the rows of one table."""
    rows = [row for row in trial["altered"] if row["table"] == table and row["row"] is not None]
    return {row["row"]: {**row["key"], **{name: field["new"] for name, field in row["fields"].items()}} for row in rows}


@pytest.mark.parametrize(
    ("file", "first", "said"),
    [
        ("a3_title_above.csv", 4, {"header_row": 2}),
        ("a5_sep_line.csv", 2, {}),
        ("b1_serial.xlsx", 2, {}),
        ("b3_chartsheet_first.xlsx", 2, {"sheets_left_out": 1}),
        ("b5_two_row_header.xlsx", 3, {}),
        ("b11_hidden_first.xlsx", 2, {"sheets_left_out": 1}),
        ("b14_numbering_total.xlsx", 3, {"numbering": 1, "totals": 1, "signed": 2}),
    ],
)
def test_three_villages_on_one_day_are_read_from_every_odd_sheet(case: Tried, file: str, first: int, said: dict[str, int]) -> None:
    trial = case(file)
    assert (trial["error"], trial["rejected"], trial["rows"]) == (None, [], 3)
    found = [(row["row"], row["key"]["village_id"], row["key"]["technology"], row["fields"]["status"]["new"]) for row in trial["altered"]]
    words = {"3g": "covered", "4g": "covered", "5g": "none"}
    assert found == [(first + place, village, key, word) for place, village in enumerate(VILLAGES) for key, word in words.items()]
    assert {row["key"]["observed_at"] for row in trial["altered"]} == {DAY}
    assert notes(trial) == said


def test_a_declared_header_row_is_obeyed(case: Tried) -> None:
    for file, row in (("a3_title_above.csv", 3), ("b5_two_row_header.xlsx", 1), ("b5_two_row_header.xlsx", 2)):
        trial = case(file, "coverage", *COVERAGE, f"header_row={row}")
        assert (trial["error"], trial["rejected"], trial["added"]) == (None, [], 3)


def test_one_cell_too_many_sets_the_row_aside(case: Tried) -> None:
    trial = case("a1_extra_cells.csv", "dossiers")
    assert refused(trial) == [(2, "row.too_many_cells", 9, 8)]
    assert {row: count["received"] for row, count in new(trial, "dossiers").items()} == {3: 90}


def test_a_stray_quote_swallows_no_rows(case: Tried) -> None:
    trial = case("a2_stray_quote.csv", "villages")
    assert refused(trial) == [(3, "row.quote_open", None, None)]
    assert {row: village["name"] for row, village in new(trial, "villages").items()} == {2: "Bản Một", 4: "Bản Ba", 5: "Bản Bốn"}


def test_ids_with_hidden_characters_are_the_ids_that_they_look_like(case: Tried) -> None:
    trial = case("a7_zwsp.csv")
    assert (trial["rejected"], notes(trial)) == ([], {"invisible": 4})
    assert {row: claim["village_id"] for row, claim in new(trial, "coverage").items()} == {n: f"V11-000{n - 1}" for n in range(2, 6)}


def test_a_month_that_excel_made_a_date_is_the_month(case: Tried) -> None:
    trial = case("b2_month_cell.xlsx", "dossiers")
    assert {row: (count["period"], count["received"]) for row, count in new(trial, "dossiers").items()} == {
        2: ("2026-10", 90),
        3: ("2026-10", 70),
    }
    assert (trial["rejected"], notes(trial)) == ([], {"month_cells": 2})


def test_a_merged_commune_holds_for_its_three_villages(case: Tried) -> None:
    trial = case("b4_merged_down.xlsx", "villages")
    assert {row: place["unit_code"] for row, place in new(trial, "place_units").items()} == {2: "03127", 3: "03127", 4: "03127"}
    assert (trial["rejected"], notes(trial)) == ([], {"merged": 4})


@pytest.mark.parametrize(
    ("file", "code", "said"),
    [
        ("b6_password.xlsx", "run.workbook_encrypted", "mật khẩu"),
        ("b7_html.xls", "run.sheet_is_page", "trang web"),
        ("b9_uncached_formula.xlsx", "run.formula_not_calculated", "Ô D2 của trang tính 'Báo cáo'"),
    ],
)
def test_what_cannot_be_read_is_one_plain_sentence(case: Tried, file: str, code: str, said: str) -> None:
    error = case(file)["error"]
    assert error["code"] == code
    assert said in error["vi"]
    assert not any(word in error["vi"] + error["en"] for word in ("Error", "Exception", "{", "Zip"))


def test_unused_columns_may_have_one_name(case: Tried) -> None:
    trial = case("b12_twin_headers.xlsx")
    assert (trial["error"], trial["rejected"], [claim["village_id"] for claim in new(trial, "coverage").values()]) == (None, [], VILLAGES)
