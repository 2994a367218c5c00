"""Entering figures: more rows, submitting, handing over a sheet, signing and sending back; the list follows the store."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, Patch, State, ctx, no_update

from ioc.api.context import Context
from ioc.api.errors import error_code, logged
from ioc.entry import read_entry, send_back, sign, submit, typed_rows
from ioc.layouts.entry import ID, listed, rows
from ioc.selection import Selection
from ioc.shell import ID as FRAME
from ioc.text import Words
from ioc.views.entry import said
from store.errors import StoreError


def register(app: Dash, context: Context) -> None:
    for part in (_rows, _submitting, _handing_over, _deciding, _list):
        part(app, context)


def _rows(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output(ID.ROWS, "children", allow_duplicate=True),
        Input(ID.ADD, "n_clicks"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def add_row(clicks: int | None, query: str | None) -> Any:
        if not clicks:
            return no_update
        selection = Selection.parse(query)
        more = Patch()
        now = await asyncio.to_thread(read_entry, engine, selection.feed)
        more.extend(rows(now, Words(selection.language), clicks + 1))
        return more


def _submitting(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output(ID.SAID, "children"),
        Output(ID.ROWS, "children"),
        Output(ID.ADD, "n_clicks"),
        Input(ID.SUBMIT, "n_clicks"),
        State({"type": ID.CELL, "row": ALL, "field": ALL}, "value"),
        State({"type": ID.CELL, "row": ALL, "field": ALL}, "id"),
        State(ID.AUTHOR, "value"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def submit_rows(clicks: int | None, values: list[Any], ids: list[Any], author: str | None, query: str | None) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        words = Words(Selection.parse(query).language)
        cells = [(int(id_["row"]), str(id_["field"]), value) for id_, value in zip(ids, values, strict=True)]
        now = await asyncio.to_thread(read_entry, engine, Selection.parse(query).feed)
        if now.form is None:
            return said(words("entry_error.no_form", feed=""), False), no_update, no_update
        typed, feed = typed_rows(now.form, cells), now.form.feed
        answer, good = await _told(words, lambda: words("entry.kept", n=submit(engine, feed, author or "", rows=typed)))
        return (answer, rows(now, words), 0) if good else (answer, no_update, no_update)


def _handing_over(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output(ID.SAID, "children", allow_duplicate=True),
        Output(ID.UPLOAD, "contents"),
        Input(ID.UPLOAD, "contents"),
        State(ID.UPLOAD, "filename"),
        State(ID.AUTHOR, "value"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def hand_over(contents: str | None, name: str | None, author: str | None, query: str | None) -> Any:
        if not contents:
            return no_update, no_update
        words = Words(Selection.parse(query).language)

        def keep() -> str:
            now = read_entry(engine, Selection.parse(query).feed)
            feed = now.form.feed if now.form else ""
            return words("entry.kept", n=submit(engine, feed, author or "", file_name=name or "", file=file_bytes(contents)))

        return (await _told(words, keep))[0], None


def _deciding(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output({"type": ID.CONTROL, "part": "said", "entry": MATCH}, "children"),
        Input({"type": ID.CONTROL, "part": "sign", "entry": MATCH}, "n_clicks"),
        Input({"type": ID.CONTROL, "part": "back", "entry": MATCH}, "n_clicks"),
        State({"type": ID.CONTROL, "part": "signer", "entry": MATCH}, "value"),
        State({"type": ID.CONTROL, "part": "note", "entry": MATCH}, "value"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def decide(signs: int | None, backs: int | None, signer: str | None, note: str | None, query: str | None) -> Any:
        if not (signs or backs) or ctx.triggered_id is None:
            return no_update
        words, entry = Words(Selection.parse(query).language), int(ctx.triggered_id["entry"])
        part = ctx.triggered_id["part"]

        def step() -> str:
            if part == "sign":
                sign(engine, entry, signer or "")
                return words("entry.signed_now")
            send_back(engine, entry, signer or "", note or "")
            return words("entry.sent_back_now")

        return (await _told(words, step))[0]


def _list(app: Dash, context: Context) -> None:
    engine = context.snapshots.engine

    @app.callback(
        Output(ID.LIST, "children"),
        Output(ID.SHOWN, "data"),
        Input(FRAME.LIVE, "data"),
        State(ID.SHOWN, "data"),
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def renew(layers: dict[str, Any] | None, shown: int | None, query: str | None) -> Any:
        if not layers or layers.get("manual_entries", shown) == shown:
            return no_update, no_update
        selection = Selection.parse(query)
        try:
            now = await asyncio.to_thread(read_entry, engine, selection.feed)
        except StoreError as error:
            logged(error)
            return no_update, no_update
        return listed(now, Words(selection.language)), now.version


async def _told(words: Words, do: Callable[[], str]) -> tuple[Any, bool]:
    """What to say of a step: its own words, or why it was not possible."""
    try:
        return said(await asyncio.to_thread(do), True), True
    except StoreError as error:
        code, values = error_code(error)
        known = code.startswith("entry_error.")
        return said(words(code, **values, **({} if known else {"reference": logged(error)})), False), False


def file_bytes(contents: str) -> bytes:
    """The file that a browser sends as a data URL; nothing when it is none."""
    try:
        return base64.b64decode(contents.partition(",")[2], validate=True)
    except binascii.Error:
        return b""
