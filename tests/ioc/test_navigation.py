"""New data renew what follows them, a new URL draws the whole page, and neither makes the browser forget the other."""

from __future__ import annotations

import pytest

from ioc.shell import ID
from tests.support.pages import show_page

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
