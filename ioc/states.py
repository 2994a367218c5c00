"""The live state: what every open page shows by the second, small enough to send whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from ioc import clock
from ioc.freshness import worst
from ioc.snapshot import Snapshot
from ioc.snapshots import Snapshots
from store.promises import FRESH, NONE, Ageing, inherited
from store.speaking import registered_promise

PAGE_LAYERS = (
    "units",
    "villages",
    "coverage",
    "dossiers",
    "centres",
    "endpoints",
    "indicator_values",
    "targets",
    "feed_runs",
    "feeds",
    "names",
    "manual_entries",
)
WORKER_SILENT_S = 10


def live_state(snapshots: Snapshots) -> dict[str, Any]:
    """Current states by id, each feed's state and time, and the data version of what a page may have to read again.

    "endpoint_changes" moves only when a state changed; the times of the sources move with every word of theirs. "worker" is no version
    but the worker's state: its beats raise none.
    """
    snapshot, versions = snapshots.get(), snapshots.versions()
    layers: dict[str, int | str] = {layer: versions.get(layer, 0) for layer in (*PAGE_LAYERS, "endpoint_changes")}
    layers["worker"] = worker_state(snapshots.workers(), clock.now())
    return {
        "store": "ok",
        "version": versions.get("all", 0),
        "layers": layers,
        "endpoints": endpoint_states(snapshot),
        "feeds": {key: feed_state(row, snapshot.at) for key, row in snapshot.conditions.feeds.iterrows() if row["enabled"]},
        "times": source_times(snapshot),
    }


def worker_state(workers: pd.DataFrame, at: datetime) -> str:
    """ok | silent | none: whether a worker beat within the last ten seconds. workers: columns of store.conditions.workers_all."""
    if workers.empty:
        return "none"
    return "ok" if (at - workers["beat_at"].max()).total_seconds() <= WORKER_SILENT_S else "silent"


def endpoint_states(snapshot: Snapshot) -> dict[str, str]:
    """up | down | unknown by endpoint id; a state that its source has not confirmed within its promise is unknown."""
    states = snapshot.conditions.states

    def state(id_: str) -> str:
        row = states.get(id_)
        if row is None:
            return "unknown"
        return "unknown" if snapshot.at >= snapshot.promise("endpoint_status", row.source).stale_at(row.observed_at) else str(row.state)

    return {id_: state(id_) for id_ in snapshot.places.endpoints["id"]}


def feed_state(row: pd.Series, at: datetime) -> str:
    """fresh | late | stale | none of one feed by the newest moment its source has spoken about."""
    ageing = feed_ageing(row)
    return NONE if ageing is None else ageing.state(at)


def feed_ageing(row: pd.Series) -> Ageing | None:
    """How what a feed brings ages; None before its source has spoken."""
    return None if pd.isna(row["true_at"]) else registered_promise(row).ageing(row["true_at"].to_pydatetime())


def source_times(snapshot: Snapshot) -> dict[str, list[str]]:
    """Per record kind, how what its feeds bring ages: true_at, late_at and stale_at. Pages age their figures by it between two readings."""
    heard: dict[str, list[Ageing]] = {}
    feeds = snapshot.conditions.feeds
    for _, row in feeds[feeds["enabled"].astype(bool) & feeds["true_at"].notna()].iterrows():
        heard.setdefault(str(row["kind"]), []).extend(filter(None, [feed_ageing(row)]))
    worst_of = {kind: inherited(ageings) for kind, ageings in heard.items()}
    return {kind: [clock.iso(at) for at in (one.true_at, one.late_at, one.stale_at)] for kind, one in worst_of.items()}


def feeds_state(snapshot: Snapshot) -> str:
    """The worst state of all enabled feeds."""
    feeds = snapshot.conditions.feeds
    states = [feed_state(row, snapshot.at) for _, row in feeds[feeds["enabled"].astype(bool)].iterrows()]
    return worst(states) if states else FRESH
