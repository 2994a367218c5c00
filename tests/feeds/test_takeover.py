"""A leader that does not move, or that the database cannot hear, is replaced; when it wakes up it writes nothing more."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, select

from store import fencing, schema
from store.errors import LeadLostError
from store.write import bump, writing
from tests.feeds.test_pipeline import answer, dossier
from tests.feeds.test_worker import Start, declare, most_received, recorded, server, start, workers
from tests.support.programs import wait_until
from tests.support.relay import Relay
from tests.support.sources import Web, body

pytestmark = pytest.mark.long

__all__ = ["server", "start"]


def by(engine: Engine, pid: int) -> int:
    """How many runs a worker has written down."""
    return sum(row.worker.endswith(f"-{pid}") for row in recorded(engine))


def test_a_frozen_leader_is_replaced_and_does_not_write_when_it_wakes(province: Engine, tmp_path: Path, server: Web, start: Start) -> None:
    declare(tmp_path, server.url(), every_s=1, timeout_s=60)
    asked_twice, go_on = threading.Event(), threading.Event()

    def slow(request: Any) -> None:
        asked_twice.set()
        go_on.wait(60)
        body(answer(dossier(1, received=99)))(request)

    first = start()
    wait_until(lambda: by(province, first.process.pid) == 1, 20, lambda: first.output)
    server.answers["/"] = [slow, body(answer(dossier(1, received=50)))]
    assert asked_twice.wait(20)
    second = start()
    second.wait_for("standing_by")
    first.process.send_signal(signal.SIGSTOP)
    second.wait_for("evicted_leader", 40)
    second.wait_for("leading")
    wait_until(lambda: most_received(province) == 50, 20, lambda: second.output)
    before = by(province, first.process.pid)
    first.process.send_signal(signal.SIGCONT)
    go_on.set()  # what it had asked for before it froze
    first.wait_for("stepping_down", 20)
    wait_until(lambda: first.output.count("standing_by") == 1, 20, lambda: first.output)
    assert most_received(province) == 50
    assert by(province, first.process.pid) == before
    wait_until(lambda: {pid: row.leader for pid, row in workers(province).items()} == {first.process.pid: False, second.process.pid: True})
    assert "Traceback" not in first.output + second.output
    assert first.end() == 0


@pytest.mark.postgres
def test_a_leader_that_the_database_cannot_hear_is_replaced(
    cluster: Any, postgres_url: str, tmp_path: Path, server: Web, start: Start, request: pytest.FixtureRequest
) -> None:
    if request.getfixturevalue("database") != "postgresql":
        pytest.skip("a SQLite store is on the worker's own machine")
    province = request.getfixturevalue("province")
    declare(tmp_path, server.url(), every_s=1)
    with Relay(cluster.port) as relay:
        url = make_url(postgres_url).set(port=relay.port).render_as_string(hide_password=False)
        first = start(IOC_STORE=url)
        wait_until(lambda: by(province, first.process.pid) >= 1, 20, lambda: first.output)
        second = start()
        second.wait_for("standing_by")
        relay.pause()
        second.wait_for("evicted_leader", 40)
        wait_until(lambda: by(province, second.process.pid) >= 1, 20, lambda: second.output)
        relay.cut()
        first.wait_for("stepping_down", 30)
        server.answers["/"] = body(answer(dossier(1, received=61)))
        wait_until(lambda: most_received(province) == 61, 20, lambda: second.output)
        assert recorded(province)[-1].worker.endswith(f"-{second.process.pid}")


def test_only_the_engine_of_the_last_leader_writes(engine: Engine, store_url: str) -> None:
    from store.engine import open_engine

    other = open_engine(store_url)
    for one in (engine, other):
        with writing(one) as connection:
            token = fencing.claim(connection, f"worker-{one is other}")
        fencing.fence(one, token)
    with pytest.raises(LeadLostError) as caught, writing(engine) as connection:
        bump(connection, "units")
    assert caught.value.args_["leader"] == "worker-True"
    with writing(other) as connection:
        bump(connection, "units")
    fencing.unfence(engine)
    with writing(engine) as connection:
        bump(connection, "units")
        assert connection.execute(select(schema.versions.c.version).where(schema.versions.c.layer == "units")).scalar() == 2
    other.dispose()
