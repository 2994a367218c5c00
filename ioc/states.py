"""The live state: what every open page shows by the second, small enough to send whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from ioc import clock
from ioc.freshness import ENDPOINTS, FRESH, Promise, worst
from ioc.snapshot import Snapshot
from ioc.snapshots import Snapshots

PAGE_LAYERS = ("units", "villages", "coverage", "dossiers", "centres", "endpoints", "indicator_values", "targets", "feed_runs", "feeds")
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
    promises, states = snapshot.promises("endpoint_status"), snapshot.conditions.states

    def state(id_: str) -> str:
        row = states.get(id_)
        if row is None:
            return "unknown"
        age_s = (snapshot.at - row.observed_at).total_seconds()
        return str(row.state) if age_s <= promises.get(row.source, ENDPOINTS).stale_after_s else "unknown"

    return {id_: state(id_) for id_ in snapshot.places.endpoints["id"]}


def feed_state(row: pd.Series, at: datetime) -> str:
    """fresh | late | stale | none of one feed by the newest moment its source has spoken about."""
    true_at = None if pd.isna(row["true_at"]) else row["true_at"]
    return Promise(int(row["late_after_s"]), int(row["stale_after_s"])).state(true_at, at)


def source_times(snapshot: Snapshot) -> dict[str, str]:
    """Per record kind, the oldest of its feeds' newest times: pages age their figures by it between two readings."""
    feeds = snapshot.conditions.feeds
    feeds = feeds[feeds["enabled"].astype(bool) & feeds["true_at"].notna()]
    return {str(kind): clock.iso(times.min().to_pydatetime()) for kind, times in feeds.groupby("kind")["true_at"]}


def feeds_state(snapshot: Snapshot) -> str:
    """The worst state of all enabled feeds."""
    feeds = snapshot.conditions.feeds
    states = [feed_state(row, snapshot.at) for _, row in feeds[feeds["enabled"].astype(bool)].iterrows()]
    return worst(states) if states else FRESH
