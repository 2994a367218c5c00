"""An address that is no page: one sentence, and the ways on."""

from __future__ import annotations

from typing import Any

from dash import html

from ioc.api.context import Context
from ioc.parts import OF_MAP
from ioc.selection import Selection
from ioc.text import Words

MAIN_PART = "page"
LIVE_PARTS = ()
ALWAYS_NOW = True
WAYS_ON = ("map", "gaps", "feeds")


def parts(_context: Context, selection: Selection) -> dict[str, Any]:
    words, query = Words(selection.language), selection.query()
    links = [html.A(words(f"unknown_page.{key}"), href=f"/{key}{query}", className="btn btn-quiet") for key in WAYS_ON]
    said = [html.H1(words("unknown_page.title")), html.P(words("unknown_page.text")), html.P(links, className="empty-next")]
    return dict.fromkeys((*OF_MAP, "alerts")) | {"page": html.Div(said, className="empty", role="alert")}
