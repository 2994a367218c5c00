"""The map page: drill from the province to a village, with the figures of what is selected."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ioc.api.context import Context
from ioc.gaps import UnknownOperatorError, UnknownTechnologyError, check_keys
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words
from ioc.views.availability import WINDOWS
from ioc.views.controls import legend, map_bar, map_notes
from ioc.views.crumbs import crumbs
from ioc.views.events import alerts
from ioc.views.gaps import unknown_key
from ioc.views.panel import area_panel
from ioc.views.place import centre_panel, endpoint_panel, unknown_place, village_panel

MAIN_PART = "panel"
LIVE_PARTS = ("panel", "alerts", "map_notes")
OF_A_DAY = True  # what a day that is over was like
HISTORY_DAYS, HISTORY_ROWS = 30, 12


def parts(context: Context, selection: Selection) -> dict[str, Any]:
    words = Words(selection.language)
    snapshot = context.snapshots.get(selection.as_of, selection.known_at)
    try:
        check_keys(snapshot, selection)
        shown = panel(context, snapshot, selection, words)
    except (UnknownTechnologyError, UnknownOperatorError) as error:
        shown = unknown_key(error, selection, words, "/map")
    return {
        "crumbs": crumbs(snapshot, selection, words),
        "map_bar": map_bar(snapshot, selection, words),
        "legend": legend(snapshot, selection, words),
        "map_notes": map_notes(snapshot, selection, words),
        "panel": shown,
        "alerts": alerts(snapshot, selection, words),
        "page": None,
    }


def panel(context: Context, snapshot: Snapshot, selection: Selection, words: Words) -> list[Any]:
    """The selected place, or else the selected area."""
    places = snapshot.places
    if selection.village:
        row = _row(places.villages, selection.village)
        if row is not None:
            return village_panel(snapshot, row, context.snapshots.village_claims(snapshot, selection.village), words)
    elif selection.endpoint:
        row = _row(places.endpoints, selection.endpoint)
        if row is not None:
            events = context.snapshots.endpoint_events(snapshot, days=HISTORY_DAYS, limit=HISTORY_ROWS, endpoint_id=selection.endpoint)
            available = context.snapshots.availability(snapshot, selection.endpoint, WINDOWS)
            return endpoint_panel(snapshot, row, events, available, words)
    elif selection.centre:
        row = _row(places.centres, selection.centre)
        if row is not None:
            return centre_panel(snapshot, row, words)
    else:
        return area_panel(snapshot, selection, words)
    return unknown_place(selection, words)


def _row(frame: pd.DataFrame, id_: str) -> pd.Series | None:
    rows = frame[frame["id"] == id_]
    return None if rows.empty else rows.iloc[0]
