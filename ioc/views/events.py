"""What just broke: endpoints lost and feeds that are late, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import html

from ioc import clock
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.states import endpoint_states, feed_state
from ioc.text import Words
from ioc.views.attributes import attributes


@dataclass(frozen=True)
class Event:
    state: str  # bad | late
    at: datetime | None
    text: str


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
        return Event("bad", since, words("event.endpoint_lost", name=endpoints[0].name))
    where = snapshot.places.units.at[district or snapshot.places.province, "full_name"]
    return Event("bad", since, words("event.endpoints_lost", n=words.number(len(endpoints)), where=where))


def _late_feeds(snapshot: Snapshot, words: Words) -> list[Event]:
    feeds = snapshot.conditions.feeds
    events = []
    for _, row in feeds[feeds["enabled"].astype(bool)].iterrows():
        state = feed_state(row, snapshot.at)
        if state in ("late", "stale"):
            true_at = row["true_at"].to_pydatetime()
            age = words.age((snapshot.at - true_at).total_seconds(), clock.local(true_at).date())
            events.append(Event(state, true_at, words(f"event.feed_{state}", title=row[f"title_{words.language}"], age=age)))
        elif state == "none" and row["connector"] != "manual":  # nobody has to have entered anything yet
            events.append(Event("none", None, words("event.feed_none", title=row[f"title_{words.language}"])))
    return events


def event_line(event: Event, words: Words) -> html.Span:
    moment = [html.Time(words.time(event.at), dateTime=clock.iso(event.at), className="event-time")] if event.at else []
    return html.Span([*moment, html.Span(event.text, className="event-text")], className="event", **attributes({"data-state": event.state}))


def alerts(snapshot: Snapshot, selection: Selection, words: Words) -> Any:
    """How many things need attention now, with the list behind it."""
    if snapshot.as_of is not None:
        return None
    events = current_events(snapshot, words)
    if not events:
        return None
    summary = html.Summary([words("alerts.label"), html.B(words.number(len(events)))], className="alerts")
    lines = html.Div([event_line(event, words) for event in events], className="menu-list alerts-list")
    return html.Details([summary, lines], className="menu")
