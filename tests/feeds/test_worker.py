"""Real worker processes on real stores: they follow the file, hear "run now", leave in order, and take over from the dead."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from store import runs, schema
from store.samples import Sample, add_samples
from store.transactions import writing
from tests.feeds.test_pipeline import answer, dossier
from tests.support.programs import Program, wait_until
from tests.support.sources import Web, body, web

pytestmark = pytest.mark.long

FEED = """[feeds.KEY]
title = "Hồ sơ"
title_en = "Dossiers"
connector = "http"
kind = "dossiers"
url = "URL"
records = "don_vi"
source = "mẫu"
every_s = EVERY
late_after_s = 60
stale_after_s = 600
retries = 0
timeout_s = TIMEOUT
[feeds.KEY.columns]
centre_id = "ma"
on_time = "dung_han"
"""

Start = Callable[..., Program]


def declare(folder: Path, url: str, *keys: str, every_s: int = 3600, timeout_s: float = 5) -> Path:
    path = folder / "feeds.toml"
    text = "".join(FEED.replace("KEY", key) for key in keys or ("dossiers",))
    path.write_text(text.replace("URL", url).replace("EVERY", str(every_s)).replace("TIMEOUT", str(timeout_s)), encoding="utf-8")
    return path


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        served.answers["/"] = body(answer(dossier(1), dossier(2)))
        yield served


@pytest.fixture
def start(tmp_path: Path, store_url: str) -> Iterator[Start]:
    started: list[Program] = []

    def launch(**environment: str) -> Program:
        told = {"IOC_STORE": store_url, "IOC_HOME": str(tmp_path)} | environment
        started.append(Program(["worker"], told, tmp_path / f"worker-{len(started)}.log"))
        return started[-1]

    yield launch
    for program in started:
        program.kill()


def recorded(engine: Engine, feed: str = "dossiers") -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(schema.feed_runs).where(schema.feed_runs.c.feed == feed).order_by(schema.feed_runs.c.id)))


def workers(engine: Engine) -> dict[int, Any]:
    with engine.connect() as connection:
        return {row.pid: row for row in connection.execute(select(schema.workers))}


def test_a_worker_runs_its_feeds_beats_and_leaves_in_order(province: Engine, tmp_path: Path, server: Web, start: Start) -> None:
    declare(tmp_path, server.url())
    worker = start()
    wait_until(lambda: len(recorded(province)) == 1, 15, lambda: worker.output)
    row = workers(province)[worker.process.pid]
    assert row.leader
    assert datetime.now(UTC) - row.beat_at < timedelta(seconds=5)
    wait_until(lambda: workers(province)[worker.process.pid].beat_at > row.beat_at, 5)
    with province.connect() as connection:
        next_run_at = connection.execute(select(schema.feeds.c.next_run_at)).scalar_one()
    assert next_run_at is not None
    assert next_run_at > datetime.now(UTC) + timedelta(minutes=50)
    assert worker.end() == 0
    assert not workers(province)[worker.process.pid].leader
    assert "stopped" in worker.output
    assert "Traceback" not in worker.output


def test_run_now_is_heard_within_two_seconds(province: Engine, tmp_path: Path, server: Web, start: Start) -> None:
    declare(tmp_path, server.url())
    worker = start()
    wait_until(lambda: len(recorded(province)) == 1, 15, lambda: worker.output)
    server.answers["/"] = body(answer(dossier(1), dossier(2, received=11)))
    with writing(province) as connection:
        assert runs.request_run(connection, "dossiers", datetime.now(UTC))
    assert wait_until(lambda: len(recorded(province)) == 2, 10, lambda: worker.output) < 3
    assert recorded(province)[-1].rows_changed == 1
    with province.connect() as connection:
        assert connection.execute(select(schema.feeds.c.run_requested_at)).scalar_one() is None


def test_a_feed_at_work_that_is_wanted_again_runs_again_when_it_is_done(
    province: Engine, tmp_path: Path, server: Web, start: Start
) -> None:
    def slow(request: Any) -> None:
        time.sleep(2.5)
        body(answer(dossier(1)))(request)

    server.answers["/"] = slow
    declare(tmp_path, server.url())
    worker = start()
    wait_until(lambda: len(server.asked) == 1, 15, lambda: worker.output)
    with writing(province) as connection:
        runs.request_run(connection, "dossiers", datetime.now(UTC))
    wait_until(lambda: len(server.asked) == 2, 10, lambda: worker.output)
    assert len(recorded(province)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_asked_to_stop_finishes_the_run_it_is_in(
    province: Engine, tmp_path: Path, server: Web, start: Start, number: signal.Signals
) -> None:
    def slow(request: Any) -> None:
        time.sleep(1.5)
        body(answer(dossier(1)))(request)

    server.answers["/"] = slow
    declare(tmp_path, server.url())
    worker = start()
    wait_until(lambda: len(server.asked) == 1, 15, lambda: worker.output)
    assert worker.end(number) == 0
    assert [row.state for row in recorded(province)] == ["ok"]


def test_a_run_that_does_not_end_is_left_after_a_while(province: Engine, tmp_path: Path, server: Web, start: Start) -> None:
    server.answers["/"] = lambda request: time.sleep(25)
    declare(tmp_path, server.url(), timeout_s=60)
    worker = start()
    wait_until(lambda: len(server.asked) == 1, 15, lambda: worker.output)
    started = time.monotonic()
    assert worker.end(within_s=14) == 1
    assert 7 < time.monotonic() - started < 11
    assert "left_running feeds=dossiers" in worker.output


def test_two_workers_one_leads_and_the_other_takes_over_from_the_dead(province: Engine, tmp_path: Path, server: Web, start: Start) -> None:
    declare(tmp_path, server.url(), every_s=1)
    first = start()
    first.wait_for("leading")
    second = start()
    second.wait_for("standing_by")
    wait_until(lambda: len(workers(province)) == 2, 10)
    time.sleep(2.5)
    assert "leading" not in second.output
    assert {row.worker for row in recorded(province)} == {workers(province)[first.process.pid].name}
    assert {pid: row.leader for pid, row in workers(province).items()} == {first.process.pid: True, second.process.pid: False}
    server.answers["/"] = body(answer(dossier(1), dossier(2, received=12)))
    first.process.kill()
    first.process.wait()
    assert wait_until(lambda: "leading" in second.output, 10, lambda: second.output) < 2
    name = workers(province)[second.process.pid].name
    wait_until(lambda: recorded(province)[-1].worker == name, 10, lambda: second.output)
    assert second.end() == 0


def test_a_standby_leaves_in_order_too(province: Engine, tmp_path: Path, server: Web, start: Start) -> None:
    declare(tmp_path, server.url())
    first = start()
    first.wait_for("leading")
    second = start()
    second.wait_for("standing_by")
    assert second.end() == 0
    assert first.process.poll() is None


def test_a_killed_worker_leaves_nothing_half_written_and_a_new_one_goes_on(
    province: Engine, tmp_path: Path, server: Web, start: Start
) -> None:
    declare(tmp_path, server.url(), every_s=1)
    worker = start()
    wait_until(lambda: len(recorded(province)) >= 1, 15, lambda: worker.output)
    worker.end(signal.SIGKILL)
    done = sum(row.rows_added for row in recorded(province))
    with province.connect() as connection:
        assert connection.execute(select(func.count()).select_from(schema.dossiers)).scalar_one() == done == 2
    again = start()
    wait_until(lambda: recorded(province)[-1].worker.endswith(str(again.process.pid)), 15, lambda: again.output)
    assert recorded(province)[-1].state == "unchanged"


def test_a_failure_is_said_once_and_so_is_its_end(province: Engine, tmp_path: Path, server: Web, start: Start) -> None:
    server.answers["/"] = body(b"{}", 500)
    declare(tmp_path, server.url(), every_s=1)
    worker = start()
    worker.wait_for("trouble")
    wait_until(lambda: len(server.asked) >= 4, 15)
    server.answers["/"] = body(answer(dossier(1)))
    worker.wait_for("recovered")
    worker.end()
    assert worker.output.count("trouble") == 1
    assert "subject=dossiers code=run.http_server_error" in worker.output
    assert worker.output.count("recovered") == 1


def test_the_feeds_file_is_followed_and_a_wrong_one_changes_nothing(province: Engine, tmp_path: Path, server: Web, start: Start) -> None:
    path = declare(tmp_path, server.url())
    worker = start()
    wait_until(lambda: len(recorded(province)) == 1, 15, lambda: worker.output)
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("every_s", "evry_s"), encoding="utf-8")
    worker.wait_for("subject=feeds_file code=config.missing line=1 mistakes=2")
    declare(tmp_path, server.url(), "dossiers", "others")
    wait_until(lambda: len(recorded(province, "others")) == 1, 15, lambda: worker.output)
    assert "recovered subject=feeds_file" in worker.output
    assert len(recorded(province)) == 1
    declare(tmp_path, server.url(), "others")
    wait_until(lambda: enabled(province) == {"dossiers": False, "others": True}, 10, lambda: worker.output)


def enabled(engine: Engine) -> dict[str, bool]:
    with engine.connect() as connection:
        return {row.key: row.enabled for row in connection.execute(select(schema.feeds.c.key, schema.feeds.c.enabled))}


def most_received(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.max(schema.dossiers.c.received))).scalar_one())


@pytest.mark.postgres
def test_a_leader_outlives_a_restart_of_postgresql(cluster: Any, postgres_url: str, tmp_path: Path, server: Web) -> None:
    from store.engine import open_engine
    from tests.feeds.conftest import fill

    engine = open_engine(postgres_url)
    fill(engine)
    declare(tmp_path, server.url(), every_s=1)
    worker = Program(["worker"], {"IOC_STORE": postgres_url, "IOC_HOME": str(tmp_path)}, tmp_path / "worker.log")
    try:
        wait_until(lambda: len(recorded(engine)) >= 1, 15, lambda: worker.output)
        cluster.stop()
        worker.wait_for("stepping_down")
        cluster.start()
        wait_until(lambda: worker.output.count("leading") == 2, 20, lambda: worker.output)
        server.answers["/"] = body(answer(dossier(1, received=77)))
        wait_until(lambda: most_received(engine) == 77, 15, lambda: worker.output)
        assert worker.end() == 0
        assert "Traceback" not in worker.output
    finally:
        worker.kill()
        engine.dispose()


def test_a_worker_forgets_samples_older_than_it_is_told_to_keep_them_soon_after_its_start(
    province: Engine, tmp_path: Path, server: Web, start: Start
) -> None:
    days = {days: int(datetime.now(UTC).timestamp()) - days * 86_400 for days in (40, 8, 0)}
    with writing(province) as connection:
        add_samples(connection, [Sample(ts, "E11-001", True, None, 30) for ts in days.values()])
    declare(tmp_path, server.url())
    worker = start(IOC_SAMPLES_KEPT_DAYS="10")

    def kept() -> list[int]:
        with province.connect() as connection:
            return list(connection.scalars(select(schema.series_samples.c.ts).order_by(schema.series_samples.c.ts)))

    wait_until(lambda: "forgotten" in worker.output, 15, lambda: worker.output)
    assert kept() == [days[8], days[0]]
    with province.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.series_hourly)) == 3
        if province.dialect.name == "postgresql":
            assert connection.exec_driver_sql("SELECT count(*) FROM series_samples_other").scalar() == 0
