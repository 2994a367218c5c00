"""New data renew what follows them, a new URL draws the whole page, and neither makes the browser forget the other."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ioc.shell import ID


def show_page(client: httpx.Client, path: str, query: str, *, triggered: str, shown: str | None) -> dict[str, Any]:
    """What the browser gets when the URL or new data ask for the page: the parts that are to be drawn."""
    callbacks = client.get("/_dash-dependencies").json()
    output = next(callback["output"] for callback in callbacks if f"{ID.CRUMBS}.children" in callback["output"])
    names = [name.rsplit(".", 1) for name in output.strip(".").split("...")]
    values = {"pathname": path, "search": query}
    body = {
        "output": output,
        "outputs": [{"id": id_, "property": name} for id_, name in names],
        "inputs": [
            *({"id": ID.URL, "property": name, "value": value} for name, value in values.items()),
            {"id": ID.LIVE, "property": "data", "value": {}},
        ],
        "state": [{"id": ID.SHOWN, "property": "data", "value": shown}],
        "changedPropIds": [triggered],
        "parsedChangedPropsIds": [triggered],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    parts: dict[str, Any] = answer.json()["response"]
    return parts


URL, LIVE = f"{ID.URL}.pathname", f"{ID.LIVE}.data"


def test_a_new_url_draws_the_whole_page_and_is_noted_as_shown(client):
    parts = show_page(client, "/gaps", "?tech=3g4g", triggered=URL, shown="/map")
    assert {ID.CRUMBS, ID.PAGE, ID.RAIL, ID.TOOLS, ID.ALERTS} <= set(parts)
    assert parts[ID.SHOWN]["data"] == "/gaps?tech=3g4g"


@pytest.mark.parametrize(("path", "renewed"), [("/gaps", {ID.ALERTS}), ("/feeds", {ID.ALERTS, ID.PAGE})])
def test_new_data_renew_only_what_follows_them(client, path, renewed):
    assert set(show_page(client, path, "", triggered=LIVE, shown=path)) == renewed


def test_new_data_that_overtake_a_new_url_draw_the_whole_page(client):
    parts = show_page(client, "/gaps", "", triggered=LIVE, shown="/map")
    assert {ID.CRUMBS, ID.PAGE, ID.RAIL} <= set(parts)
    assert parts[ID.SHOWN]["data"] == "/gaps"


def test_parts_that_a_page_does_not_have_are_emptied_with_children(client):
    parts = show_page(client, "/map", "", triggered=URL, shown="/gaps")
    assert parts[ID.PAGE]["children"] == []
