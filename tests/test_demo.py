"""`ioc demo` for real: simulator, worker and dashboard as processes, from an empty folder to Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ioc.cli_terminal import TEXT
from ioc.demo import province_of
from ioc.ports import free_run
from ioc.settings import Settings
from store.deployment import move_sample_ports, province_code, sample_ports
from store.engine import open_engine
from store.schema import endpoints
from store.transactions import reading, writing
from tests.support.processes import is_running, wait_for

pytestmark = pytest.mark.long

IOC = Path(sys.executable).with_name("ioc")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def command_of(pid: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return []


class Running:
    """One `ioc demo` with everything it says."""

    def __init__(self, home: Path, *arguments: str, port: int | None = None, **environment: str) -> None:
        self.home, self.port = home, port or free_port()
        bare = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
        command = [str(IOC), "demo", "--home", str(home), "--port", str(self.port), "--timing", *arguments]
        self.process = subprocess.Popen(command, env=bare | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))

    def says(self, code: str, **values: object) -> bool:
        return TEXT.both(code, **values) in self.said

    def wait_until_ready(self, timeout_s: float = 90) -> None:
        wait_for(lambda: self.process.poll() is not None or self.says("demo.ready", url=self.url("")), timeout_s)
        assert self.process.poll() is None, self.said

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.url("/healthz"), timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def child(self, word: str) -> int | None:
        """The process id of the child that runs a command; None while none does."""
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            if word in command_of(pid):
                return int(pid)
        return None

    def running(self, word: str) -> int:
        pid = self.child(word)
        assert pid is not None, f"nobody runs {word}: {self.said}"
        return pid

    def children(self) -> list[int]:
        return [self.running(word) for word in ("serve", "simulate", "worker")]

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.ended(30)

    def ended(self, timeout_s: float = 60) -> int:
        """The exit code, once everything it said was heard."""
        code = self.process.wait(timeout_s)
        self._listener.join(10)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.stop(signal.SIGTERM)
        self.ended()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def make(*arguments: Any, **named: Any) -> Running:
        running.append(Running(*arguments, **named))
        return running[-1]

    yield make
    for one in running:
        one.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Running]:
    """A demo from an empty folder that every test of this module may look at; who breaks it mends it."""
    running = Running(tmp_path_factory.mktemp("demo") / "var")
    running.wait_until_ready()
    yield running
    running.close()


def test_an_empty_folder_becomes_a_province(demo):
    assert demo.says("demo.making", province="11", home=demo.home)
    assert demo.health()["store"] == "ok"


def test_every_phase_is_timed(demo):
    assert [line for line in demo.said if " s" in line and re.search(r"took|Until|In all", line)][-1].startswith("Thời gian tổng cộng")
    assert sum("took" in line for line in demo.said) == 3


def test_the_worker_reads_the_simulated_province(demo):
    wait_for(lambda: demo.health()["worker"] == "ok")
    wait_for(lambda: {feed["key"]: feed["state"] for feed in demo.health()["feeds"]}.get("endpoints-probe") == "fresh", 40)
    wait_for(lambda: {feed["key"]: feed["state"] for feed in demo.health()["feeds"]}.get("endpoints-mcu") == "fresh", 40)


def test_only_this_machine_reaches_it(demo):
    listening = subprocess.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"], capture_output=True, text=True, check=True).stdout
    addresses = [line.split()[1] for line in listening.splitlines() if line.split()[3:4] == ["0A"]]
    assert f"0100007F:{demo.port:04X}" in addresses
    assert not [address for address in addresses if address.endswith(f":{demo.port:04X}") and not address.startswith("0100007F")]


def test_a_killed_worker_is_started_again_and_the_dashboard_stays(demo):
    first, dashboard = demo.running("worker"), demo.running("serve")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: any("worker" in line and "SIGKILL" in line for line in demo.said))
    wait_for(lambda: demo.child("worker") not in (None, first))
    wait_for(lambda: demo.health()["worker"] == "ok", 30)
    assert demo.child("serve") == dashboard


def test_a_killed_dashboard_answers_again_on_the_same_port(demo):
    os.kill(demo.running("serve"), signal.SIGKILL)
    wait_for(lambda: any("dashboard" in line and "SIGKILL" in line for line in demo.said))
    wait_for(lambda: answers(demo), 40)


def answers(running: Running) -> bool:
    try:
        return bool(running.health())
    except (OSError, urllib.error.URLError):
        return False


def test_a_second_demo_in_the_same_folder_is_refused(demo, start):
    second = start(demo.home)
    assert second.ended() == 1
    assert second.said[-1] == TEXT.both("demo.running_already", home=demo.home, pid=demo.process.pid)
    assert answers(demo)


def test_a_second_demo_in_another_folder_moves_its_inner_ports(demo, start, tmp_path):
    ours = ports_of(demo.home)
    second = start(tmp_path / "other")
    second.wait_until_ready()
    assert any("simulator uses port" in line for line in second.said)
    assert not set(ours) & set(ports_of(second.home))
    wait_for(lambda: {feed["key"]: feed["state"] for feed in second.health()["feeds"]}.get("endpoints-mcu") == "fresh", 40)
    assert second.stop() == 0


def ports_of(home: Path) -> list[int]:
    engine = open_engine(f"sqlite:///{home / 'ioc.db'}")
    with reading(engine) as connection:
        ports = sample_ports(connection)
    engine.dispose()
    return ports


def test_ctrl_c_ends_everything_cleanly_and_the_next_run_resumes(demo, start):
    """The last look at the shared demo: it ends here."""
    if demo.process.poll() is None:
        children = demo.children()
        assert demo.stop(signal.SIGINT) == 0
        assert not [pid for pid in children if is_running(pid)]
        assert demo.said[-1] == TEXT.both("demo.stopped")
        assert not [line for line in demo.said if "killed" in line and "did not end" in line]
    port_is_free = socket.create_server(("127.0.0.1", demo.port))
    port_is_free.close()
    before = ports_of(demo.home)
    with socket.create_server(("127.0.0.1", before[3])):
        again = start(demo.home, port=demo.port)
        again.wait_until_ready()
    assert again.says("demo.resuming", province="11", store=f"sqlite:///{demo.home / 'ioc.db'}")
    assert any(line == TEXT.both("demo.probe_ports_moved", usual=before[0], port=ports_of(demo.home)[0]) for line in again.said)
    assert again.stop(signal.SIGTERM) == 0


@pytest.mark.postgres
def test_a_database_server_holds_the_province_as_well(cluster, start, tmp_path):
    url = cluster.url(cluster.new_database())
    first = start(tmp_path / "var", IOC_STORE=url)
    first.wait_until_ready()
    wait_for(lambda: first.health()["worker"] == "ok", 40)
    assert first.stop() == 0
    assert not (tmp_path / "var" / "ioc.db").exists()
    again = start(tmp_path / "var", IOC_STORE=url)
    again.wait_until_ready()
    assert again.says("demo.resuming", province="11", store=url)
    assert again.stop() == 0


def test_nothing_outlives_a_demo_that_was_killed(start, tmp_path):
    running = start(tmp_path / "var")
    running.wait_until_ready()
    children = running.children()
    running.process.kill()
    running.ended()
    wait_for(lambda: not [pid for pid in children if is_running(pid)], 30)
    assert not answers(running)


def test_stopping_while_the_store_is_being_made_is_clean_and_leaves_no_half_province(start, tmp_path):
    running = start(tmp_path / "var")
    wait_for(lambda: any("[2/" in line for line in running.said), 30)
    assert running.stop(signal.SIGINT) == 0
    assert province_of(Settings(home=tmp_path / "var")) is None


def test_a_store_of_another_province_is_left_alone(demo, start):
    if demo.process.poll() is None:
        demo.stop()
    asked = start(demo.home, "--province", "40")
    assert asked.ended() == 1
    assert asked.said[-1] == TEXT.both("demo.other_province", store=f"sqlite:///{demo.home / 'ioc.db'}", found="11", asked="40")


def test_an_unknown_province_is_refused(start, tmp_path):
    running = start(tmp_path / "var", "--province", "99")
    assert running.ended() == 1
    assert any("99" in line and "  /  " in line for line in running.said[1:])
    assert "Traceback" not in "\n".join(running.said)


def test_a_worker_that_cannot_run_is_given_up_with_its_last_words(start, tmp_path):
    home = tmp_path / "var"
    home.mkdir()
    (home / "feeds.toml").write_text("[feeds.mcu]\nconector = 'http'\n")
    running = start(home)
    assert running.ended(120) == 1
    assert any(line.startswith("  | ") for line in running.said)
    assert any("worker" in line and "several times in a row" in line for line in running.said)
    assert running.said[-1] == TEXT.both("demo.stopped")
    assert not answers(running)


# ── The store's part ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sample_ports_move_and_real_endpoints_keep_theirs(engine):
    rows = [
        ("E11-001", "127.0.0.1:18100", True),
        ("E11-002", None, True),
        ("E11-003", "127.0.0.1:18101", True),
        ("E1", "127.0.0.1:443", False),
    ]
    with writing(engine) as connection:
        connection.execute(endpoints.insert(), [endpoint(*row) for row in rows])
    with writing(engine) as connection:
        assert sample_ports(connection) == [18100, 18101]
        move_sample_ports(connection, 19_000)
    with reading(engine) as connection:
        kept = {row.id: row.address for row in connection.execute(endpoints.select())}
        assert province_code(connection) is None
    assert kept == {"E11-001": "127.0.0.1:19000", "E11-002": None, "E11-003": "127.0.0.1:19001", "E1": "127.0.0.1:443"}


def test_moving_no_ports_is_nothing(engine):
    with writing(engine) as connection:
        move_sample_ports(connection, 19_000)
        assert sample_ports(connection) == []


def endpoint(endpoint_id: str, address: str | None, synthetic: bool) -> dict[str, Any]:
    same = {
        "level": "commune",
        "lon": 103.0,
        "lat": 21.4,
        "valid_from": date(2004, 8, 31),
        "source": "test",
        "stored_at": datetime.now(UTC),
    }
    return {"id": endpoint_id, "name": endpoint_id, "search_key": endpoint_id, "address": address, "synthetic": synthetic} | same


def test_a_run_of_ports_wide_enough_for_the_largest_province_exists():
    assert free_run(18_100, 600) < 32_768
