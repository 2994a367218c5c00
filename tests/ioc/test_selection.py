"""The selection is the URL."""

from __future__ import annotations

from datetime import date

import pytest

from ioc.selection import DEFAULT_LAYERS, Selection


def test_the_default_is_an_empty_query():
    assert Selection().query() == ""
    assert Selection.parse("") == Selection.parse(None) == Selection()


@pytest.mark.parametrize(
    "selection",
    [
        Selection(unit="094", as_of=date(2022, 4, 30), technology="3g4g", operator="op-a"),
        Selection(layers=()),
        Selection(layers=("centres",), village="V11-0001", language="en", theme="light"),
        Selection(endpoint="E11-001"),
        Selection(centre="C11-001"),
    ],
)
def test_a_query_brings_back_the_same_selection(selection):
    assert Selection.parse(selection.query()) == selection


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?as_of=yesterday", Selection(misread_day="yesterday")),
        ("?as_of=2999-01-01", Selection(misread_day="2999-01-01")),
        ("?as_of=0001-01-01", Selection(misread_day="0001-01-01")),
        ("?unit=<script>", Selection()),
        ("?tech=" + "9" * 60, Selection()),
        ("?lang=fr&theme=pink", Selection()),
        ("?layers=nothing,of,this", Selection(layers=())),
        ("?unit=11&unit=094", Selection(unit="094")),
        ("?%00=%ff&unit=03127", Selection(unit="03127")),
    ],
)
def test_what_is_not_understood_falls_back(query, expected):
    assert Selection.parse(query) == expected


def test_another_unit_lets_go_of_the_place():
    assert Selection(village="V11-0001").to(unit="094") == Selection(unit="094")
    assert Selection().to(unit="094", village="V11-0001").village == "V11-0001"


def test_a_layer_is_switched_off_and_on_again():
    off = Selection().toggled("endpoints")
    assert off.layers == ("villages",)
    assert off.toggled("endpoints").layers == DEFAULT_LAYERS
