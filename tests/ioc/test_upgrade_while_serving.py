"""The store is upgraded under a dashboard that serves: nobody sees an error, and `/healthz` says that the software is behind."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from store import schema_version, transfer
from store.engine import open_engine
from store.errors import StoreNewerError
from store.transactions import reading
from tests.feeds.test_worker import declare
from tests.ioc.test_serve import Served
from tests.support.processes import wait_for
from tests.support.programs import Program, wait_until

LATER = '''"""A revision that this software does not know: columns, a table and an index, on tables that are read all the time."""

from alembic import op
from sqlalchemy import Column, Integer, String

from store.migrations.twins import add_column

revision = "9001"
down_revision = "DOWN"


def upgrade() -> None:
    add_column("coverage", Column("strength", Integer))
    add_column("endpoints", Column("vendor", String))
    op.add_column("endpoint_state", Column("note", String))
    op.add_column("versions", Column("why", String))
    op.create_table("vendors", Column("key", String, primary_key=True))
    op.create_index("ix_feed_runs_worker", "feed_runs", ["worker"])
'''
PATHS = ("/healthz", "/map", "/api/v1/summary?unit=11", "/api/v1/state", "/feeds")


@pytest.fixture
def filled(database: str, province_url: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A real province on either database."""
    engine = open_engine(province_url)
    if database == "postgresql":
        target = open_engine(str(request.getfixturevalue("empty_postgres_url")))
        transfer.copy(engine, target)
        engine.dispose()
        engine = target
    yield engine
    engine.dispose()


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process, and no other, knows a later revision."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema_version.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9001_later.py").write_text(LATER.replace("DOWN", schema_version.newest()))
    monkeypatch.setattr(schema_version, "MIGRATIONS", folder)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def ask(url: str, stop: threading.Event, seen: Counter[tuple[str, int]], slowest: list[float]) -> None:
    with httpx.Client(base_url=url, timeout=30) as client:
        while not stop.is_set():
            for path in PATHS:
                begun = time.monotonic()
                seen[path, client.get(path, follow_redirects=True).status_code] += 1
                slowest[0] = max(slowest[0], time.monotonic() - begun)


def follow(url: str, stop: threading.Event, events: list[str]) -> None:
    with httpx.stream("GET", f"{url}/api/v1/live", timeout=30) as stream:
        for line in stream.iter_lines():
            events.append(line)
            if stop.is_set():
                return


def read_slowly(engine: Engine, seconds: float) -> None:
    """Somebody's long read, which a change of the table would have to wait for."""
    with reading(engine) as connection:
        connection.exec_driver_sql("SELECT count(*) FROM coverage").scalar()
        time.sleep(seconds)


def test_nobody_sees_an_error_while_a_later_revision_is_applied(filled: Engine, later: None, tmp_path: Path) -> None:
    served = Served(url_of(filled), tmp_path / "serve.log")
    stop, seen, slowest, events = threading.Event(), Counter[tuple[str, int]](), [0.0], list[str]()
    threads = [threading.Thread(target=ask, args=(served.url, stop, seen, slowest))]
    threads.append(threading.Thread(target=follow, args=(served.url, stop, events)))
    try:
        wait_for(served.answers, 60)
        for thread in threads:
            thread.start()
        wait_until(lambda: len(seen) == len(PATHS), 30)
        slow = threading.Thread(target=read_slowly, args=(filled, 4.0))
        slow.start()
        schema_version.upgrade(filled)
        slow.join()
        before = seen["/feeds", 200]
        wait_until(lambda: seen["/feeds", 200] >= before + 3, 30)
        body = httpx.get(f"{served.url}/healthz", timeout=10).json()
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
        served.end()
    assert {status for _, status in seen} == {200}
    assert not [line for line in events if '"away"' in line]
    assert "Traceback" not in served.log.read_text()
    assert body["schema"]["store"] == "9001"
    assert body["schema"]["software"] < "9001"
    assert body["status"] == "degraded"


def test_a_worker_older_than_the_store_stops_writing(filled: Engine, later: None, tmp_path: Path) -> None:
    declare(tmp_path, "http://127.0.0.1:9/")
    told = {"IOC_STORE": url_of(filled), "IOC_HOME": str(tmp_path)}
    worker = Program(["worker"], told, tmp_path / "worker.log")
    try:
        worker.wait_for("following", 30)
        schema_version.upgrade(filled)
        worker.wait_for("code=store.newer", 20)
        worker.process.wait(30)
        assert "stopped" in worker.output
    finally:
        worker.kill()


def test_an_older_dashboard_does_not_start_on_a_newer_store(filled: Engine, later: None, monkeypatch: pytest.MonkeyPatch) -> None:
    schema_version.upgrade(filled)
    monkeypatch.undo()
    with pytest.raises(StoreNewerError):
        schema_version.check(filled)
