"""The list of gaps: typing filters it, new coverage renews its rows."""

from __future__ import annotations

import asyncio
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from ioc.api.context import Context
from ioc.layouts.gaps import ID, refreshed
from ioc.selection import Selection
from ioc.shell import ID as FRAME


def register(app: Dash, context: Context) -> None:
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("ioc", "find_rows"),
        Output(ID.GRID, "dashGridOptions"),
        Input(ID.FIND, "value"),
        State(ID.GRID, "dashGridOptions"),
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
        State(FRAME.URL, "search"),
        prevent_initial_call=True,
    )
    async def renew(_shown: str, query: str | None) -> tuple[list[dict[str, Any]], list[Any], list[Any]]:
        return await asyncio.to_thread(refreshed, context, Selection.parse(query))
