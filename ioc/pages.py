"""Pages: a layout and, if it reacts, a callbacks file with the same stem; both are found by name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from dash import Dash

from ioc import callbacks, layouts
from ioc.api.context import Context


@cache
def page_layouts() -> dict[str, Any]:
    """The layout module of every page by its key."""
    return {module.name: import_module(f"{layouts.__name__}.{module.name}") for module in iter_modules(layouts.__path__)}


def register_pages(app: Dash, context: Context) -> None:
    """Register the callbacks of every page with the app."""
    for module in iter_modules(callbacks.__path__):
        import_module(f"{callbacks.__name__}.{module.name}").register(app, context)
