"""The wall: scenes in turn, each a URL of the map, with at most six figures, the events and a clock."""

from __future__ import annotations

from typing import Any

import orjson
from dash import html

from ioc import clock, freshness
from ioc.api.context import Context
from ioc.figure import Figure
from ioc.kpis import all_kpis
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.summary import unit_row
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.controls import legend, legend_title, map_notes
from ioc.views.events import current_events, event_line
from ioc.views.figure import figure_block
from ioc.views.panel import selected_figure

MAIN_PART = "page"
LIVE_PARTS = ("page", "map_notes")
FIGURES = 6
EVENTS = 4
DWELL_S = 20
LEADING = ("villages_no_signal", "endpoints_up", "dossiers_on_time_pct", "people_3g4g_pct", "dossiers_online_pct", "villages_broadband_pct")
SCENES = ("tech=4g", "tech=3g4g&layers=villages", "tech=broadband&layers=villages,centres", "tech=5g&layers=endpoints")


class ID:
    SCENES = "wall-scenes-data"


def parts(context: Context, selection: Selection) -> dict[str, Any]:
    words = Words(selection.language)
    snapshot = context.snapshots.get(selection.as_of, selection.known_at)
    scenes = [_scene(snapshot, selection, query, words) for query in SCENES]
    return {
        "crumbs": None,
        "map_bar": None,
        "legend": legend(snapshot, selection, words),
        "map_notes": map_notes(snapshot, selection, words),
        "panel": None,
        "alerts": None,
        "page": [
            html.Script(orjson.dumps(scenes).decode(), id=ID.SCENES, type="application/json"),
            html.Div(board(snapshot, selection, words, scenes), className="wall-board"),
        ],
    }


def _scene(snapshot: Snapshot, selection: Selection, query: str, words: Words) -> dict[str, Any]:
    times = {"as_of": selection.as_of, "known_at": selection.known_at}
    scene = Selection.parse(query).to(unit=selection.unit, **times, language=selection.language, theme=selection.theme)
    return {"query": scene.query(), "title": legend_title(snapshot, scene, words), "dwell_s": DWELL_S}


def board(snapshot: Snapshot, scene: Selection, words: Words, scenes: list[dict[str, Any]]) -> list[Any]:
    """Head, figures and events of one scene. Clock and scenes stand here too, so that nothing blinks when the board is drawn again."""
    now = clock.local(snapshot.known_at or clock.now())
    ticking = {"data-date": "day"}, {"data-clock": "time"}
    day, time = ticking if snapshot.known_at is None else ({}, {})
    unit = unit_row(snapshot, scene.unit)
    return [
        html.Header(
            [
                html.H1(str(unit["full_name"])),
                html.P(legend_title(snapshot, scene, words)),
                html.Span(f"{words.weekday(now.date())} {now:%d/%m/%Y}", className="wall-date", **attributes(day)),
                html.Time(f"{now:%H:%M}", className="clock", **attributes(time)),
            ],
            className="wall-head",
        ),
        html.Div(_figures(snapshot, scene, words), className="wall-figures"),
        html.Footer([_events(snapshot, words), _marks(scenes, scene)], className="wall-events"),
    ]


def _marks(scenes: list[dict[str, Any]], scene: Selection) -> html.Ol:
    """One dash for each scene, the current one marked."""

    def mark(other: dict[str, Any]) -> html.Li:
        return html.Li(other["title"], **attributes({"aria-current": ""} if other["query"] == scene.query() else {}))

    return html.Ol([mark(other) for other in scenes], id="wall-scenes", className="wall-scenes")


def _figures(snapshot: Snapshot, scene: Selection, words: Words) -> list[Any]:
    code = str(unit_row(snapshot, scene.unit)["code"])
    first = selected_figure(snapshot, scene, code)
    by_key: dict[str, Figure] = {kpi.key: kpi.figure(snapshot, code) for kpi in all_kpis()}
    others = [by_key[key] for key in LEADING if key in by_key and key != first.key]
    shown = [figure for figure in others if figure.state != freshness.ENDED][: FIGURES - 1]
    label = legend_title(snapshot, scene, words)
    return [figure_block(first, snapshot, words, label), *(figure_block(figure, snapshot, words) for figure in shown)]


def _events(snapshot: Snapshot, words: Words) -> html.Div:
    events = current_events(snapshot, words)
    lines = [event_line(event, words) for event in events[:EVENTS]]
    quiet = html.Span(words("wall.quiet"), className="event", **attributes({"data-state": "ok"}))
    return html.Div(lines or [quiet], className="wall-lines")
