"""Run a feed now: the wish goes to the store, the worker takes it from there, and the page follows the feeds as they change."""

from __future__ import annotations

import asyncio
from typing import Any

from dash import MATCH, Dash, Input, Output, State, ctx, no_update

from ioc import clock
from ioc.api.context import Context
from ioc.api.errors import logged
from ioc.commands import dismiss_item, request_run
from ioc.layouts.feeds import ID
from ioc.selection import Selection
from ioc.shell import ID as FRAME
from ioc.text import Words
from ioc.views.feeds import asked_words
from store.errors import StoreError


def register(app: Dash, context: Context) -> None:
    @app.callback(
        Output({"type": ID.ASKED, "feed": MATCH}, "children"),
        Input({"type": ID.RUN, "feed": MATCH}, "n_clicks"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def run_now(clicks: int | None, query: str | None) -> Any:
        if not clicks or ctx.triggered_id is None:
            return no_update
        words = Words(Selection.parse(query).language)
        at = clock.now()
        try:
            taken = await asyncio.to_thread(request_run, context.snapshots.engine, str(ctx.triggered_id["feed"]), at)
        except StoreError as error:
            return words("feeds.not_asked", reference=logged(error))
        return asked_words(at, words) if taken else words("feeds.not_declared")

    @app.callback(
        Output({"type": ID.SEEN, "item": MATCH}, "children"),
        Input({"type": ID.DISMISS, "item": MATCH}, "n_clicks"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def dismiss(clicks: int | None, query: str | None) -> Any:
        if not clicks or ctx.triggered_id is None:
            return no_update
        words = Words(Selection.parse(query).language)
        try:
            await asyncio.to_thread(dismiss_item, context.snapshots.engine, int(ctx.triggered_id["item"]), clock.now())
        except StoreError as error:
            return words("feeds.not_dismissed", reference=logged(error))
        return words("feeds.dismissed")
