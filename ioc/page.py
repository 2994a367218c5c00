"""A page as parts: the same rendering for the first layout and for every change after it."""

from __future__ import annotations

from typing import Any

from dash import html
from sqlalchemy.exc import SQLAlchemyError

from ioc.api.context import Context
from ioc.api.errors import error_code, logged
from ioc.pages import page_layouts
from ioc.selection import Selection
from ioc.text import Words
from store.errors import StoreError

PARTS = ("crumbs", "map_bar", "legend", "map_notes", "panel", "page", "alerts")
HOME = "map"


def page_key(path: str | None) -> str:
    """The page of a path; the map for any other."""
    key = (path or "").strip("/").split("/")[0]
    return key if key in page_layouts() else HOME


def province_name(context: Context) -> str:
    """The province this installation is for; nothing while the store is away or empty."""
    try:
        places = context.snapshots.get().places
    except (StoreError, SQLAlchemyError):
        return ""
    return str(places.units.at[places.province, "name"])


def render(context: Context, path: str | None, query: str | None, *, live: bool = False) -> dict[str, Any]:
    """Parts of the page at a URL; with `live`, only those that follow the data. An error is a part too, never an exception."""
    selection = Selection.parse(query)
    layout = page_layouts()[page_key(path)]
    try:
        parts: dict[str, Any] = layout.parts(context, selection)
    except Exception as error:  # noqa: BLE001 - around a callback: the user reads a sentence with a reference number
        return {layout.MAIN_PART: error_part(error, Words(selection.language))}
    return {key: parts[key] for key in layout.LIVE_PARTS} if live else parts


def error_part(error: Exception, words: Words) -> html.Div:
    """What happened, what still works, what to do."""
    reference = logged(error)
    code, values = error_code(error)
    known = isinstance(error, (StoreError, SQLAlchemyError))
    return html.Div(
        [
            html.H2(words("error.title")),
            html.P(words(code, **values, reference=reference)),
            html.P(words("error.store_next" if known else "error.next", reference=reference)),
        ],
        className="empty error",
        role="alert",
    )
