"""An installation to break: a store on either database, a real worker process, and a witness feed that must stay on time."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, func, select

from bench.memory import Peaks, begin_anew
from store import schema
from store.engine import open_engine
from store.schema_version import upgrade
from store.transactions import reading, writing
from store.write import upsert
from tests.feeds.conftest import fill
from tests.support.programs import Program, wait_until
from tests.support.sources import Web, body, web

PLACES = 40
OLD = date(2004, 8, 31)
DEVICES = ("E11-006", "E11-007")
CSV_HEAD = "ma;ky;tiep_nhan;dang_xu_ly;den_han;dung_han;qua_han;truc_tuyen"
WITNESS = """[feeds.witness]
title = "Nguồn làm chứng"
title_en = "Witness"
connector = "http"
kind = "dossiers"
format = "csv"
url = "URL"
source = "làm chứng"
every_s = 2
late_after_s = 30
stale_after_s = 60
timeout_s = 3
synthetic = true
[feeds.witness.columns]
centre_id = "ma"
period = "ky"
received = "tiep_nhan"
in_progress = "dang_xu_ly"
due = "den_han"
on_time = "dung_han"
overdue = "qua_han"
online = "truc_tuyen"
"""


class Stage:
    """One installation. home: its folder, feeds.toml and log among it; asked_at: when the witness was asked, monotonic."""

    def __init__(self, url: str, home: Path, server: Web) -> None:
        self.url = url
        self.home = home
        self.server = server
        self.engine: Engine = open_engine(url)
        self.asked_at: list[float] = []
        self.started = 0
        self._workers: list[Program] = []
        upgrade(self.engine)
        _people(self.engine)
        server.answers["/witness"] = self._witness
        self.declare("")

    def _witness(self, request: BaseHTTPRequestHandler) -> None:
        self.asked_at.append(time.monotonic())
        line = f"W-01;2026-10;{len(self.asked_at)};0;0;0;0;0"
        body(f"{CSV_HEAD}\n{line}\n".encode(), kind="text/csv")(request)

    def declare(self, feeds: str) -> None:
        """Make the feeds file the witness and `feeds`."""
        path = self.home / "feeds.toml"
        path.with_suffix(".new").write_text(WITNESS.replace("URL", self.server.url("/witness")) + feeds, encoding="utf-8")
        path.with_suffix(".new").replace(path)

    def start(self, **environment: str) -> Program:
        """Start one more worker."""
        self.started += 1
        told = {"IOC_STORE": self.url, "IOC_HOME": str(self.home), "IOC_LOG_LEVEL": "WARNING"} | environment
        self._workers.append(Program(["worker"], told, self.home / f"worker-{self.started}.log"))
        return self._workers[-1]

    def stop(self) -> None:
        """End every worker in order."""
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.end(signal.SIGTERM, 20)
        self._workers = []

    def kill(self) -> None:
        for worker in self._workers:
            worker.kill()
        self._workers = []

    def peaks(self) -> Peaks:
        """Watch the memory of the worker that was started last."""
        pid = self._workers[-1].process.pid
        begin_anew(pid)
        watch = Peaks(pid)
        watch.start()
        return watch

    @property
    def said(self) -> str:
        """What the workers wrote on standard error."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.home.glob("worker-*.log")))

    def longest_wait_s(self, since: float) -> float:
        """The longest time between two questions to the witness since a moment, and until now."""
        times = [since, *(at for at in self.asked_at if at >= since), time.monotonic()]
        return max(later - earlier for earlier, later in pairwise(times))

    def last_run(self) -> int:
        with reading(self.engine) as connection:
            return connection.scalar(select(func.max(schema.feed_runs.c.id))) or 0

    def runs_since(self, feed: str, last: int) -> list[Any]:
        r = schema.feed_runs.c
        with reading(self.engine) as connection:
            return list(connection.execute(select(schema.feed_runs).where(r.feed == feed, r.id > last).order_by(r.id)))

    def wait_for_run(self, feed: str, last: int, right: Callable[[Any], bool], within_s: float = 60) -> Any:
        """The first run after `last` that is `right`."""
        found: list[Any] = []

        def seen() -> bool:
            found[:] = [run for run in self.runs_since(feed, last) if right(run)]
            return bool(found)

        def otherwise() -> str:
            states = [(run.state, run.error_code) for run in self.runs_since(feed, last)]
            return f"{feed}: only {states} within {within_s} s\n{self.said[-2000:]}"

        wait_until(seen, within_s, otherwise)
        return found[0]

    def refused(self, run_id: int) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(schema.quarantine).where(schema.quarantine.c.run_id == run_id)))

    def forget_runs(self) -> None:
        """Every line of the table begins with runs that nobody has seen yet."""
        with writing(self.engine) as connection:
            connection.execute(delete(schema.feed_runs))


def _people(engine: Engine) -> None:
    """The small province of the tests, and centres and villages of its own for every source."""
    fill(engine)
    start = datetime(2022, 4, 30, tzinfo=UTC)
    centre = ("id", "name", "search_key", "kind", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
    village = ("id", "name", "search_key", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
    ids = [f"{letter}-{number:02d}" for letter in "HSWQMPU" for number in range(1, PLACES + 1)]
    device = ("id", "name", "search_key", "level", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
    with writing(engine) as connection:
        upsert(connection, schema.endpoints, device, [(id_, id_, id_, "commune", 103.0, 21.0, OLD, "mẫu", True, start) for id_ in DEVICES])
        upsert(connection, schema.centres, centre, [(id_, id_, id_, "one_stop", 103.0, 21.0, OLD, "mẫu", True, start) for id_ in ids])
        rows = [(f"V-{number:04d}", "Bản mẫu", "ban mau", 103.0, 21.0, OLD, "mẫu", True, start) for number in range(1, 2001)]
        upsert(connection, schema.villages, village, rows)


@contextmanager
def stage(url: str) -> Iterator[Stage]:
    """An installation on `url`, its worker running."""
    with tempfile.TemporaryDirectory(prefix="ioc-faults-") as folder, web() as server:
        made = Stage(url, Path(folder), server)
        try:
            yield made
        finally:
            made.kill()
            made.engine.dispose()
