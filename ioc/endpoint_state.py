"""The state of an endpoint as it is judged: one rule for the map, the figure, the card, the wall and the API, now and at a past moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from ioc.snapshot import Snapshot
from store.promises import STALE, Ageing

UNKNOWN = "unknown"


@dataclass(frozen=True)
class EndpointState:
    """state: up | down | unknown; unknown when its source has not confirmed it within its promise. ageing: of the last word about this very
    endpoint, by which it is judged; None, as the times, when there was none."""

    state: str = UNKNOWN
    since_at: datetime | None = None
    source: str = ""
    synthetic: bool = False
    ageing: Ageing | None = None
    latency_ms: float | None = None
    is_stale: bool = False

    @property
    def said_at(self) -> datetime:
        """When its last word was said. Raises ValueError for one that was never heard of."""
        if self.ageing is None:
            raise ValueError("nothing was ever heard of this endpoint")
        return self.ageing.true_at


def endpoint_state(snapshot: Snapshot, endpoint_id: str) -> EndpointState:
    """How an endpoint is at the snapshot's moment."""
    row = snapshot.conditions.states.get(endpoint_id)
    if row is None or pd.isna(row.observed_at):
        return EndpointState()
    observed_at = min(row.observed_at.to_pydatetime(), snapshot.at)
    ageing = snapshot.promise("endpoint_status", row.source).ageing(observed_at)
    stale = ageing.state(snapshot.at) == STALE
    latency_ms = None if pd.isna(row.latency_ms) else float(row.latency_ms)
    state, since_at = UNKNOWN if stale else str(row.state), row.since_at.to_pydatetime()
    return EndpointState(state, since_at, str(row.source), bool(row.synthetic), ageing, latency_ms, stale)


def endpoint_states(snapshot: Snapshot) -> dict[str, str]:
    """up | down | unknown by id, of the endpoints there are."""
    return {id_: endpoint_state(snapshot, id_).state for id_ in snapshot.places.endpoints["id"]}


def newest_by_source(states: Mapping[str, EndpointState]) -> dict[str, datetime]:
    """The newest word of each source about any of these endpoints."""
    newest: dict[str, datetime] = {}
    for one in states.values():
        if one.ageing is not None:
            newest[one.source] = max(newest.get(one.source, one.said_at), one.said_at)
    return newest
