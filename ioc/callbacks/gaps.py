"""The list of gaps: typing and the columns' filters filter it and go into its address, new coverage renews its rows."""

from __future__ import annotations

import asyncio
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from ioc.api.context import Context
from ioc.api.errors import logged
from ioc.layouts.gaps import ID, refreshed
from ioc.selection import Selection
from ioc.shell import ID as FRAME
from store.errors import StoreError


def register(app: Dash, context: Context) -> None:
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("ioc", "filter_list"),
        Output(ID.GRID, "dashGridOptions"),
        Output(ID.QUERY, "data"),
        Input(ID.FIND, "value"),
        Input(ID.GRID, "filterModel"),
        State(ID.GRID, "dashGridOptions"),
        State(ID.QUERY, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("ioc", "list_version"),
        Output(ID.SHOWN, "data"),
        Input(FRAME.LIVE, "data"),
        State(ID.SHOWN, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ID.GRID, "rowData"),
        Output(ID.FIGURES, "children"),
        Output(ID.NOTHING, "children"),
        Input(ID.SHOWN, "data"),
        Input(ID.QUERY, "data"),
        prevent_initial_call=True,
    )
    async def renew(_shown: str, query: str | None) -> tuple[Any, Any, Any]:
        try:
            rows, figures, nothing = await asyncio.to_thread(refreshed, context, Selection.parse(query))
        except (StoreError, LookupError) as error:
            logged(error)  # the list keeps what it shows; the frame says how old that is
            return no_update, no_update, no_update
        return no_update if ctx.triggered_id == ID.QUERY else rows, figures, nothing
