"""A screen as it was known at a moment that has passed: the bar that says so, the way back, and what to say when nothing was known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import dcc, html

from ioc import clock
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.icon import icon


def time_bar(selection: Selection, words: Words, path: str, *, known: bool, day: bool) -> list[Any]:
    """What the screen shows if neither of now nor all that is known now, with the ways back; nothing otherwise.

    known, day: whether the page can show what was known at a moment, and a day that is over.
    """
    return [*(_known_bar(selection, words, path) if known else []), *(_day_bar(selection, words, path) if day else [])]


def _known_bar(selection: Selection, words: Words, path: str) -> list[Any]:
    misread = (("known.misread", selection.misread), ("as_of.misread", selection.misread_day))
    said = [html.Span(words(code, text=text)) for code, text in misread if text is not None]
    if said:
        return [icon("exclamation-triangle"), *said]
    if selection.known_at is None:
        return []
    shown = html.Strong(words("known.bar", moment=words.moment(selection.known_at)))
    return [icon("clock-history"), shown, back(selection, words, path)]


def _day_bar(selection: Selection, words: Words, path: str) -> list[Any]:
    today = clock.today() if selection.known_at is None else clock.local(selection.known_at).date()
    if selection.as_of is None or selection.as_of >= today:
        return []
    said = html.Strong(words("known.day_bar", day=words.day(selection.as_of)))
    today_link = html.A(words("known.day_back"), href=path + selection.to(as_of=None).query(), className="btn btn-quiet")
    return [icon("calendar3"), said, today_link]


def back(selection: Selection, words: Words, path: str) -> html.A:
    return html.A(words("known.back"), href=path + selection.to(known_at=None).query(), className="btn btn-quiet")


def nothing_known(selection: Selection, words: Words, path: str, at: datetime) -> html.Div:
    """In place of the page, when its moment was before the store knew anything."""
    said = words("known.nothing", time=words.time(at), day=words.day(clock.local(at).date()))
    return html.Div([html.H2(words("known.nothing_title")), html.P(said), html.P(back(selection, words, path))], className="empty")


def known_field(selection: Selection, words: Words, earliest: str) -> html.Label:
    """Where the moment is chosen; written as this page's language writes it, the browser's own field lies unseen on top."""
    at = selection.known_at
    value = "" if at is None else f"{clock.local(at):%Y-%m-%dT%H:%M}"
    limits: Any = {"type": "datetime-local", "min": f"{earliest}T00:00", "max": f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"}
    field = dcc.Input(id="known-at", className="input known-at", value=value, **limits)
    shown = words("known.now") if at is None else words.moment(at)
    written = html.Span(shown, className="tool-shown", **attributes({"aria-hidden": "true"}))
    label = html.Span(words("known.field"), className="tool-label")
    return html.Label([icon("clock-history"), label, written, field], className="tool tool-day tool-known", title=words("known.title"))
