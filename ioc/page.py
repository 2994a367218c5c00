"""A page as parts: the same rendering for the first layout and for every change after it."""

from __future__ import annotations

from typing import Any

from dash import html
from sqlalchemy.exc import SQLAlchemyError

from ioc.api.context import Context
from ioc.api.errors import error_code, logged
from ioc.pages import page_layouts
from ioc.parts import PARTS
from ioc.selection import Selection
from ioc.snapshots import NothingKnownError
from ioc.text import Words
from ioc.views.known import nothing_known, time_bar
from store.errors import StoreError

HOME, UNKNOWN = "map", "unknown"


def page_key(path: str | None) -> str:
    """The page of a path; the map where it names none, "unknown" for what is no page."""
    key = (path or "").strip("/") or HOME
    return key if key in page_layouts() else UNKNOWN


def province_name(context: Context) -> str:
    """The province this installation is for; nothing while the store is away or empty."""
    try:
        places = context.snapshots.get().places
    except (StoreError, SQLAlchemyError):
        return ""
    return str(places.units.at[places.province, "name"])


def render(context: Context, path: str | None, query: str | None, *, live: bool = False) -> dict[str, Any]:
    """Parts of the page at a URL; with `live`, only those that follow the data. An error is a part too, never an exception.

    A screen as it was known at a moment follows nothing.
    """
    selection = Selection.parse(query)
    if live and selection.known_at is not None:
        return {}  # what was known then does not change
    layout = page_layouts()[page_key(path)]
    words, home = Words(selection.language), f"/{page_key(path)}"
    of_now, of_a_day = (getattr(layout, name, False) for name in ("ALWAYS_NOW", "OF_A_DAY"))
    bar = {"known": time_bar(selection, words, home, known=not of_now, day=of_a_day)}
    try:
        parts: dict[str, Any] = layout.parts(context, selection) | bar
    except NothingKnownError as error:
        return dict.fromkeys(PARTS) | bar | {layout.MAIN_PART: nothing_known(selection, words, home, error.known_at)}
    except Exception as error:  # noqa: BLE001 - around a callback: the user reads a sentence with a reference number
        return bar | {layout.MAIN_PART: error_part(error, words)}
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
