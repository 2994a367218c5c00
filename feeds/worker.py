"""The worker: leads or stands by, keeps the schedule of the feeds, beats, hears "run now", and leaves in order.

Several may be started; one leads, and when it dies, however it dies, another takes over.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from feeds import store_trouble
from feeds.clock_watch import ClockWatch
from feeds.config import Feed, load
from feeds.duties import Duty, FileFollower
from feeds.entries import check_entries, forms
from feeds.errors import ConfigError
from feeds.forgetting import forget_old
from feeds.journal import Troubles, event, trouble
from feeds.leader import Heart, Observer, leadership
from feeds.proposals import Place, check_proposals
from feeds.schedule import Schedule
from store import fencing, identity, manual, observations, precedence, retention, runs, schema_version
from store.errors import StoreError, StoreNewerError
from store.operators import declare_operators
from store.promises import Daily, Monthly
from store.speaking import calendar_text
from store.transactions import reading, writing

TICK_S = 0.25
BEAT_EVERY_S = 2.0
ASK_EVERY_S = 1.0
LOOK_AT_FILE_EVERY_S = 2.0
STOP_WITHIN_S = 8.0
SAMPLES_KEPT_DAYS = 7
CHORES_EVERY = timedelta(hours=1)
CHECK_ENTRIES_EVERY = timedelta(seconds=2)


class Worker:
    """One process. feeds_file: the declared feeds; environment: for its ``${NAME}``; spool: folder for what connectors keep.

    samples_kept_days: for how long raw samples are kept. plugins: folder of the deployment's own connectors and kinds.
    """

    def __init__(
        self,
        engine: Engine,
        feeds_file: Path,
        environment: Mapping[str, str],
        spool: Path,
        samples_kept_days: int = SAMPLES_KEPT_DAYS,
        plugins: Path | None = None,
    ) -> None:
        self.name = worker_name()
        self._engine = engine
        self._file = feeds_file
        self._environment = environment
        self._spool = spool
        self._home = feeds_file.absolute().parent
        self._noted = False
        self._clock = ClockWatch()
        self._samples_kept = timedelta(days=samples_kept_days)
        self._plugins = plugins
        self._leadership = leadership(engine)
        self._observer: Observer | None = None
        self._stop = threading.Event()
        self._started_at = datetime.now(UTC)
        self._troubles = Troubles()
        self._beat_at = 0.0
        self._standing_by = False
        self._feeds: Mapping[str, Feed] = {}

    def run(self) -> bool:
        """Work until SIGTERM or SIGINT; False when a run did not end in time. Raises ConfigError when the file is wrong at the start."""
        feeds = load(self._file, self._environment, self._plugins)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        event("started", worker=self.name, feeds=len(feeds), file=self._file)
        sound = True
        while not self._stop.is_set() and sound:
            leads = self._take_lead()
            if leads:
                self._observe_no_more()
                sound = self._lead()
            elif leads is False:
                self._stand_by()
        self._observe_no_more()
        self._leadership.release()
        store_trouble.forget(self._home)
        event("stopped", worker=self.name)
        return sound

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            os._exit(128 + number)  # asked twice: somebody is in a hurry
        self._stop.set()

    def _take_lead(self) -> bool | None:
        """None: it cannot be told, for the store is away."""
        taken: list[bool] = []
        if not self._with_store(lambda: taken.append(self._leadership.take())):
            self._stop.wait(BEAT_EVERY_S)
        return taken[0] if taken else None

    def _stand_by(self) -> None:
        if not self._standing_by:
            event("standing_by", worker=self.name)
            self._observer = Observer(self._leadership, lambda: event("evicted_leader", worker=self.name))
        self._standing_by = True
        self._beat(leader=False)
        self._stop.wait(TICK_S)

    def _observe_no_more(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer = None

    def _lead(self) -> bool:
        """Keep the schedule until asked to stop or until the lock is lost; False when a job did not end in time."""
        if not self._with_store(self._claim, writes=True):
            self._leadership.release()
            self._stop.wait(BEAT_EVERY_S)
            return True
        event("leading", worker=self.name)
        self._standing_by = False
        self._beat_at = 0.0
        heart = Heart(self._leadership)
        schedule = Schedule(self._engine, self.name, self._spool)
        schedule.add_chore("forget", self._forget, CHORES_EVERY)
        schedule.add_chore("check_entries", self._check_entries, CHECK_ENTRIES_EVERY)
        schedule.start()
        duties = [
            Duty(ASK_EVERY_S, lambda: self._hear(schedule)),
            Duty(LOOK_AT_FILE_EVERY_S, FileFollower(self._file, lambda: self._follow(schedule))),
        ]
        while not self._stop.is_set():
            if heart.lost:
                break
            self._beat(leader=True, schedule=schedule)
            self._watch_clock(schedule)
            for duty in duties:
                duty.if_due()
            self._stop.wait(TICK_S)
        event("stepping_down", worker=self.name)
        ended = schedule.stop(STOP_WITHIN_S)
        heart.stop()
        if ended:  # else the process ends, and what still runs in it must not write unfenced
            fencing.unfence(self._engine)
            self._beat_at = 0.0
            self._beat(leader=False)
        self._leadership.release()
        return ended

    def _watch_clock(self, schedule: Schedule) -> None:
        leap_s = self._clock.leap_s()
        if leap_s:
            trouble("clock_leapt", seconds=round(leap_s))
            schedule.clock_leapt(leap_s)

    def _claim(self) -> None:
        with writing(self._engine) as connection:
            token = fencing.claim(connection, self.name)
            retention.begin(connection, datetime.now(UTC))
        fencing.fence(self._engine, token)

    def _beat(self, *, leader: bool, schedule: Schedule | None = None) -> None:
        """Say that we are alive, every two seconds."""
        if time.monotonic() - self._beat_at < BEAT_EVERY_S:
            return
        self._beat_at = time.monotonic()
        self._with_store(lambda: self._write_beat(leader, schedule), writes=True)

    def _write_beat(self, leader: bool, schedule: Schedule | None) -> None:
        with writing(self._engine) as connection:
            schema_version.refuse_newer(connection)
            now = datetime.now(UTC)
            runs.beat(
                connection,
                self.name,
                host=socket.gethostname(),
                pid=os.getpid(),
                leader=leader,
                started_at=self._started_at,
                at=now,
            )
            if schedule is not None:
                runs.feeds_due(connection, schedule.next_runs())

    def _hear(self, schedule: Schedule) -> None:
        self._with_store(lambda: self._take_requests(schedule))

    def _take_requests(self, schedule: Schedule) -> None:
        with reading(self._engine) as connection:
            identity.check(self._engine, connection)
            asked = observations.is_run_requested(connection)
        keys: list[str] = []
        if asked:
            with writing(self._engine) as connection:
                keys = runs.take_requests(connection)
            event("asked_to_run", feeds=", ".join(keys))
        schedule.run_now(keys)

    def _follow(self, schedule: Schedule) -> bool:
        """Take over the feeds file as it is now; a wrong one changes nothing. False: try again."""
        try:
            feeds = load(self._file, self._environment, self._plugins)
        except ConfigError as error:
            first = error.problems[0]
            self._troubles.begins("feeds_file", first.code, line=first.line, mistakes=len(error.problems), file=self._file)
            return True
        self._troubles.ends("feeds_file")
        if not self._with_store(lambda: register(self._engine, feeds), writes=True):
            return False
        self._feeds = feeds
        schedule.follow(feeds)
        event("following", feeds=len(feeds), file=self._file)
        return True

    def _check_entries(self) -> None:
        place = Place(self._file, self._environment, self._plugins)
        self._with_store(lambda: check_entries(self._engine, self._feeds))
        self._with_store(lambda: check_proposals(self._engine, place, self._feeds))

    def _forget(self) -> None:
        self._with_store(self._prune)

    def _prune(self) -> None:
        forget_old(self._engine, datetime.now(UTC), self._clock.evenly_s, self._samples_kept, self._troubles)

    def _with_store(self, do: Callable[[], None], *, writes: bool = False) -> bool:
        """Do something that the store may refuse; trouble is said once, and so is its end.

        writes: it always writes. Only that ends a trouble: a full disk and another store in its place let themselves be read.
        """
        try:
            do()
        except StoreNewerError as error:  # upgraded under our feet: a worker that does not know the tables must not write them
            self._troubles.begins("store", error.code, **error.args_)
            self._stop.set()
            return False
        except (StoreError, SQLAlchemyError) as error:
            self._store_fails(error)
            return False
        if not writes:
            return True
        self._troubles.ends("store")
        if self._noted:
            store_trouble.forget(self._home)
            self._noted = False
        return True

    def _store_fails(self, error: StoreError | SQLAlchemyError) -> None:
        code = error.code if isinstance(error, StoreError) else "store.unavailable"
        values = error.args_ if isinstance(error, StoreError) else {"url": "", "detail": str(error).splitlines()[0]}
        if self._troubles.begins("store", code, detail=str(error).splitlines()[0]):
            store_trouble.note(self._home, self.name, code, values)
            self._noted = True


def worker_name() -> str:
    """This process among all workers."""
    return f"{socket.gethostname()}-{os.getpid()}"


def register(engine: Engine, feeds: Mapping[str, Feed]) -> None:
    """Make the store's feeds, operators and rules of which word about coverage counts those of the configuration."""
    with writing(engine) as connection:
        declare_operators(connection, getattr(feeds, "operators", ()), datetime.now(UTC))
        runs.register_feeds(connection, [_declared(feed) for feed in feeds.values()])
        precedence.declare(connection, getattr(feeds, "precedence", precedence.Precedence()), datetime.now(UTC))
        manual.register_forms(connection, forms(feeds.values()), datetime.now(UTC))


def _declared(feed: Feed) -> dict[str, object]:
    schedule = feed.schedule
    late_after_s, stale_after_s = feed.promise.nominal_ages_s()
    return {
        "key": feed.key,
        "title_vi": schedule.title,
        "title_en": schedule.title_en,
        "connector": feed.connector.key,
        "kind": feed.kind.key,
        "source": schedule.source,
        "every_s": schedule.every_s,
        "late_after_s": late_after_s,
        "stale_after_s": stale_after_s,
        "speaks": schedule.speaks,
        "grace_s": int(feed.promise.grace.total_seconds()),
        "calendar": calendar_text(feed.promise.calendar) if isinstance(feed.promise, Daily | Monthly) else None,
        "enabled": schedule.enabled,
        "synthetic": schedule.synthetic,
    }
