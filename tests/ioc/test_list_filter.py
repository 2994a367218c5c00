"""A list's filters as the server applies them, and the same rows in counts, CSV, workbook and the map that is taken along."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote

import httpx
import orjson
import pytest
from openpyxl import load_workbook

from ioc.gaps import read_gaps
from ioc.gaps_filter import filtered
from ioc.list_filter import LONGEST, passes, read_where
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.text import Words
from ioc.views.gaps import gaps_figures
from tests.ioc.test_gaps import texts

ROW = {"name": "Bản Nà Pồng", "people": 120, "distance_km": None, "grid_power": "không", "nearest": None, "search": "ban na pong 120 khong"}


def condition(kind: str, value: object, **more: object) -> dict[str, object]:
    return {"filterType": "number" if isinstance(value, (int, float)) else "text", "type": kind, "filter": value, **more}


@pytest.mark.parametrize(
    ("column", "model", "shown"),
    [
        ("name", condition("contains", "na pong"), True),
        ("name", condition("contains", "NÀ PỒNG"), True),
        ("name", condition("notContains", "na"), False),
        ("name", condition("startsWith", "bản"), True),
        ("name", condition("endsWith", "bản"), False),
        ("name", condition("equals", "ban na pong"), True),
        ("name", condition("notEqual", "ban na pong"), False),
        ("nearest", condition("contains", "a"), False),
        ("nearest", condition("notContains", "a"), True),
        ("nearest", {"filterType": "text", "type": "blank"}, True),
        ("name", {"filterType": "text", "type": "notBlank"}, True),
        ("people", condition("greaterThan", 120), False),
        ("people", condition("greaterThanOrEqual", 120), True),
        ("people", condition("lessThan", 120.5), True),
        ("people", condition("inRange", 100, filterTo=120), False),
        ("people", condition("inRange", 100, filterTo=121), True),
        ("distance_km", condition("lessThan", 5), False),
        ("distance_km", {"filterType": "number", "type": "blank"}, True),
        ("people", {"operator": "OR", "conditions": [condition("equals", 1), condition("equals", 120)]}, True),
        ("people", {"operator": "AND", "conditions": [condition("equals", 1), condition("equals", 120)]}, False),
        ("nowhere", condition("equals", 1), True),
    ],
)
def test_a_column_filter_means_what_the_grid_means_by_it(column: str, model: dict[str, object], shown: bool) -> None:
    assert passes(ROW, None, {column: model}) is shown


@pytest.mark.parametrize(
    ("find", "shown"), [("không", True), ("NA khong", True), ("pồng 120", True), ("xa", False), ("", True), (None, True)]
)
def test_every_word_of_the_box_is_somewhere_in_what_the_row_shows(find: str | None, shown: bool) -> None:
    assert passes(ROW, find, {}) is shown


@pytest.mark.parametrize("text", [None, "", "{", "[]", "1", '{"people": 3}', "{" + " " * LONGEST + "}"])
def test_an_address_that_is_not_understood_filters_nothing(text: str | None) -> None:
    assert read_where(text) == {}


def queries() -> list[str]:
    many = orjson.dumps({"people": condition("greaterThan", 400)}).decode()
    status = orjson.dumps({"grid_power": condition("contains", "khong"), "people": condition("lessThan", 900)}).decode()
    return ["find=muong", f"find={quote('không')}", "find=zzzz", f"where={quote(many)}", f"find=xa&where={quote(status)}"]


@pytest.mark.parametrize("query", queries())
@pytest.mark.parametrize("language", ["vi", "en"])
def test_counts_csv_workbook_and_map_hold_the_rows_that_the_list_shows(
    client: httpx.Client, unchanged: Snapshots, query: str, language: str
) -> None:
    query = f"tech=3g4g&as_of=2022-04-30&lang={language}&{query}"
    selection, words = Selection.parse(query), Words(language)
    whole = read_gaps(unchanged, selection)
    gaps = filtered(whole, selection, words)
    ids = list(gaps.frame["id"])
    assert len(ids) < len(whole.frame)
    body = client.get(f"/export/gaps.csv?{query}").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body), delimiter=";" if language == "vi" else ","))
    assert sorted(row[0] for row in rows[1:]) == sorted(ids)
    sheet = load_workbook(io.BytesIO(client.get(f"/export/gaps.xlsx?{query}").content)).worksheets[0]
    cells = {str(row[0].value) for row in sheet.iter_rows()}
    assert {id_ for id_ in whole.frame["id"] if id_ in cells} == set(ids)
    assert words("export.filter") in cells
    document = client.get(f"/export/map.html?{query}").text
    assert {name for name in whole.frame["name"] if name in document or json.dumps(name)[1:-1] in document} == set(gaps.frame["name"])
    assert gaps.filtered_by is not None
    figures = texts(gaps_figures(gaps, words))
    assert words("gaps.filtered", n=words.number(len(ids)), d=words.number(len(whole.frame))) in figures


def test_the_selection_keeps_its_filters_and_leaves_them_where_there_is_no_list() -> None:
    selection = Selection.parse("?find=m%C6%B0%E1%BB%9Dng&where=%7B%22people%22%3A%7B%22type%22%3A%22blank%22%7D%7D")
    assert Selection.parse(selection.query()) == selection
    assert selection.without_filters().query() == ""
