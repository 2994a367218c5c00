"""The frame around every page: top bar, navigation, the one map and the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from ioc import clock, page_url
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.icon import icon
from ioc.views.known import known_field

EARLIEST_DAY = "2004-08-31"
RAIL = (("map", "map"), ("gaps", "broadcast"), ("feeds", "arrow-repeat"), ("entry", "pencil-square"), ("wall", "display"))

UNDER = {"names": "feeds", "connect": "feeds"}
"""Pages that are reached from another one, which the rail shows as open."""


class ID:
    URL, LIVE, SHOWN = "url", "live-version", "shown-url"
    SEARCH, SEARCH_RESULTS = "search", "search-results"
    CRUMBS, RAIL, TOOLS, ALERTS = "crumbs", "rail", "tools", "alerts"
    STAGE, MAP_STAGE, MAP, MAP_BAR, LEGEND, MAP_NOTES, MAP_FALLBACK = (
        "stage", "map-stage", "map", "map-bar", "legend", "map-notes", "map-fallback",
    )  # fmt: skip
    KNOWN, PANEL, PAGE, LINK_STATE, APPLIED = "known", "panel", "page", "link-state", "map-applied"


def frame(selection: Selection, page: str, parts: Mapping[str, Any]) -> html.Div:
    """The whole document's body. `parts`: children by part name, already rendered for the page that was asked for."""
    url = page_url.current()
    words = Words(selection.language)
    return html.Div(
        [
            dcc.Location(id=ID.URL, refresh=False, pathname=url.path, search=url.query, href=url.href, hash=""),
            dcc.Store(id=ID.LIVE),
            dcc.Store(id=ID.SHOWN, data=parts.get("shown")),
            dcc.Store(id=ID.APPLIED),
            _topbar(selection, page, words, parts),
            html.Div(parts.get("known"), id=ID.KNOWN, className="known-bar", role="status"),
            html.Nav(rail(selection, page, words), id=ID.RAIL, className="rail", **attributes({"aria-label": words("nav.label")})),
            _stage(words, parts),
            html.Div(id=ID.LINK_STATE, className="link-state", role="status", **attributes({"data-state": "live"})),
        ],
        id="shell",
        className="shell",
    )


def _topbar(selection: Selection, page: str, words: Words, parts: Mapping[str, Any]) -> html.Header:
    search = html.Div(
        [
            icon("search"),
            dcc.Input(
                id=ID.SEARCH, type="search", debounce=0.15, autoComplete="off", className="input", placeholder=words("search.placeholder")
            ),
            html.Div(id=ID.SEARCH_RESULTS, className="search-results", role="listbox", **attributes({"aria-label": words("search.label")})),
        ],
        className="search",
        role="search",
    )
    return html.Header(
        [
            html.A(words("brand", province=parts.get("province", "")), className="brand", href=f"/map{selection.to(unit=None).query()}"),
            html.Nav(parts.get("crumbs"), id=ID.CRUMBS, className="crumbs", **attributes({"aria-label": words("crumbs.label")})),
            search,
            html.Div(tools(selection, page, words), id=ID.TOOLS, className="tools"),
            html.Div(parts.get("alerts"), id=ID.ALERTS, className="alerts-slot"),
            html.Span(_printed(selection, words), className="print-date"),
            html.Time(words.time(clock.now()), id="clock", className="clock", **attributes({"data-clock": "time"})),
        ],
        className="topbar",
    )


def _printed(selection: Selection, words: Words) -> str:
    """What stands at the head of a printed page: the day that it is of."""
    today = clock.today() if selection.known_at is None else clock.local(selection.known_at).date()
    return f"{words('tools.as_of')} {words.day(min(selection.as_of or today, today))}"


def tools(selection: Selection, page: str, words: Words) -> list[Any]:
    """The day shown, the moment whose knowledge is shown, the language and the theme."""
    path = f"/{page}"
    language = "en" if selection.language == "vi" else "vi"
    theme = "light" if selection.theme == "dark" else "dark"
    contrast = icon("circle-half")
    return [
        _day(selection, words),
        known_field(selection, words, EARLIEST_DAY),
        _tool(language.upper(), path + selection.to(language=language).query(), words("tools.language_title")),
        _tool(contrast, path + selection.to(theme=theme).query(), words("tools.theme_title")),
    ]


def _day(selection: Selection, words: Words) -> html.Label:
    """The day shown, written as this page's language writes it; the browser's own field lies unseen on top."""
    today = clock.today() if selection.known_at is None else clock.local(selection.known_at).date()
    shown = min(selection.as_of or today, today)
    limits: Any = {"type": "date", "min": EARLIEST_DAY, "max": today.isoformat()}
    field = dcc.Input(id="as-of", className="input as-of", value=shown.isoformat(), **limits)
    label = html.Span(words("tools.as_of"), className="tool-label")
    written = html.Span(words.day(shown), className="tool-shown", **attributes({"aria-hidden": "true"}))
    return html.Label([icon("calendar3"), label, written, field], className="tool tool-day", title=words("tools.as_of_title"))


def _tool(content: Any, href: str, title: str) -> html.A:
    """A name that a person hears begins with what is written, so that it can also be spoken."""
    named = f"{content} {title}" if isinstance(content, str) else title
    return html.A(content, className="tool", href=href, title=title, **attributes({"aria-label": named}))


def rail(selection: Selection, page: str, words: Words) -> list[html.A]:
    return [
        html.A(
            [icon(drawing), html.Span(words(f"nav.{key}"))],
            href=f"/{key}{(selection if key == page else selection.without_filters()).query()}",
            className="rail-item",
            **attributes({"aria-current": "page"} if key == UNDER.get(page, page) else {}),
        )
        for key, drawing in RAIL
    ]


def _stage(words: Words, parts: Mapping[str, Any]) -> html.Main:
    map_stage = html.Section(
        [
            html.Div(id=ID.MAP, className="map", tabIndex=0, role="application", **attributes({"aria-label": words("map.label")})),
            html.Div(parts.get("map_bar"), id=ID.MAP_BAR, className="map-bar"),
            html.Aside(parts.get("legend"), id=ID.LEGEND, className="legend", **attributes({"aria-label": words("legend.label")})),
            html.Div(parts.get("map_notes"), id=ID.MAP_NOTES, className="map-notes"),
            html.Div(id=ID.MAP_FALLBACK, className="map-fallback", hidden=True),
        ],
        id=ID.MAP_STAGE,
        className="map-stage",
    )
    panel = html.Aside(parts.get("panel"), id=ID.PANEL, className="panel", **attributes({"aria-label": words("panel.label")}))
    heights = {"aria-orientation": "horizontal", "aria-label": words("panel.grip"), "aria-controls": ID.PANEL}
    heights |= {"aria-valuemin": "16", "aria-valuemax": "94", "aria-valuenow": "48"}
    grip = html.Div(id="sheet-grip", className="sheet-grip", role="separator", tabIndex=0, **attributes(heights))
    return html.Main(
        [map_stage, panel, grip, html.Section(parts.get("page"), id=ID.PAGE, className="page")], id=ID.STAGE, className="stage"
    )
