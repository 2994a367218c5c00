"""The whole demonstration without its screen: a province, its simulated systems and the worker, as separate processes."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select

from store import schema
from store.engine import open_engine
from tests.support.programs import Program, run, wait_until
from tests.support.sources import free_port

pytestmark = pytest.mark.long

PROBED, REPORTED, CENTRES, OPERATORS, REPORTS, VILLAGES = 139, 11, 46, 5, 4, 1440


class Stack:
    """The running processes and where they are."""

    def __init__(self, folder: Path, store_url: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = {"IOC_STORE": store_url, "IOC_HOME": str(folder), "IOC_SIMULATOR_PORT": str(self.port)}
        self.engine = open_engine(store_url)
        self._programs: list[Program] = []

    def start(self, name: str, *arguments: str) -> Program:
        log = self.folder / f"{name}-{len(self._programs)}.log"
        self._programs.append(Program([name, *arguments], self.environment, log))
        return self._programs[-1]

    def simulate(self) -> Program:
        program = self.start("simulate", "--port", str(self.port), "--faults", "0", "--update-every", "3600")
        program.wait_for("Simulated systems ready", 30)
        return program

    def force(self, endpoint_id: str, state: str) -> None:
        httpx.post(f"http://127.0.0.1:{self.port}/control/endpoints/{endpoint_id}", params={"state": state}).raise_for_status()

    def stop(self) -> None:
        for program in self._programs:
            program.kill()
        self.engine.dispose()


@pytest.fixture
def stack(empty_store_url: str, tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path, empty_store_url)
    try:
        done = run(["init", "--province", "11", "--probe-base-port", str(free_run(PROBED))], made.environment, tmp_path, within_s=90)
        assert done.returncode == 0, done
        yield made
    finally:
        made.stop()


def free_run(count: int) -> int:
    """The first of so many free ports in a row, below those that the kernel gives out."""
    while True:
        base = random.randrange(20_000, 32_000 - count)
        with ExitStack() as bound:
            try:
                for port in range(base, base + count):
                    bound.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return base


def count(engine: Engine, table: Any, *conditions: Any) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())


def state_of(engine: Engine, endpoint_id: str) -> str:
    with engine.connect() as connection:
        s = schema.endpoint_state.c
        return str(connection.execute(select(s.state).where(s.endpoint_id == endpoint_id)).scalar_one())


def newest_runs(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return {row.feed: row for row in connection.execute(select(schema.feed_runs).order_by(schema.feed_runs.c.id))}


def test_systems_speak_the_worker_hears_and_trouble_passes(stack: Stack) -> None:
    engine, r = stack.engine, schema.feed_runs.c
    simulator = stack.simulate()
    worker = stack.start("worker")
    wait_until(lambda: count(engine, schema.endpoint_state) == PROBED + REPORTED, 30, lambda: worker.output)
    wait_until(lambda: count(engine, schema.feed_runs, r.item.like("op-%")) == OPERATORS * REPORTS, 60, lambda: worker.output)
    wait_until(lambda: "dossiers" in newest_runs(engine), 30, lambda: worker.output)
    _check_counts(engine)

    stack.force("E11-020", "up")
    wait_until(lambda: state_of(engine, "E11-020") == "up", 10)
    stack.force("E11-020", "down")
    assert wait_until(lambda: state_of(engine, "E11-020") == "down", 10) < 5

    assert simulator.end() == 0
    wait_until(lambda: count(engine, schema.endpoint_state, schema.endpoint_state.c.state == "down") >= PROBED, 15, lambda: worker.output)
    wait_until(lambda: newest_runs(engine)["endpoints-mcu"].error_code == "run.no_connection", 30, lambda: worker.output)
    assert count(engine, schema.endpoint_state) == PROBED + REPORTED
    stack.simulate()
    wait_until(lambda: count(engine, schema.endpoint_state, schema.endpoint_state.c.state == "up") > 100, 15, lambda: worker.output)
    wait_until(lambda: newest_runs(engine)["endpoints-mcu"].error_code is None, 30, lambda: worker.output)
    time.sleep(3)
    assert count(engine, schema.feed_runs, r.item.like("op-%")) == OPERATORS * REPORTS  # the reports of before are not sent again
    assert worker.end() == 0
    assert "Traceback" not in worker.output


def _check_counts(engine: Engine) -> None:
    with engine.connect() as connection:
        r = schema.feed_runs.c
        reports = connection.execute(select(schema.feed_runs).where(r.item.like("op-%"))).all()
        dossiers = connection.execute(select(schema.feed_runs).where(r.feed == "dossiers").order_by(r.id)).first()
    assert {(row.state, row.rows_read, row.rows_rejected) for row in reports} == {("ok", VILLAGES, 0)}
    assert {row.rows_added + row.rows_changed + row.rows_unchanged for row in reports} == {VILLAGES}
    assert dossiers is not None
    assert (dossiers.state, dossiers.rows_read, dossiers.rows_rejected) == ("ok", CENTRES, 0)
