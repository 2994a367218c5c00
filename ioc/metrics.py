"""What Prometheus reads at /metrics: the feeds, the worker, the store, the open streams and how long answers take.

Names and units follow Prometheus' conventions (seconds, bytes, `_total` only for what never falls). Runs are forgotten after a while, so
their numbers are those of the last 24 hours, and gauges.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import pandas as pd
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from ioc import clock
from ioc.states import feed_state
from store import conditions, operations
from store.errors import StoreError
from store.transactions import reading

WINDOW = timedelta(hours=24)
KEPT_S = 2.0  # several Prometheus servers, or a hasty one, do not make the store work more
FEED_STATES = ("fresh", "late", "stale", "none")
OUTCOMES = ("read", "added", "changed", "unchanged", "rejected")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
log = logging.getLogger(__name__)


class Metrics:
    """One registry of one dashboard. streams: how many live streams are open."""

    def __init__(self, engine: Engine, streams: Callable[[], int]) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.answered = Histogram(
            "ioc_http_request_duration_seconds",
            "Time until an answer was sent; live streams are not counted",
            ("route", "method", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_Installation(engine, streams))


class _Installation:
    """Asks the store when it is asked, at most every two seconds."""

    def __init__(self, engine: Engine, streams: Callable[[], int]) -> None:
        self._engine = engine
        self._streams = streams
        self._guard = threading.Lock()
        self._asked_at = float("-inf")
        self._store: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("ioc_build", "The running software", {"version": version("ioc")})
        yield GaugeMetricFamily("ioc_live_streams", "Open pages that follow the live values", self._streams())
        with self._guard:
            if time.monotonic() - self._asked_at >= KEPT_S:
                self._store = self._ask()
                self._asked_at = time.monotonic()
            yield from self._store

    def _ask(self) -> list[Metric]:
        started = time.perf_counter()
        try:
            with reading(self._engine) as connection:
                found = list(_of_store(connection, clock.now()))
        except (SQLAlchemyError, StoreError):
            return [GaugeMetricFamily("ioc_store_up", "1 when the store answers", 0)]
        took = GaugeMetricFamily("ioc_store_read_seconds", "Time it took to read these numbers", time.perf_counter() - started)
        return [GaugeMetricFamily("ioc_store_up", "1 when the store answers", 1), took, *found]


def _of_store(connection: Connection, at: datetime) -> Iterable[Metric]:
    size = operations.store_bytes(connection)
    if size is not None:
        yield GaugeMetricFamily("ioc_store_size_bytes", "Size of the store", size)
    feeds = conditions.feeds_all(connection)
    yield from _feeds(feeds[feeds["enabled"].astype(bool)], at)
    yield from _runs(operations.run_counts(connection, at - WINDOW))
    yield from _newest(conditions.newest_run_of_each(connection))
    yield _gauge("ioc_quarantined_rows", "Rows that were set aside and are still kept", ("feed",), operations.quarantine_counts(connection))
    yield from _workers(conditions.workers_all(connection), at)


def _gauge(name: str, text: str, labels: tuple[str, ...], values: dict[Any, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key if isinstance(key, tuple) else (key,), float(value))
    return family


def _feeds(feeds: pd.DataFrame, at: datetime) -> Iterable[Metric]:
    rows = {str(row["key"]): row for _, row in feeds.iterrows()}
    ages = {key: (at - row["true_at"]).total_seconds() for key, row in rows.items() if not pd.isna(row["true_at"])}
    good = {key: row["last_ok_at"].timestamp() for key, row in rows.items() if not pd.isna(row["last_ok_at"])}
    due = {key: row["next_run_at"].timestamp() for key, row in rows.items() if not pd.isna(row["next_run_at"])}
    states = {(key, state): feed_state(row, at) == state for key, row in rows.items() for state in FEED_STATES}
    yield _gauge("ioc_feed_age_seconds", "Age of the newest moment the source has spoken about", ("feed",), ages)
    yield _gauge("ioc_feed_last_success_timestamp_seconds", "When a run last ended well", ("feed",), good)
    yield _gauge("ioc_feed_next_run_timestamp_seconds", "When the feed runs next", ("feed",), due)
    yield _gauge("ioc_feed_state", "1 for the state the feed is in", ("feed", "state"), states)


def _runs(counts: pd.DataFrame) -> Iterable[Metric]:
    runs = {(row["feed"], row["state"]): row["runs"] for _, row in counts.iterrows()}
    sums = counts.groupby("feed")[list(OUTCOMES)].sum() if len(counts) else counts.set_index("feed")[list(OUTCOMES)]
    rows = {(str(feed), name): sums.at[feed, name] for feed in sums.index for name in OUTCOMES}
    yield _gauge("ioc_feed_runs_24h", "Runs written down in the last 24 hours", ("feed", "state"), runs)
    yield _gauge("ioc_feed_rows_24h", "Source rows by what they did, in the last 24 hours", ("feed", "outcome"), rows)


def _newest(runs: pd.DataFrame) -> Iterable[Metric]:
    took = {row["feed"]: (row["finished_at"] - row["started_at"]).total_seconds() for _, row in runs.iterrows()}
    failed = {row["feed"]: row["state"] == "failed" for _, row in runs.iterrows()}
    yield _gauge("ioc_feed_last_run_duration_seconds", "How long the newest run took", ("feed",), took)
    yield _gauge("ioc_feed_failing", "1 when the newest run failed", ("feed",), failed)


def _workers(workers: pd.DataFrame, at: datetime) -> Iterable[Metric]:
    ages = {
        (str(row["name"]), "leader" if row["leader"] else "standby"): (at - row["beat_at"]).total_seconds() for _, row in workers.iterrows()
    }
    yield _gauge("ioc_worker_beat_age_seconds", "Time since a worker last said that it is alive", ("worker", "part"), ages)
