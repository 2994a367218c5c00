"""Why a page shows nothing of a province that has units only, and what to do next."""

from __future__ import annotations

from typing import Any

from dash import html

from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words


def is_empty(snapshot: Snapshot) -> bool:
    """Whether there is no village, endpoint or centre on the day shown."""
    places = snapshot.places
    return not (len(places.villages) or len(places.endpoints) or len(places.centres))


def why_empty(snapshot: Snapshot, selection: Selection, words: Words, path: str) -> list[Any]:
    """The sentence and the ways on: to today where the day shown is over, else to the feeds. Nothing where there is something."""
    if not is_empty(snapshot):
        return []
    query = selection.to(village=None, endpoint=None, centre=None)
    if snapshot.is_now:
        title, text = words("empty_store.title"), words("empty_store.text")
        links = [_way(words("empty_store.connect"), f"/connect{query.query()}"), _way(words("empty_store.feeds"), f"/feeds{query.query()}")]
    else:
        title, text = words("empty_store.past_title"), words("empty_store.past", day=words.day(snapshot.places.day))
        links = [_way(words("empty_store.today"), path + query.to(as_of=None, known_at=None).query())]
    return [html.Div([html.H2(title), html.P(text), html.P(links, className="empty-next")], className="empty empty-store", role="status")]


def _way(text: str, href: str) -> html.A:
    return html.A(text, href=href, className="btn btn-quiet")
