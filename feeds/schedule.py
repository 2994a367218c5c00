"""When each feed runs: APScheduler's jobs, in memory, from the configuration.

Its defaults are set right here: a late job runs instead of being dropped, once for several missed times, never twice at the same
time; a clock that leaps neither stops nor drives it; times are UTC; the first run comes at once, spread out; probes have threads of their
own, so that slow feeds do not delay them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor as Closers
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from feeds.config import Feed
from feeds.every import Every
from feeds.journal import event, trouble
from feeds.pipeline import Pipeline
from feeds.run import Run

THREADS = {"feeds": 4, "probes": 2, "streams": 4, "chores": 1}
SPREAD_S = 3.0
JITTER_FROM_S = 60
JITTER_SHARE = 0.05


class Schedule:
    """The jobs of one leader."""

    def __init__(self, engine: Engine, worker: str, spool: Path = Path("spool")) -> None:
        self._spool = spool
        self._engine = engine
        self._worker = worker
        self._pipelines: dict[str, Pipeline] = {}
        self._leaving: list[Pipeline] = []
        self._running: set[str] = set()
        self._wanted: set[str] = set()
        self._guard = threading.Lock()
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(threads) for name, threads in THREADS.items()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        self._scheduler.start()

    def follow(self, feeds: Mapping[str, Feed]) -> None:
        """Make the jobs those of `feeds`: start new ones, replace changed ones, end the others."""
        enabled = {key: feed for key, feed in feeds.items() if feed.schedule.enabled}
        for key in set(self._pipelines) - set(enabled):
            self._scheduler.remove_job(key)
            self._retire(self._pipelines.pop(key))
        changed = [feed for key, feed in enabled.items() if key not in self._pipelines or self._pipelines[key].feed != feed]
        changed.sort(key=lambda feed: feed.connector.queue == "probes")  # systems that start with us have a moment to open their ports
        for place, feed in enumerate(changed):
            if feed.key in self._pipelines:
                self._retire(self._pipelines[feed.key])
                with self._guard:
                    self._wanted |= {feed.key} & self._running  # its first run would be skipped while the old one is at work
            self._pipelines[feed.key] = self._pipeline(feed)
            self._add(feed, datetime.now(UTC) + timedelta(seconds=SPREAD_S * place / len(changed)))

    def _pipeline(self, feed: Feed) -> Pipeline:
        return Pipeline(self._engine, feed, self._worker, spool=self._spool, wake=lambda: self.run_now([feed.key]))

    def _retire(self, pipeline: Pipeline) -> None:
        """Close it as soon as its run has ended, without waiting for that here."""
        with self._guard:
            self._leaving.append(pipeline)
        self._scheduler.add_job(self._close, args=[pipeline], executor="chores")

    def _close(self, pipeline: Pipeline) -> None:
        pipeline.close()
        with self._guard:
            self._leaving = [other for other in self._leaving if other is not pipeline]

    def _add(self, feed: Feed, first_at: datetime) -> None:
        every_s = feed.schedule.every_s
        self._scheduler.add_job(
            self._run,
            Every(every_s, every_s * JITTER_SHARE if every_s >= JITTER_FROM_S else 0.0),
            args=[feed.key],
            id=feed.key,
            executor=feed.connector.queue,
            next_run_time=first_at,
            replace_existing=True,
        )

    def add_chore(self, name: str, chore: Callable[[], None], every: timedelta) -> None:
        """Something to do now and every so often."""
        self._scheduler.add_job(chore, Every(every.total_seconds()), id=f"chore:{name}", executor="chores", next_run_time=datetime.now(UTC))

    def run_now(self, keys: Iterable[str]) -> None:
        """Run these feeds as soon as they are free; a feed that is at work runs again when it is done. Also moves up earlier wishes."""
        with self._guard:
            self._wanted |= {key for key in keys if key in self._pipelines}
            ready = self._wanted - self._running
            self._wanted -= ready
        for key in ready:
            if self._scheduler.get_job(key) is not None:
                self._scheduler.modify_job(key, next_run_time=datetime.now(UTC))

    def clock_leapt(self, by_s: float) -> None:
        """Keep the jobs' distances when the clock was set: no later than one interval from now."""
        now, by = datetime.now(UTC), timedelta(seconds=by_s)
        for job in self._scheduler.get_jobs():
            latest = job.trigger.latest_after(now) if isinstance(job.trigger, Every) else now
            if job.next_run_time is not None and not now <= job.next_run_time <= latest:
                job.modify(next_run_time=min(max(job.next_run_time + by, now), latest))

    def next_runs(self) -> dict[str, datetime | None]:
        jobs = {key: self._scheduler.get_job(key) for key in list(self._pipelines)}
        return {key: job.next_run_time for key, job in jobs.items() if job is not None}

    def stop(self, within_s: float) -> bool:
        """Start nothing more and let what is running end; False when something still ran after `within_s`."""
        ending = threading.Thread(target=self._end, daemon=True)
        ending.start()
        ending.join(within_s)
        if ending.is_alive():
            trouble("left_running", feeds=", ".join(sorted(self._running)))
        return not ending.is_alive()

    def _end(self) -> None:
        self._scheduler.shutdown()
        open_ = [*self._pipelines.values(), *self._leaving]
        with Closers(max(1, len(open_))) as closers:  # side by side: each may have to wait for its source
            list(closers.map(Pipeline.close, open_))

    def _run(self, key: str) -> None:
        pipeline = self._pipelines.get(key)
        if pipeline is None:
            return
        for before in [other for other in self._leaving if other.feed.key == key]:
            self._close(before)  # the source must not see two of us
        with self._guard:
            self._running.add(key)
        try:
            for run in pipeline.run():
                _tell(run)
        finally:
            with self._guard:
                self._running.discard(key)


def _tell(run: Run) -> None:
    if run.rejections:
        first = run.rejections[0]
        trouble("rows_set_aside", feed=run.feed, item=run.item, rows=run.rejections.total, first_row=first.number, reason=first.code)
    elif run.good and run.stored.added:
        event("taken", feed=run.feed, item=run.item, rows=run.rows_read, added=run.stored.added, changed=run.stored.changed)
