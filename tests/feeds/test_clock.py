"""Clocks that leap under a worker: nothing is deleted that a right clock would keep, and every feed goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from feeds import backup
from feeds.clock_watch import ClockWatch
from feeds.every import Every
from store import runs, schema
from store.engine import open_engine
from store.transactions import reading, writing
from tests.feeds.conftest import fill
from tests.feeds.test_pipeline import answer, dossier
from tests.feeds.test_worker import declare
from tests.support.clock import WrongClock
from tests.support.programs import Program, run, wait_until
from tests.support.sources import Web, body, web

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=3), timedelta(days=500)])
def test_a_job_that_is_late_comes_once(late: timedelta) -> None:
    now = NOON + late
    following = Every(1).get_next_fire_time(NOON, now)
    assert now < following <= now + timedelta(seconds=1)


def test_a_leap_is_told_once_and_in_which_direction() -> None:
    wall, steady = [1000.0], [5.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0])
    told = []
    for leap_s in (0, 0.5, -600, 0, 600, 0):
        wall[0] += 1 + leap_s
        steady[0] += 1
        told.append(round(watch.leap_s()))
    assert told == [0, 0, -600, 0, 600, 0]
    assert watch.evenly_s == 1


def test_backups_of_a_clock_that_was_ahead_take_no_place(tmp_path: Path) -> None:
    names = [f"ioc-11-2026{month:02d}01-000000.zip" for month in range(1, 6)] + ["ioc-11-20280401-000000.zip", "ioc-11-20280402-000000.zip"]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in backup.older_than_newest(tmp_path, 2, "11", NOON)] == names[2::-1]


@pytest.fixture
def clock(tmp_path: Path) -> WrongClock:
    return WrongClock(tmp_path / "wrong")


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        served.answers["/"] = body(answer(dossier(1), dossier(2)))
        yield served


@pytest.fixture
def home(tmp_path: Path, store_url: str, server: Web) -> Path:
    engine = open_engine(store_url)
    fill(engine)
    engine.dispose()
    declare(tmp_path, server.url(), every_s=1)
    return tmp_path


@pytest.mark.long
def test_a_clock_500_days_ahead_deletes_nothing_and_is_said(home: Path, store_url: str, clock: WrongClock, server: Web) -> None:
    engine, now = open_engine(store_url), datetime.now(UTC)
    with writing(engine) as connection:
        for hour in range(102):
            at = now - timedelta(hours=6 * hour)
            runs.record_run(connection, feed="old", started_at=at, finished_at=at, state="ok", worker="w")
    clock.set("+500d")
    environment = {"IOC_STORE": store_url, "IOC_HOME": str(home), **clock.environment}
    worker = Program(["worker"], environment, home / "worker.log")
    try:
        worker.wait_for("clock.ahead", 60)
        asked = len(server.asked)
        wait_until(lambda: len(server.asked) > asked + 2, 60, lambda: worker.output)
        with reading(engine) as connection:
            assert connection.scalar(select(func.count()).where(schema.feed_runs.c.feed == "old")) == 102
        assert "forgotten" not in worker.output
        found = json.loads(run(["doctor", "--json"], environment, home, 60).stdout)
        assert "doctor.clock_ahead" in [finding["code"] for finding in found]
    finally:
        worker.kill()
        engine.dispose()


@pytest.mark.long
@pytest.mark.parametrize(
    ("database", "offset"),
    [
        ("sqlite", "-10m"),
        ("sqlite", "+10m"),
        ("sqlite", "+400d"),
        pytest.param("postgresql", "-10m", marks=pytest.mark.postgres),
    ],
    indirect=["database"],
)
def test_a_clock_that_is_set_wrong_and_put_right_stops_no_feed(
    home: Path, store_url: str, clock: WrongClock, server: Web, offset: str
) -> None:
    worker = Program(["worker"], {"IOC_STORE": store_url, "IOC_HOME": str(home), **clock.environment}, home / "worker.log")
    try:
        wait_until(lambda: len(server.asked) > 1, 60, lambda: worker.output)
        for number, wrong in enumerate((offset, "+0"), 1):
            clock.set(wrong)
            wait_until(lambda leaps=number: worker.output.count("clock_leapt") >= leaps, 60, lambda: worker.output)  # type: ignore[misc]
            asked = len(server.asked)
            wait_until(lambda before=asked: len(server.asked) > before + 3, 60, lambda: worker.output)  # type: ignore[misc]
        assert worker.end() == 0
        assert "Traceback" not in worker.output
    finally:
        worker.kill()
