"""The HTML document around Dash: it knows its language, theme and page, shows the page's frame before any script has run, and says
what to fetch first."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import urlencode

import orjson
from dash import Dash

from ioc import clock, page_url
from ioc.page import page_key
from ioc.pages import page_layouts
from ioc.security.headers import script_hashes
from ioc.selection import Selection
from ioc.text import TEXT, Words

WITH_MAP = ("map", "wall")
LISTS_ONLY = re.compile(r'src="([^"]*/(?:dash_ag_grid|dash_bootstrap_components|dash/dash_table)/[^"]*)"')


class Site(Dash):
    """Dash with our document."""

    def _config(self) -> dict[str, Any]:
        """Without Dash's own WebSocket: live values come by one stream per page, and that socket gives up after ten retries."""
        config: dict[str, Any] = super()._config()  # type: ignore[no-untyped-call]
        config.pop("websocket", None)
        return config

    def script_hashes(self) -> list[str]:
        """The hashes of the scripts inside the document, for its content security policy."""
        return script_hashes(_module(self._generate_renderer()))

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        url = page_url.current()
        selection = Selection.parse(url.query)
        page = page_key(url.path)
        at_once, later = _split_scripts(parts["scripts"], page)
        own = {
            "scripts": at_once.replace("<script src=", "<script defer src="),  # the frame is painted before the first of them runs
            "renderer": _module(parts["renderer"]),
            "app_entry": _frame(selection),
            "later": _embedded(later),
            "preloads": _preloads(selection, page),
            "texts": _embedded(_texts(selection.language)),
        }
        return _DOCUMENT.format(**(parts | own), lang=selection.language, theme=selection.theme, page=page, pages=" ".join(page_layouts()))


def _module(renderer: str) -> str:
    """The script that starts Dash, to run after the deferred ones."""
    return renderer.replace("application/javascript", "module").replace("var renderer", "window.renderer")


def _texts(language: str) -> dict[str, str]:
    """What the browser's scripts say in this language."""
    return {key.removeprefix("js."): TEXT.text(language, key) for key in sorted(TEXT.keys("vi")) if key.startswith("js.")}


def _embedded(value: object) -> str:
    return orjson.dumps(value).decode().replace("<", "\\u003c")


def _frame(selection: Selection) -> str:
    """The page's frame as it will be, empty: what a reader sees first, and what Dash puts the page in the place of.

    It brings its few styles along, so that it shows while styles and scripts are still on their way.
    """
    waiting = escape(Words(selection.language)("document.waiting"))
    opening = f"<header><b>IOC</b></header><nav></nav><main>{waiting}</main><aside></aside>"
    return f'<div id="react-entry-point"><div class="opening">{opening}</div></div>'


def _split_scripts(scripts: str, page: str) -> tuple[str, list[str]]:
    """Scripts of the page, and the addresses of those that a page with a map loads once it is drawn: only lists need them."""
    if page not in WITH_MAP:
        return scripts, []
    found = {tag: LISTS_ONLY.search(tag) for tag in scripts.splitlines()}
    return "\n".join(tag for tag, match in found.items() if not match), [match[1] for match in found.values() if match]


def _preloads(selection: Selection, page: str) -> str:
    """What the map asks for first, fetched while the scripts are still on their way."""
    if page not in WITH_MAP:
        return ""
    times = {"as_of": selection.as_of and selection.as_of.isoformat(), "known_at": selection.known_at and clock.written(selection.known_at)}
    shown = {**times, "tech": selection.technology, "op": selection.operator}
    begins, values = (urlencode({key: value for key, value in given.items() if value}) for given in (times, shown))
    urls = (f"/api/v1/map{'?' + begins if begins else ''}", f"/api/v1/values?{values}")
    return "\n".join(f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{escape(url)}">' for url in urls)


_DOCUMENT = """<!DOCTYPE html>
<html lang="{lang}" data-bs-theme="{theme}">
<head>
{metas}
<meta name="color-scheme" content="{theme}">
<title>{title}</title>
{preloads}
{favicon}
<style>
body {{ margin: 0; background: #0a101b; color: #a9b8cc; font: 16px "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }}
body[data-theme="light"] {{ background: #e8edf4; color: #3d4b60; }}
.opening {{ display: grid; grid-template: 56px 1fr / 68px 1fr 390px; height: 100vh; }}
.opening > header {{ grid-column: 1 / -1; padding: 15px 20px; }}
.opening > :not(main) {{ background: #101927; }}
body[data-theme="light"] .opening > :not(main) {{ background: #fff; }}
.opening > main {{ padding: 24px; }}
@media (max-width: 700px) {{ .opening {{ grid-template-columns: 0 1fr 0; }} }}
body[data-page="wall"] .opening > * {{ visibility: hidden; }}
body[data-page="wall"] .opening > main {{ visibility: visible; }}
</style>
</head>
<body data-page="{page}" data-pages="{pages}" data-theme="{theme}">
<script type="application/json" id="ioc-text">{texts}</script>
<script type="application/json" id="ioc-later">{later}</script>
{app_entry}
{css}
<footer>
{config}
{scripts}
{renderer}
</footer>
</body>
</html>
"""
