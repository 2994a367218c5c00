"""The one path of every feed: fetch, read, check, set bad rows aside, write what changed, and note the run with it.

A run that goes wrong writes nothing but its own record; the last good data stays.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import stamina
from sqlalchemy import Engine

from feeds.cells import LOCAL
from feeds.config import Feed
from feeds.drops import digest
from feeds.errors import ContentError, FeedError
from feeds.faults import code_of, is_of_the_content, is_transient
from feeds.fetching import Content, Fetched, Layout, Visit
from feeds.journal import Troubles, crash
from feeds.parsing.content import Reader
from feeds.parsing.content import parsed as parsed_content
from feeds.passing import all_turned_away
from feeds.records import Parsed, Rejections, Stamp, plain
from feeds.run import NOTHING, Run, record, state_of, verdict_of
from feeds.settled import settled_rows
from feeds.signed import Entries
from feeds.unheard import ABSENT, unheard
from feeds.words import WordReader
from store import observations, runs
from store.errors import StoreError
from store.manual import signed_source
from store.names import standing_decisions
from store.transactions import reading, writing

QUIET = timedelta(seconds=60)
FIRST_WAIT_S, LONGEST_WAIT_S, JITTER_S = 0.2, 5.0, 0.5


def utc_now() -> datetime:
    return datetime.now(UTC)


class Pipeline:
    """One feed's way into the store. Remembers between runs what its connector has seen.

    quiet: runs that only repeat the one before (nothing new; the same failure) are written down once in this span. spool: folder for
    what connectors keep on disk; wake: asks for another run soon.
    """

    def __init__(
        self,
        engine: Engine,
        feed: Feed,
        worker: str,
        *,
        quiet: timedelta = QUIET,
        now: Callable[[], datetime] = utc_now,
        spool: Path = Path("spool"),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self.feed = feed
        self._engine = engine
        self._worker = worker
        self._quiet = quiet
        self._now = now
        self._spool = spool
        self._wake = wake
        self._turn = threading.Lock()
        self._closed = False
        self._memory: dict[str, Any] = {}
        self._troubles = Troubles()
        self._references: dict[tuple[str | None, str], str] = {}
        self._said: tuple[object, ...] = ()
        self._said_at: datetime | None = None
        self._idle_at: datetime | None = None

    def run(self) -> list[Run]:
        """Look at the source once; one run for each thing that it had to read; none once it is closed. Raises nothing."""
        with self._turn:
            return [] if self._closed else self._look(self.visit())

    def close(self) -> None:
        """Run no more, and end what the connector keeps open; waits for a run at work. Twice is the same as once. Raises nothing."""
        with self._turn:
            self._closed = True
            memory, self._memory = self._memory, {}
            try:
                self.feed.connector.close(memory)
            except Exception:  # noqa: BLE001 - a connector that cannot let go must not keep the worker
                crash("close_crashed", feed=self.feed.key)

    def _look(self, visit: Visit) -> list[Run]:
        done = self._take_settled()
        try:
            for fetched in self.feed.connector.fetch(self.feed.connector_options, visit):
                done.append(self._take(fetched, self._begin(fetched.item), visit))
        except Exception as error:  # noqa: BLE001 - a feed that fails in an unforeseen way must not take the others along
            done.append(self._fail(self._begin(None), error))
        if not done:
            done.append(self._idle(self._begin(None)))
        return done

    def _take_settled(self) -> list[Run]:
        """Rows that had waited for a person to settle a name, once that is done; one run for each thing they had come in."""
        done: list[Run] = []
        try:
            for settled in settled_rows(self._engine, self.feed.key, getattr(self.feed.connector_options, "crs", "")):
                run = replace(self._begin(settled.item), waited=settled.hashes)
                try:
                    done.append(self._write_rows(run, settled.content, numbers=settled.numbers, always=True))
                except Exception as error:  # noqa: BLE001 - as in `_look`
                    done.append(self._fail(run, error))
        except StoreError as error:
            done.append(self._fail(self._begin(None), error))
        return done

    def visit(self) -> Visit:
        """What the connector is given for one look."""
        schedule = self.feed.schedule
        return Visit(
            now=self._now(),
            deadline=time.monotonic() + schedule.timeout_s,
            base=self.feed.base,
            max_bytes=schedule.max_bytes,
            memory=self._memory,
            taken=self._taken,
            targets=self._targets,
            newest=self._newest,
            feed=self.feed.key,
            spool=self._spool / self.feed.key,
            wake=self._wake,
            entries=Entries(self._engine, self.feed.key),
        )

    def _begin(self, item: str | None) -> Run:
        now = self._now()
        return Run(self.feed.key, self._worker, now, now, item)

    def _take(self, fetched: Fetched, run: Run, visit: Visit) -> Run:
        content: Content | None = None
        try:
            content, attempts = self._read(fetched, visit)
            run = self._write(replace(run, attempts=attempts), fetched, content)
        except Exception as error:  # noqa: BLE001 - as above, for one of several files
            error = self._unforeseen(error, run.item, once=fetched.once)
            turned_away = all_turned_away(content, error) if fetched.passing else Rejections()
            run = self._fail(replace(run, rows_read=turned_away.total, rejections=turned_away), error, always=bool(turned_away))
        if run.good or run.lasting:
            fetched.explain(verdict_of(run))
            fetched.settle(run.good)
        return run

    def _read(self, fetched: Fetched, visit: Visit) -> tuple[Content, int]:
        """The content and how many attempts it took; the last error when none was good or the time is up."""
        attempts = 0
        for attempt in stamina.retry_context(
            on=is_transient,
            attempts=self.feed.schedule.retries + 1,
            timeout=visit.left_s,
            wait_initial=FIRST_WAIT_S,
            wait_max=LONGEST_WAIT_S,
            wait_jitter=JITTER_S,
        ):
            with attempt:
                attempts = attempt.num
                return _counted(fetched, attempts), attempts
        raise AssertionError("stamina tries at least once")

    def _write(self, run: Run, fetched: Fetched, content: Content) -> Run:
        data = content.data
        if isinstance(data, bytes):
            run = replace(run, size=len(data), content_hash=digest(data) if data else None)
        else:
            run = replace(run, size=content.size)
        if content.unchanged or (fetched.once and run.content_hash and self._taken([run.content_hash])):
            return self._note(run, always=fetched.once)
        return self._write_rows(run, content, always=fetched.once, passing=fetched.passing)

    def _write_rows(self, run: Run, content: Content, *, numbers: Sequence[int] = (), always: bool = False, passing: bool = False) -> Run:
        """numbers: of the rows as the person counts who has the file, where `content` has others."""
        stamp = self.stamp(content)
        parsed = self._parse(content, stamp)
        rejections = parsed.rejections.renumbered(numbers)
        run = replace(run, rows_read=parsed.rows, rejections=rejections, true_at=parsed.true_at, reported_at=stamp.reported_at)
        run = replace(run, notes=parsed.notes)
        if not parsed.records and not parsed.rows and not rejections and parsed.notes:  # nothing that could be taken, and nothing wrong
            return self._note(run, always=passing)
        if not parsed.records:
            return self._fail(run, ContentError("run.all_rejected", rows=parsed.rows), always=passing or bool(run.waited))
        always = always or (passing and bool(parsed.rejections))
        return self._note(run, parsed=parsed, stamp=stamp, always=always, complete=content.complete)

    def parsed(self, content: Content) -> Parsed:
        """What the feed's kind makes of content; nothing is written. Raises FeedError and StoreError."""
        try:
            return self._parse(content, self.stamp(content))
        except (FeedError, StoreError):
            raise
        except Exception as error:
            raise self._unforeseen(error, None, once=True) from error

    def stamp(self, content: Content) -> Stamp:
        """What every record of this content says about its origin."""
        schedule = self.feed.schedule
        source = signed_source(schedule.source, *content.people) if content.people else schedule.source
        return Stamp(self.feed.key, source, schedule.synthetic, content.reported_at, self._now())

    def _stamp_of(self, at: datetime) -> Stamp:
        """Of what we say ourselves, because the source does not."""
        schedule = self.feed.schedule
        return Stamp(self.feed.key, schedule.source, schedule.synthetic, at, at)

    def layout(self, content: Content) -> Layout:
        """How the content lies, with the columns that the feed looks for in it."""
        wanted = self.feed.mapping.wanted(self.feed.kind.fields(self.feed.kind_options))
        return replace(content.layout, wanted=wanted)

    def _parse(self, content: Content, stamp: Stamp) -> Parsed:
        feed = self.feed
        with reading(self._engine) as connection:
            reference, decided = feed.kind.reference(connection), standing_decisions(connection)
        words = WordReader(feed.key, feed.mapping.words, partial(dict, decided), stamp.stored_at.astimezone(LOCAL).date())
        reader = Reader(feed.kind_options, feed.mapping, words, reference, stamp)
        return parsed_content(feed.kind, reader, replace(content, layout=self.layout(content)))

    def _note(
        self, run: Run, *, parsed: Parsed | None = None, stamp: Stamp | None = None, always: bool = False, complete: bool = False
    ) -> Run:
        """Write the records, the rows set aside, the feed's times and the run, all or nothing."""
        if parsed is None and not self._is_news(run, always):
            return run
        with writing(self._engine) as connection:
            if parsed is not None and stamp is not None:
                run = replace(run, stored=self.feed.kind.store(connection, parsed.records, stamp, self.feed.kind_options))
                if complete:
                    unheard(connection, self.feed, stamp, ABSENT, self.feed.kind.heard(parsed.records))
            run = replace(run, state=state_of(run), finished_at=self._now())
            runs.feed_succeeded(connection, run.feed, at=run.finished_at, true_at=run.true_at)
            if parsed is None or self._is_news(run, always):
                record(connection, run)
        self._troubles.ends(run.feed)
        return run

    def _idle(self, run: Run) -> Run:
        """There was nothing to read. Only the feed's time says so now and then, and a run when the source had been out of reach."""
        try:
            back = self._was_out_of_reach()
            if back or self._idle_at is None or abs(run.finished_at - self._idle_at) >= self._quiet:
                with writing(self._engine) as connection:
                    runs.feed_succeeded(connection, run.feed, at=run.finished_at, true_at=None)
                    if back:
                        record(connection, run)
                self._idle_at = run.finished_at
        except StoreError as error:
            return self._fail(run, error)
        if back:
            self._said = _saying(run)
            self._troubles.ends(run.feed)
        return run

    def _was_out_of_reach(self) -> bool:
        if self._said:
            return self._said[:2] == ("failed", None)
        if self._idle_at is not None:
            return False
        with reading(self._engine) as connection:
            return observations.was_out_of_reach(connection, self.feed.key)

    def _fail(self, run: Run, error: Exception, *, always: bool = False) -> Run:
        """Write nothing but the run; not even that when the store is away, and then the same content is read again."""
        error = self._unforeseen(error, run.item, once=False)
        code, values = code_of(error)
        lasting = isinstance(error, ContentError)
        attempts = error.attempts if isinstance(error, FeedError) else run.attempts
        run = replace(run, state="failed", attempts=attempts, finished_at=self._now(), stored=NOTHING, lasting=lasting)
        run = replace(run, error_code=code, error_args=plain(values))
        self._troubles.begins(run.feed, code, item=run.item, **{f"error_{key}": value for key, value in values.items()})
        try:
            if self._is_news(run, always):
                with writing(self._engine) as connection:
                    unheard(connection, self.feed, self._stamp_of(run.finished_at), code)
                    record(connection, run)
                self._troubles.ends("store")
        except StoreError as away:
            self._troubles.begins("store", away.code, detail=str(away))
            self._said_at = None  # nothing was written: the next run is news, and finds out whether it can be
            run = replace(run, lasting=False)
        return run

    def _unforeseen(self, error: Exception, item: str | None, *, once: bool) -> FeedError | StoreError:
        """An error with a code for any: of one that nobody foresaw a reference, under which the journal has its trace.

        once: the content comes only once, so what breaks us is set aside instead of tried for ever.
        """
        if isinstance(error, FeedError | StoreError):
            return error
        known = (item, type(error).__name__)
        if known not in self._references:
            self._references = {known: secrets.token_hex(4)}
            crash("run_crashed", feed=self.feed.key, item=item, reference=self._references[known])
        lasting = once and is_of_the_content(error)
        return (ContentError if lasting else FeedError)("run.unforeseen", reference=self._references[known])

    def _is_news(self, run: Run, always: bool) -> bool:
        """Whether the run says anything that the last one written down did not, or that was long enough ago."""
        saying = _saying(run)
        dull = not always and run.stored.added + run.stored.changed == 0
        if dull and saying == self._said and self._said_at is not None and abs(run.finished_at - self._said_at) < self._quiet:
            return False
        self._said, self._said_at = saying, run.finished_at
        return True

    def _taken(self, hashes: Collection[str]) -> set[str]:
        with reading(self._engine) as connection:
            return observations.taken_hashes(connection, self.feed.key, hashes)

    def _newest(self) -> datetime | None:
        with reading(self._engine) as connection:
            return observations.newest_of(connection, self.feed.key)

    def _targets(self) -> dict[str, str]:
        with reading(self._engine) as connection:
            return observations.probe_targets(connection, self._now().astimezone(LOCAL).date())


def _saying(run: Run) -> tuple[object, ...]:
    """What tells one run from another to whoever reads them."""
    noted = tuple((note.code, note.count) for note in run.notes)
    return run.state, run.item, run.error_code, run.rejections.total, tuple((row.number, row.code) for row in run.rejections), noted


def _counted(fetched: Fetched, attempts: int) -> Content:
    """The content; an error remembers at which attempt it came."""
    try:
        return fetched.read()
    except FeedError as error:
        error.attempts = attempts
        raise
