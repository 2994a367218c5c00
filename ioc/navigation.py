"""The frame's callbacks: a new URL draws the page's parts, new data draws those that follow it, typing searches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from ioc import page
from ioc.api.context import Context
from ioc.parts import PARTS
from ioc.selection import Selection
from ioc.shell import ID, frame, rail, tools
from ioc.snapshots import NothingKnownError
from ioc.text import Words
from ioc.views.search import search_results

PART_IDS = {
    "crumbs": ID.CRUMBS,
    "map_bar": ID.MAP_BAR,
    "legend": ID.LEGEND,
    "map_notes": ID.MAP_NOTES,
    "panel": ID.PANEL,
    "page": ID.PAGE,
    "alerts": ID.ALERTS,
    "known": ID.KNOWN,
}


def first_layout(context: Context, path: str, query: str) -> html.Div:
    """The whole body for the page that was asked for: nothing has to be fetched again before it can be read."""
    parts = page.render(context, path, query)
    rest = {"province": page.province_name(context), "shown": _shown(path, query, parts)}
    return frame(Selection.parse(query), page.page_key(path), parts | rest)


def register(app: Dash, context: Context) -> None:
    @app.callback(
        [
            *(Output(id_, "children") for id_ in PART_IDS.values()),
            Output(ID.RAIL, "children"),
            Output(ID.TOOLS, "children"),
            Output(ID.SHOWN, "data"),
        ],
        Input(ID.URL, "pathname"),
        Input(ID.URL, "search"),
        Input(ID.LIVE, "data"),
        State(ID.SHOWN, "data"),
        prevent_initial_call=True,
    )
    async def show_page(path: str | None, query: str | None, _live: Any, shown: str | None) -> list[Any]:
        live = ctx.triggered_id == ID.LIVE and shown == _url(path, query)
        parts = await asyncio.to_thread(page.render, context, path, query, live=live)
        children = [_children(parts.get(key, no_update)) for key in PART_IDS]
        return children + ([no_update] * 3 if live else [*_frame_parts(path, query), _shown(path, query, parts)])

    @app.callback(Output(ID.SEARCH_RESULTS, "children"), Input(ID.SEARCH, "value"), State(ID.URL, "search"), prevent_initial_call=True)
    async def search(text: str | None, query: str | None) -> list[Any]:
        selection = Selection.parse(query)
        words = Words(selection.language)
        return await asyncio.to_thread(_found, context, selection, text, words)


def _found(context: Context, selection: Selection, text: str | None, words: Words) -> list[Any]:
    try:
        return search_results(context.snapshots.get(selection.as_of, selection.known_at), selection, text, words)
    except NothingKnownError:
        return []


def _url(path: str | None, query: str | None) -> str:
    return f"{path or ''}{query or ''}"


def _shown(path: str | None, query: str | None, parts: Mapping[str, Any]) -> str | None:
    """The URL that the whole page shows from now on; None after an error, so that the next change of the data draws all of it.

    Dash drops what a callback was asked for as soon as it is asked again: new data would make it forget a new URL.
    """
    return _url(path, query) if all(key in parts for key in PARTS) else None


def _children(part: Any) -> Any:
    """An empty list for nothing: Dash forgets the components that were there only when it is given children, even none."""
    return [] if part is None else part


def _frame_parts(path: str | None, query: str | None) -> list[Any]:
    selection = Selection.parse(query)
    words, key = Words(selection.language), page.page_key(path)
    return [rail(selection, key, words), tools(selection, key, words)]
