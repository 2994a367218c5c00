"""Messages that do not come again, on real stores: kept in quarantine when they cannot be taken, and settled only when that is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, select

from feeds.config import Feed, load
from feeds.errors import ContentError
from feeds.fetching import Content, Fetched, Layout, Unreadable, Visit
from feeds.pipeline import Pipeline
from feeds.registry import Connector
from feeds.schedule import Schedule
from feeds.worker import register
from store import schema
from tests.support.processes import wait_for

BROKEN = Unreadable(2, ContentError("run.json_invalid", line=1, column=1), {"topic": "a/b", "payload": "{"})
DECLARED = """[feeds.stream]
connector = "tcp"
kind = "endpoint_status"
title = "Nguồn"
title_en = "Feed"
source = "mẫu"
every_s = 1
late_after_s = 30
stale_after_s = 60
"""


def state(number: int, value: str = "up") -> dict[str, Any]:
    return {"endpoint_id": f"E11-00{number}", "state": value, "observed_at": datetime.now(UTC)}


def feed(folder: Path, connector: Connector, text: str = DECLARED) -> Feed:
    """The declared feed with a connector of the test's."""
    (folder / "feeds.toml").write_text(text, encoding="utf-8")
    (declared,) = load(folder / "feeds.toml", {}).values()
    return replace(declared, connector=connector)


def saying(settled: list[bool], rows: list[dict[str, Any]], *unreadable: Unreadable) -> Connector:
    def fetch(_: BaseModel, visit: Visit) -> Iterator[Fetched]:
        content = Content(rows, Layout("rows"), visit.now, unreadable=unreadable)
        yield Fetched("stream", lambda: content, settled.append, passing=True)

    return Connector("stream", BaseModel, fetch, "streams")


def quarantined(engine: Engine) -> list[tuple[int, str, Any]]:
    q = schema.quarantine.c
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(q.row_number, q.reason_code, q.raw).order_by(q.id))]


@pytest.fixture
def pipeline(province: Engine, tmp_path: Path) -> Callable[[Connector], Pipeline]:
    def make(connector: Connector) -> Pipeline:
        declared = feed(tmp_path, connector)
        register(province, {declared.key: declared})
        return Pipeline(province, declared, "test")

    return make


def test_a_broken_message_is_set_aside_and_the_others_are_taken(province: Engine, pipeline: Callable[[Connector], Pipeline]) -> None:
    settled: list[bool] = []
    (run,) = pipeline(saying(settled, [state(1)], BROKEN)).run()
    assert (run.state, run.rows_read, run.stored.added, len(run.rejections)) == ("partial", 2, 1, 1)
    assert quarantined(province) == [(2, "run.json_invalid", {"topic": "a/b", "payload": "{"})]
    assert settled == [True]


def test_nothing_but_broken_messages_is_a_failed_run_that_keeps_them_each_time(
    province: Engine, pipeline: Callable[[Connector], Pipeline]
) -> None:
    settled: list[bool] = []
    stream = pipeline(saying(settled, [], BROKEN))
    assert [stream.run()[0].error_code for _ in range(2)] == ["run.all_rejected"] * 2
    assert len(quarantined(province)) == 2
    assert settled == [False, False]


def test_messages_that_make_no_table_are_kept_one_by_one(province: Engine, pipeline: Callable[[Connector], Pipeline]) -> None:
    settled: list[bool] = []
    (run,) = pipeline(saying(settled, [{"foo": 1}, {"foo": 2}])).run()
    assert run.error_code == "run.missing_column"
    assert [(number, code, raw["foo"]) for number, code, raw in quarantined(province)] == [
        (1, "run.missing_column", 1),
        (2, "run.missing_column", 2),
    ]
    assert settled == [False]


def test_nothing_is_settled_while_the_store_is_away(province: Engine, pipeline: Callable[[Connector], Pipeline]) -> None:
    settled: list[bool] = []
    good, broken = pipeline(saying(settled, [state(1)])), pipeline(saying(settled, [], BROKEN))
    with province.begin() as connection:
        for table in (schema.quarantine, schema.endpoint_state):
            table.drop(connection)
    assert [run.state for run in (*good.run(), *broken.run())] == ["failed", "failed"]
    assert settled == []


# ── What stays open ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Doors:
    """A connector that keeps a door open between looks; `seen`: what happened, in order."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.free = threading.Event()
        self.free.set()
        self.wake: Callable[[], None] = lambda: None

    def fetch(self, _: BaseModel, visit: Visit) -> Iterator[Fetched]:
        self.seen.append("look" if visit.memory.setdefault("door", "open") else "")
        self.wake = visit.wake
        assert self.free.wait(10)
        yield from ()

    def close(self, memory: MutableMapping[str, Any]) -> None:
        self.seen.append(f"close {memory.get('door')}")

    @property
    def connector(self) -> Connector:
        return Connector("doors", BaseModel, self.fetch, "streams", self.close)


def test_closing_ends_what_the_connector_keeps_and_no_look_follows(pipeline: Callable[[Connector], Pipeline]) -> None:
    doors = Doors()
    stream = pipeline(doors.connector)
    stream.run()
    stream.close()
    assert stream.run() == []
    assert doors.seen == ["look", "close open"]


def test_a_connector_that_cannot_let_go_does_not_keep_the_worker(pipeline: Callable[[Connector], Pipeline]) -> None:
    def jammed(memory: MutableMapping[str, Any]) -> None:
        raise OSError("jammed")

    stream = pipeline(replace(Doors().connector, close=jammed))
    stream.close()
    assert stream.run() == []


@pytest.fixture
def schedule(province: Engine, tmp_path: Path) -> Iterator[Schedule]:
    made = Schedule(province, "test", tmp_path / "spool")
    made.start()
    yield made
    made.stop(10)


def test_a_changed_feed_closes_the_old_connection_before_it_looks_anew(province: Engine, tmp_path: Path, schedule: Schedule) -> None:
    doors = Doors()
    before, after = (feed(tmp_path, doors.connector, DECLARED.replace("every_s = 1", f"every_s = {n}")) for n in (3000, 3001))
    register(province, {before.key: before})
    doors.free.clear()
    schedule.follow({before.key: before})
    wait_for(lambda: doors.seen == ["look"])
    schedule.follow({after.key: after})  # while the old one is at work
    time.sleep(0.3)
    assert doors.seen == ["look"]
    doors.free.set()
    wait_for(lambda: schedule.run_now([]) or len(doors.seen) >= 3)  # as the worker does every second
    assert doors.seen[:3] == ["look", "close open", "look"]


def test_a_feed_that_is_gone_and_a_schedule_that_stops_close(province: Engine, tmp_path: Path) -> None:
    doors, more = Doors(), Doors()
    one = feed(tmp_path, doors.connector)
    two = replace(feed(tmp_path, more.connector), key="other")
    schedule = Schedule(province, "test", tmp_path / "spool")
    schedule.start()
    register(province, {one.key: one, two.key: two})
    schedule.follow({one.key: one, two.key: two})
    wait_for(lambda: doors.seen and more.seen)
    schedule.follow({two.key: two})
    wait_for(lambda: doors.seen[-1] == "close open")
    assert schedule.stop(10)
    assert more.seen[-1] == "close open"


def test_a_connector_may_ask_to_be_looked_at_at_once(province: Engine, tmp_path: Path, schedule: Schedule) -> None:
    doors = Doors()
    rare = feed(tmp_path, doors.connector, DECLARED.replace("every_s = 1", "every_s = 3000"))
    register(province, {rare.key: rare})
    schedule.follow({rare.key: rare})
    wait_for(lambda: doors.seen == ["look"])
    wait_for(lambda: schedule.next_runs()["stream"] is not None)
    time.sleep(0.3)
    doors.wake()
    wait_for(lambda: doors.seen == ["look", "look"])
