"""Probes of real listeners: open is up, closed or silent is down, a whole province within two seconds."""

import socket
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.connectors import tcp
from feeds.errors import FetchError
from feeds.fetching import Visit
from tests.support.sources import free_port, listener


def probe(targets: dict[str, str], timeout_s: float = 10.0, **options: float) -> dict[str, dict[str, Any]]:
    visit = Visit(datetime.now(UTC), time.monotonic() + timeout_s, Path(), targets=lambda: targets)
    (fetched,) = tcp.fetch(tcp.Options(**options), visit)  # type: ignore[arg-type]
    rows = fetched.read().data
    assert isinstance(rows, list)
    return {row["endpoint_id"]: row for row in rows}


def test_a_listener_is_up_with_a_latency_and_a_closed_port_is_down() -> None:
    with listener() as port:
        rows = probe({"open": f"127.0.0.1:{port}", "closed": f"127.0.0.1:{free_port()}"})
    assert rows["open"]["state"] == "up"
    assert 0 < rows["open"]["latency_ms"] < 1000
    assert (rows["closed"]["state"], rows["closed"]["detail"], rows["closed"]["latency_ms"]) == ("down", "refused", None)
    assert abs(rows["open"]["observed_at"] - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_port_that_does_not_answer_is_down_after_its_timeout() -> None:
    with socket.socket() as server, ExitStack() as stack:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):  # fill the backlog: further connections get no answer
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        started = time.monotonic()
        rows = probe({"silent": f"127.0.0.1:{server.getsockname()[1]}"}, connect_timeout_s=0.3, spread_s=0)
    assert rows["silent"]["detail"] == "timeout"
    assert time.monotonic() - started < 1.5


def test_a_probe_that_was_held_up_itself_does_not_call_an_endpoint_down() -> None:
    """Something else keeps the process from running for longer than the timeout."""

    def hold_up() -> None:
        while not done.is_set():
            sum(range(3_000_000))  # C code that does not let other threads run

    done = threading.Event()
    hogs = [threading.Thread(target=hold_up) for _ in range(4)]
    for hog in hogs:
        hog.start()
    try:
        with ExitStack() as stack:
            ports = [stack.enter_context(listener()) for _ in range(20)]
            rows = probe({f"E{port}": f"127.0.0.1:{port}" for port in ports}, timeout_s=60, connect_timeout_s=0.05, spread_s=0)
    finally:
        done.set()
        for hog in hogs:
            hog.join()
    assert {row["state"] for row in rows.values()} == {"up"}


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "nonsense"])
def test_an_address_that_is_none_is_unknown_not_down(address: str) -> None:
    assert probe({"x": address})["x"]["state"] == "unknown"


def test_every_endpoint_of_a_province_is_probed() -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(listener()) for _ in range(150)]
        rows = probe({f"E{number}": f"127.0.0.1:{port}" for number, port in enumerate(ports)})
    assert [row["state"] for row in rows.values()] == ["up"] * 150


def test_no_address_at_all_is_said() -> None:
    with pytest.raises(FetchError) as caught:
        probe({})
    assert caught.value.code == "run.no_addresses"
