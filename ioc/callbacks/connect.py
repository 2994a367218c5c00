"""Connecting a new source: handing a file over, having it read again by other choices, and saving the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update

from ioc.api.context import Context
from ioc.api.errors import error_code, logged
from ioc.callbacks.entry import file_bytes
from ioc.connecting import accept, hand_over, read_proposal, say
from ioc.layouts.connect import ID, body
from ioc.selection import Selection
from ioc.shell import ID as FRAME
from ioc.text import Words
from ioc.views.entry import said as answer
from store.errors import StoreError


def register(app: Dash, context: Context) -> None:
    for part in (_hand_over, _read_again, _save, _follow):
        part(app, context)


def _hand_over(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output(ID.SAID, "children"),
        Output(FRAME.URL, "search", allow_duplicate=True),
        Output(ID.UPLOAD, "contents"),
        Input(ID.UPLOAD, "contents"),
        State(ID.UPLOAD, "filename"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def drop(contents: str | None, name: str | None, query: str | None) -> Any:
        if not contents:
            return no_update, no_update, no_update
        selection = Selection.parse(query)
        try:
            number = await asyncio.to_thread(hand_over, engine, name or "", file_bytes(contents))
        except StoreError as error:
            return answer(_why(error, Words(selection.language)), False), no_update, None
        return "", selection.to(file=str(number)).query(), None


def _read_again(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output(ID.ANSWER, "children", allow_duplicate=True),
        Input(ID.AGAIN, "n_clicks"),
        State(ID.KIND, "value"),
        State({"type": ID.VALUE, "name": ALL}, "value"),
        State({"type": ID.VALUE, "name": ALL}, "id"),
        State({"type": ID.COLUMN, "n": ALL}, "value"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def again(clicks: int | None, kind: str | None, values: list[Any], ids: list[Any], fields: list[Any], query: str | None) -> Any:
        if not clicks:
            return no_update
        selection = Selection.parse(query)
        named = {str(id_["name"]): value for id_, value in zip(ids, values, strict=True) if value}

        def step() -> None:
            now = read_proposal(engine, selection.file)
            if now is not None:
                say(engine, now.id, said_of(now.answer, kind or "", named, fields))

        return await _told(step, Words(selection.language), "connect.reading")


def said_of(shown: Any, kind: str, values: dict[str, Any], fields: list[Any]) -> dict[str, Any]:
    """What a person says. With another kind the columns are guessed anew: their fields were those of the kind before."""
    headers = [header for header, _, _ in shown["columns"]]
    chosen = dict(zip(headers, (field or "" for field in fields), strict=False)) if kind == shown["kind"] else {}
    return {"kind": kind, "columns": chosen, "values": values}


def _save(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output(ID.ANSWER, "children"),
        Input(ID.SAVE, "n_clicks"),
        State(ID.PERSON, "value"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def save(clicks: int | None, person: str | None, query: str | None) -> Any:
        if not clicks:
            return no_update
        selection = Selection.parse(query)

        def step() -> None:
            now = read_proposal(engine, selection.file)
            if now is not None:
                accept(engine, now.id, person or "")

        return await _told(step, Words(selection.language), "connect.saving")


def _follow(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output(ID.BODY, "children"),
        Output(ID.SHOWN, "data"),
        Input(FRAME.LIVE, "data"),
        State(ID.SHOWN, "data"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def renew(_layers: Any, shown: str | None, query: str | None) -> Any:
        """Draw the card anew when its own file was read, never because something else changed: nobody is disturbed who chooses."""
        selection = Selection.parse(query)
        try:
            now = await asyncio.to_thread(read_proposal, engine, selection.file)
            if now is None or now.version == shown:
                return no_update, no_update
            return await asyncio.to_thread(body, context, selection, Words(selection.language)), now.version
        except StoreError as error:
            logged(error)  # the page keeps what it shows; the frame says how old that is
            return no_update, no_update


async def _told(step: Callable[[], None], words: Words, done: str) -> Any:
    try:
        await asyncio.to_thread(step)
    except StoreError as error:
        return answer(_why(error, words), False)
    return answer(words(done), True)


def _why(error: StoreError, words: Words) -> str:
    code, values = error_code(error)
    known = code.startswith(("proposal_error.", "entry_error."))
    return words(code, **values, **({} if known else {"reference": logged(error)}))
