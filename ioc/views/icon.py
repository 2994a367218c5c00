"""Icons, drawn in the colour of the text beside them."""

from __future__ import annotations

from dash import html

from ioc import vendor
from ioc.views.attributes import attributes


def icon(name: str) -> html.I:
    """A Bootstrap icon by its name; it says nothing by itself, so a text or a title stands with it."""
    return html.I(className="icon", style={"--icon": f"url({vendor.url(f'icons/{name}.svg')})"}, **attributes({"aria-hidden": "true"}))
