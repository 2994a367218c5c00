"""What the worker forgets once an hour: raw samples, runs and workers of long ago, a bounded piece in each pass."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine

from feeds.journal import Troubles, event
from store import retention, runs, samples
from store.transactions import writing

RUNS_KEPT = timedelta(days=30)
RUNS_KEPT_BY_HOUR = timedelta(days=400)
WORKERS_KEPT = timedelta(days=1)


def forget_old(engine: Engine, wall: datetime, evenly_s: float, samples_kept: timedelta, troubles: Troubles) -> None:
    """One pass; of nothing while the clock is ahead of what the store trusts. Raises StoreError.

    wall: the machine's clock; evenly_s: for how long it has not leapt. samples_kept: how long raw samples are kept.
    """
    samples.make_room(engine, wall)
    with writing(engine) as connection:
        now, ahead = retention.look(connection, wall, evenly_s)
    if ahead is not None:
        troubles.begins("clock", "clock.ahead", clock=wall, trusted=now)
        return
    troubles.ends("clock")
    forgotten = samples.forget(engine, now, samples_kept)
    with writing(engine) as connection:
        old_runs = runs.prune_runs(connection, now - RUNS_KEPT, now - RUNS_KEPT_BY_HOUR)
        runs.prune_heard(connection, now - RUNS_KEPT, now - RUNS_KEPT_BY_HOUR)
        runs.prune_workers(connection, now - WORKERS_KEPT)
    event("forgotten", samples=forgotten, runs=old_runs)
