"""The browser reads and writes a selection's URL exactly as the server does."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.selection import Selection

QUERIES = [
    "",
    "unit=094",
    "unit=03127&as_of=2022-04-30&tech=2g&op=op-a&layers=villages",
    "layers=",
    "layers=villages,endpoints,centres&village=V11-0001",
    "endpoint=E11-001&unit=03127&lang=en&theme=light",
    "centre=C11-001&layers=centres&tech=4g",
]


@pytest.fixture
def page(show: Any) -> Any:
    return show()


@pytest.mark.parametrize("query", QUERIES)
def test_both_sides_write_the_same_query(page: Any, query: str):
    built = page.evaluate("(query) => { const { parse, build } = dash_clientside.ioc.selection; return build(parse(query)); }", query)
    assert Selection.parse(built) == Selection.parse(query)
    assert set(built.split("&")) == set(Selection.parse(query).query().removeprefix("?").split("&"))


def test_selecting_changes_the_url_and_back_restores_it(page: Any):
    page.evaluate("dash_clientside.ioc.select({unit: '094'})")
    page.evaluate("dash_clientside.ioc.select({unit: '03127', village: 'V11-0001'})")
    assert page.url.endswith("/map?unit=03127&village=V11-0001")
    page.evaluate("dash_clientside.ioc.select({village: null})")
    assert page.url.endswith("/map?unit=03127")
    for expected in ("?unit=03127&village=V11-0001", "?unit=094", "/map"):
        page.go_back()
        assert page.url.endswith(expected)


def test_the_same_selection_again_leaves_no_trace_in_the_history(page: Any):
    page.evaluate("dash_clientside.ioc.select({unit: '094'})")
    before = page.evaluate("history.length")
    page.evaluate("dash_clientside.ioc.select({unit: '094'})")
    page.evaluate("dash_clientside.ioc.select('?unit=095', {replace: true})")
    assert page.evaluate("history.length") == before
    assert page.url.endswith("?unit=095")


def test_a_query_for_another_scene_keeps_language_and_theme(show: Any):
    page = show(language="en", query="?lang=en&theme=light&unit=094")
    page.evaluate("dash_clientside.ioc.select('tech=5g')")
    assert page.url.endswith("/map?tech=5g&lang=en&theme=light")
