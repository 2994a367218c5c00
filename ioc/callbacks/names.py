"""Settle a name, or ask it again: the decision goes to the store, and the page follows the names as they change."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from ioc import clock
from ioc.api.context import Context
from ioc.api.errors import logged
from ioc.commands import forget_name, settle_name
from ioc.layouts.names import ID, body
from ioc.selection import Selection
from ioc.shell import ID as FRAME
from ioc.text import Words
from store.errors import StoreError
from store.person_names import visible

_CODE = re.compile(r"\(([^()\s]+)\)\s*$")


def register(app: Dash, context: Context) -> None:
    _follow(app, context)
    _decide(app, context)


def _follow(app: Dash, context: Context) -> None:
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("ioc", "names_version"),
        Output(ID.SHOWN, "data"),
        Input(FRAME.LIVE, "data"),
        State(ID.SHOWN, "data"),
        prevent_initial_call=True,
    )

    @app.callback(Output(ID.BODY, "children"), Input(ID.SHOWN, "data"), State(FRAME.URL, "search"), prevent_initial_call=True)
    async def renew(_shown: int, query: str | None) -> Any:
        selection = Selection.parse(query)
        try:
            return await asyncio.to_thread(body, context, selection, Words(selection.language))
        except StoreError as error:
            logged(error)  # the page keeps what it shows; the frame says how old that is
            return no_update


def _decide(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output({"type": ID.SAID, "review": MATCH}, "children"),
        Input({"type": ID.CHOOSE, "review": MATCH, "code": ALL}, "n_clicks"),
        Input({"type": ID.OTHER, "review": MATCH}, "n_clicks"),
        Input({"type": ID.NONE, "review": MATCH}, "n_clicks"),
        State({"type": ID.TYPED, "review": MATCH}, "value"),
        State(ID.BY, "value"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def settle(
        choices: list[int | None], other: int | None, none: int | None, typed: str | None, by: str | None, query: str | None
    ) -> Any:
        pressed = ctx.triggered_id
        if pressed is None or not (any(choices) or other or none):
            return no_update
        code = {ID.CHOOSE: pressed.get("code"), ID.OTHER: typed_code(typed), ID.NONE: None}[pressed["type"]]
        words = Words(Selection.parse(query).language)
        if code == "":
            return words("names.which")
        return await _said(partial(settle_name, engine, str(pressed["review"]), code=code), by, words)

    @app.callback(
        Output({"type": ID.UNDONE, "review": MATCH}, "children"),
        Input({"type": ID.UNDO, "review": MATCH}, "n_clicks"),
        State(ID.BY, "value"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def undo(clicks: int | None, by: str | None, query: str | None) -> Any:
        if not clicks or ctx.triggered_id is None:
            return no_update
        return await _said(partial(forget_name, engine, str(ctx.triggered_id["review"])), by, Words(Selection.parse(query).language))


def typed_code(typed: str | None) -> str:
    """The code that a person typed, alone or as "Name (code)"; "" when there is none."""
    text = (typed or "").strip()
    found = _CODE.search(text)
    if found:
        return found[1]
    return text if text and " " not in text else ""


async def _said(write: Callable[..., str], by: str | None, words: Words) -> str:
    """Write the decision and say what became of it."""
    who = visible(by or "")
    if not who:
        return words("names.by_missing")
    try:
        return words(f"names.{await asyncio.to_thread(write, by=who, at=clock.now())}")
    except StoreError as error:
        return words("names.failed", reference=logged(error))
