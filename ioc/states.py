"""The live state: what every open page shows by the second, small enough to send whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import pandas as pd

from ioc import clock
from ioc.endpoint_state import endpoint_state, endpoint_states, newest_by_source
from ioc.freshness import worst
from ioc.snapshot import Snapshot
from ioc.snapshots import Snapshots
from store.promises import FRESH, NONE, Ageing
from store.speaking import registered_promise

PAGE_LAYERS = (
    "units",
    "villages",
    "coverage",
    "coverage_precedence",
    "dossiers",
    "centres",
    "endpoints",
    "indicator_values",
    "targets",
    "feed_runs",
    "feeds",
    "names",
    "manual_entries",
    "feed_proposals",
)
WORKER_SILENT_S = 10
BEHIND = timedelta(minutes=2)  # how far endpoints of one source are heard apart when all is well


def live_state(snapshots: Snapshots) -> dict[str, Any]:
    """Current states by id, each feed's state and time, and the data version of what a page may have to read again.

    "endpoint_changes" moves only when a state changed; the times of the sources move with every word of theirs. "endpoint_states" and
    "worker" are no versions: a sum over the states as they are judged, which also change by growing old, and the worker's state.
    """
    snapshot, versions = snapshots.get(), snapshots.versions()
    layers: dict[str, int | str] = {layer: versions.get(layer, 0) for layer in (*PAGE_LAYERS, "endpoint_changes")}
    layers["worker"] = worker_state(snapshots.workers(), clock.now())
    states = endpoint_states(snapshot)
    layers["endpoint_states"] = crc32(repr(sorted(states.items())).encode())
    return {
        "store": "ok",
        "version": versions.get("all", 0),
        "layers": layers,
        "endpoints": states,
        "feeds": {key: feed_state(row, snapshot.at) for key, row in snapshot.conditions.feeds.iterrows() if row["enabled"]},
        "times": endpoint_times(snapshot),
    }


def worker_state(workers: pd.DataFrame, at: datetime) -> str:
    """ok | silent | none: whether a worker beat within the last ten seconds. workers: columns of store.conditions.workers_all."""
    if workers.empty:
        return "none"
    return "ok" if (at - workers["beat_at"].max()).total_seconds() <= WORKER_SILENT_S else "silent"


def feed_state(row: pd.Series, at: datetime) -> str:
    """fresh | late | stale | none of one feed by the newest moment its source has spoken about."""
    ageing = feed_ageing(row)
    return NONE if ageing is None else ageing.state(at)


def feed_ageing(row: pd.Series) -> Ageing | None:
    """How what a feed brings ages; None before its source has spoken."""
    return None if pd.isna(row["true_at"]) else registered_promise(row).ageing(row["true_at"].to_pydatetime())


def endpoint_times(snapshot: Snapshot) -> dict[str, list[str]]:
    """How the sources of endpoint states age (key "source/NAME"), as true_at, late_at and stale_at of their newest word; and the endpoints
    that their source has not spoken about with the others ("endpoint/ID"). Pages age by it between two readings.
    """
    states = {id_: endpoint_state(snapshot, id_) for id_ in snapshot.places.endpoints["id"]}
    newest = newest_by_source(states)
    times = {f"source/{source}": _times(snapshot.promise("endpoint_status", source).ageing(at)) for source, at in newest.items()}
    for id_, one in states.items():
        if one.ageing is not None and newest[one.source] - one.ageing.true_at > BEHIND:
            times[f"endpoint/{id_}"] = _times(one.ageing)
    return times


def _times(ageing: Ageing) -> list[str]:
    return [clock.iso(at) for at in (ageing.true_at, ageing.late_at, ageing.stale_at)]


def feeds_state(snapshot: Snapshot) -> str:
    """The worst state of all enabled feeds."""
    feeds = snapshot.conditions.feeds
    states = [feed_state(row, snapshot.at) for _, row in feeds[feeds["enabled"].astype(bool)].iterrows()]
    return worst(states) if states else FRESH
