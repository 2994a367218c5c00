"""What just broke: endpoints lost and feeds that are late, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dash import html

from ioc import clock
from ioc.endpoint_state import endpoint_states
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.states import feed_state
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.icon import icon


@dataclass(frozen=True)
class Event:
    """state: bad | late | stale | none. path and to: the page where more is said about it, and what is selected there."""

    state: str
    at: datetime | None
    text: str
    path: str = "/map"
    to: Mapping[str, Any] = field(default_factory=dict)

    def href(self, selection: Selection) -> str:
        return self.path + selection.to(**self.to).query()


def current_events(snapshot: Snapshot, words: Words, unit: str | None = None) -> list[Event]:
    """Lost endpoints, grouped by the district they lie in, and feeds that are late or stale."""
    events = _lost_endpoints(snapshot, words, unit or snapshot.places.province) + _late_feeds(snapshot, words)
    return sorted(events, key=lambda event: (event.at is None, -(event.at.timestamp() if event.at else 0)))


def _lost_endpoints(snapshot: Snapshot, words: Words, unit: str) -> list[Event]:
    places, states = snapshot.places, endpoint_states(snapshot)
    inside = places.inside(places.endpoints, unit)
    lost: dict[Any, list[Any]] = {}
    for endpoint, here in zip(places.endpoint_rows, inside, strict=True):
        if here and states.get(endpoint.id) == "down":
            lost.setdefault(endpoint.district, []).append(endpoint)
    return [_lost_in(snapshot, words, district, endpoints) for district, endpoints in lost.items()]


def _lost_in(snapshot: Snapshot, words: Words, district: str | None, endpoints: list[Any]) -> Event:
    since = min(snapshot.conditions.states[endpoint.id].since_at for endpoint in endpoints)
    if len(endpoints) == 1:
        one = {"unit": district, "endpoint": endpoints[0].id}
        return Event("bad", since, words("event.endpoint_lost", name=endpoints[0].name), to=one)
    where = snapshot.places.units.at[district or snapshot.places.province, "full_name"]
    text = words("event.endpoints_lost", n=words.number(len(endpoints)), where=where)
    return Event("bad", since, text, to={"unit": district, "layers": ("endpoints",)})


def _late_feeds(snapshot: Snapshot, words: Words) -> list[Event]:
    feeds = snapshot.conditions.feeds
    events = []
    for _, row in feeds[feeds["enabled"].astype(bool)].iterrows():
        state = feed_state(row, snapshot.at)
        if state in ("late", "stale"):
            true_at = row["true_at"].to_pydatetime()
            age = words.age((snapshot.at - true_at).total_seconds(), clock.local(true_at).date())
            text = words(f"event.feed_{state}", title=row[f"title_{words.language}"], age=age)
            events.append(Event(state, true_at, text, "/feeds", {"feed": row["key"]}))
        elif state == "none" and row["connector"] != "manual":  # nobody has to have entered anything yet
            text = words("event.feed_none", title=row[f"title_{words.language}"])
            events.append(Event("none", None, text, "/feeds", {"feed": row["key"]}))
    return events


def event_line(event: Event, words: Words, href: str | None = None) -> html.Span | html.A:
    """href: where more is said about it; None on the wall, where nobody presses anything."""
    moment = [html.Time(words.time(event.at), dateTime=clock.iso(event.at), className="event-time")] if event.at else []
    parts = [*moment, html.Span(event.text, className="event-text")]
    state = attributes({"data-state": event.state})
    return html.Span(parts, className="event", **state) if href is None else html.A(parts, href=href, className="event", **state)


def alerts(snapshot: Snapshot, selection: Selection, words: Words) -> Any:
    """How many things need attention now, with the list behind it; each row leads to what it is about."""
    if snapshot.as_of is not None:
        return None
    events = current_events(snapshot, words)
    if not events:
        return None
    label = html.Span(words("alerts.label"), className="tool-label")
    title = f"{words('alerts.label')}: {words.number(len(events))}"
    summary = html.Summary(
        [icon("bell"), label, html.B(words.number(len(events)))], className="alerts", title=title, **attributes({"aria-label": title})
    )
    rows = html.Div([event_line(event, words, event.href(selection)) for event in events], className="menu-list alerts-list")
    return html.Details([summary, rows], className="menu")
