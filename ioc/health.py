"""Is it well: the store, the worker and every feed, for `/healthz` and the feeds page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from ioc import clock
from ioc.freshness import worst
from ioc.states import feed_state, worker_state
from store import conditions, operations, retention, schema_version
from store.errors import StoreError, StoreReplacedError
from store.replica import replica_of
from store.transactions import reading

SET_ASIDE = timedelta(days=7)


def health(engine: Engine) -> tuple[int, dict[str, Any]]:
    """HTTP status and body of `/healthz`: 503 when the store is away or another one lies in its place, 200 otherwise.

    clock: "ahead" while nothing is forgotten because the worker's clock leapt. replica: its state, where there is one. schema: revision of
    the store and the newest that this software knows.
    """
    try:
        with reading(engine) as connection:
            return 200, _body(connection, clock.now()) | _replica(engine)
    except (SQLAlchemyError, StoreError) as error:
        store = "replaced" if isinstance(error, StoreReplacedError) else "away"
        return 503, {"status": "down", "store": store, "worker": "unknown", "feeds": []}


def _body(connection: Connection, at: datetime) -> dict[str, Any]:
    worker = worker_state(conditions.workers_all(connection), at)
    errors: dict[str, object] = dict(conditions.newest_run_of_each(connection)[["feed", "error_code"]].itertuples(index=False))
    rows = conditions.feeds_all(connection)
    feeds = [_feed(row, errors.get(row["key"]), at) for _, row in rows[rows["enabled"].astype(bool)].iterrows()]
    by_hand = set(rows["key"][rows["connector"] == "manual"])
    spoken = [feed["state"] for feed in feeds if feed["state"] != "none" or feed["key"] not in by_hand]  # nobody has to have entered yet
    well = worker == "ok" and (worst(spoken) in ("fresh", "late") or bool(feeds and not spoken))
    schema = {"store": schema_version.current(connection), "software": schema_version.newest()}
    well = well and schema["store"] == schema["software"]
    clock_state = {} if retention.held(connection) is None else {"clock": "ahead"}
    well = well and not clock_state
    return {
        "status": "ok" if well else "degraded",
        "store": "ok",
        "schema": schema,
        "worker": worker,
        **clock_state,
        "feeds": feeds,
        "set_aside": _set_aside(connection, at),
    }


def _set_aside(connection: Connection, at: datetime) -> list[dict[str, Any]]:
    """What broke its reader in the last days, with the reference to look for in the worker's log."""
    found = operations.broken_contents(connection, at - SET_ASIDE)
    return [
        {
            "feed": row["feed"],
            "item": row["item"],
            "at": clock.iso(row["finished_at"]),
            "error": row["error_code"],
            "reference": _reference(row),
        }
        for _, row in found.iterrows()
    ]


def _reference(run: pd.Series) -> str:
    values = run["error_args"]
    return str(values.get("reference", "")) if isinstance(values, dict) else ""


def _replica(engine: Engine) -> dict[str, Any]:
    """What differs where there is a replica: it, and a store that is away while the replica is read."""
    replica = replica_of(engine)
    if replica is None:
        return {}
    told = {"replica": replica.state}
    return told | {"store": "read_only", "status": "degraded"} if replica.primary_away else told


def _feed(row: pd.Series, error: object, at: datetime) -> dict[str, Any]:
    true_at = None if pd.isna(row["true_at"]) else row["true_at"]
    return {
        "key": row["key"],
        "state": feed_state(row, at),
        "age_s": None if true_at is None else int((at - true_at).total_seconds()),
        "last_ok_at": None if pd.isna(row["last_ok_at"]) else clock.iso(row["last_ok_at"]),
        "last_error": error if isinstance(error, str) else None,
    }
