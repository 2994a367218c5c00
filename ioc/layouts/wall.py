"""The wall: scenes in turn, each a URL of the map, with at most six figures, the events and a clock."""

from __future__ import annotations

from typing import Any

import orjson
from dash import html

from ioc import clock
from ioc.api.context import Context
from ioc.selection import DEFAULT_TECHNOLOGY, Selection
from ioc.snapshot import Snapshot
from ioc.summary import unit_row
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.controls import known_technology, legend, legend_title, map_notes
from ioc.views.empty import is_empty
from ioc.views.events import Event, current_events, event_line
from ioc.views.figure import figure_block
from ioc.views.panel import selected_figure
from ioc.views.tiles import tiles

MAIN_PART = "page"
LIVE_PARTS = ("page", "map_notes")
OF_A_DAY = True  # what a day that is over was like
FIGURES = 6
NOTE_LENGTH = 44  # characters in two lines of a figure
LINES, LINE_LENGTH = 2, 98  # of events, in characters that surely fit
EVENT_MARGIN, MORE_LENGTH = 11, 18
DWELL_S = 20
LEADING = ("villages_no_signal", "endpoints_up", "dossiers_on_time_pct", "people_3g4g_pct", "dossiers_online_pct", "villages_broadband_pct")
SCENES = ("tech=4g", "tech=3g4g&layers=villages", "tech=broadband&layers=villages,centres", "tech=5g&layers=endpoints")


class ID:
    SCENES = "wall-scenes-data"


def parts(context: Context, selection: Selection) -> dict[str, Any]:
    words = Words(selection.language)
    snapshot = context.snapshots.get(selection.as_of, selection.known_at)
    scenes = [_scene(snapshot, selection, query, words) for query in SCENES]
    selection, replaced = _showable(snapshot, selection, words)
    return {
        "crumbs": None,
        "map_bar": None,
        "legend": legend(snapshot, selection, words),
        "map_notes": [*(html.Span(text, className="note note-replaced") for text in replaced), *map_notes(snapshot, selection, words)],
        "panel": None,
        "alerts": None,
        "page": [
            html.Script(orjson.dumps(scenes).decode(), id=ID.SCENES, type="application/json"),
            html.Div(board(snapshot, selection, words, scenes), className="wall-board"),
        ],
    }


def _showable(snapshot: Snapshot, selection: Selection, words: Words) -> tuple[Selection, list[str]]:
    """The nearest scene that there is to what was asked for, and what it says of that: nobody stands by a wall to choose another."""
    said: list[str] = []
    changes: dict[str, str | None] = {}
    if selection.unit is not None and selection.unit not in snapshot.places.units.index:
        said.append(words("wall.unknown_unit", unit=selection.unit))
        changes["unit"] = None
    if not known_technology(snapshot, selection.technology):
        said.append(words("wall.unknown_technology", key=selection.technology))
        changes["technology"] = DEFAULT_TECHNOLOGY
    if selection.operator is not None and selection.operator not in set(snapshot.coverage.operators["key"]):
        said.append(words("wall.unknown_operator", key=selection.operator))
        changes["operator"] = None
    return selection.to(**changes), said


def _scene(snapshot: Snapshot, selection: Selection, query: str, words: Words) -> dict[str, Any]:
    times = {"as_of": selection.as_of, "known_at": selection.known_at}
    scene = Selection.parse(query).to(unit=selection.unit, **times, language=selection.language, theme=selection.theme)
    return {"query": scene.query(), "title": legend_title(snapshot, scene, words), "dwell_s": DWELL_S}


def board(snapshot: Snapshot, scene: Selection, words: Words, scenes: list[dict[str, Any]]) -> list[Any]:
    """Head, figures and events of one scene. Clock and scenes stand here too, so that nothing blinks when the board is drawn again."""
    unit = unit_row(snapshot, scene.unit)
    return [
        html.Header(
            [
                html.H1(str(unit["full_name"])),
                html.P(legend_title(snapshot, scene, words)),
                *_when(snapshot, words),
            ],
            className="wall-head",
        ),
        html.Div(_figures(snapshot, scene, words), className="wall-figures"),
        html.Footer([_events(snapshot, scene, words), _marks(scenes, scene)], className="wall-events"),
    ]


def _when(snapshot: Snapshot, words: Words) -> list[Any]:
    """The day and the time that the scene is of; both go on only while that is now, and a day that is over has no time."""
    now = clock.local(snapshot.known_at or clock.now())
    day = snapshot.as_of or now.date()
    goes_on = snapshot.is_now
    written = f"{words.weekday(day)} {words.day(day)}"
    date = html.Span(written, className="wall-date", **attributes({"data-date": "day"} if goes_on else {}))
    if snapshot.as_of is not None:
        return [date]
    return [date, html.Time(f"{now:%H:%M}", className="clock", **attributes({"data-clock": "time"} if goes_on else {}))]


def _marks(scenes: list[dict[str, Any]], scene: Selection) -> html.Ol:
    """One dash for each scene, the current one marked."""

    def mark(other: dict[str, Any]) -> html.Li:
        return html.Li(other["title"], **attributes({"aria-current": ""} if other["query"] == scene.query() else {}))

    return html.Ol([mark(other) for other in scenes], id="wall-scenes", className="wall-scenes")


def _figures(snapshot: Snapshot, scene: Selection, words: Words) -> list[Any]:
    code = str(unit_row(snapshot, scene.unit)["code"])
    first = selected_figure(snapshot, scene, code)
    by_key = {figure.key: (figure, label) for figure, label in tiles(snapshot, scene, code, words)}
    others = [by_key[key] for key in LEADING if key in by_key and key != first.key][: FIGURES - 1]
    shown = [(first, legend_title(snapshot, scene, words)), *others]
    return [figure_block(figure, snapshot, words, label, notes_up_to=NOTE_LENGTH) for figure, label in shown]


def _events(snapshot: Snapshot, scene: Selection, words: Words) -> html.Div:
    """What needs attention now in the area that the scene shows, as many as two lines hold; a day that is over has no alerts."""
    if is_empty(snapshot):
        text = words("empty_store.wall" if snapshot.is_now else "empty_store.wall_past")
        return html.Div(html.Span(text, className="event", **attributes({"data-state": "none"})), className="wall-lines")
    if snapshot.as_of is not None:
        return html.Div(html.Span(words("wall.past"), className="event", **attributes({"data-state": "past"})), className="wall-lines")
    events = current_events(snapshot, words, scene.unit)
    fitting = _fitting(events)
    lines = [event_line(event, words) for event in events[:fitting]]
    if len(events) > fitting:
        lines.append(html.Span(words("wall.more", n=words.number(len(events) - fitting)), className="event event-more"))
    quiet = html.Span(words("wall.quiet"), className="event", **attributes({"data-state": "ok"}))
    return html.Div(lines or [quiet], className="wall-lines")


def _fitting(events: list[Event]) -> int:
    """How many events fit whole into the lines at the foot of the wall, with room for the number of the others."""
    line, used = 1, 0
    for i, event in enumerate(events):
        length = len(event.text) + EVENT_MARGIN
        if used and used + length > LINE_LENGTH - (MORE_LENGTH if line == LINES else 0):
            line, used = line + 1, 0
        if line > LINES:
            return i
        used += length
    return len(events)
