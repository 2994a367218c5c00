"""The dashboard as a process: quick to answer, quick to leave, plain about who can reach it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ioc.cli_terminal import TEXT
from ioc.serve import address, open_store, warn_of_open_door
from ioc.settings import Settings
from store.errors import StoreEmptyError
from tests.support.processes import wait_for


class Served:
    """One `ioc serve` on a store that is there."""

    def __init__(self, store: str, log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = int(server.getsockname()[1])
        self.url, self.log = f"http://127.0.0.1:{self.port}", log
        environment = {**os.environ, "IOC_STORE": store}
        command = [sys.executable, "-m", "ioc.cli", "serve", "--port", str(self.port)]
        with log.open("w") as output:
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def served(province_url, tmp_path) -> Iterator[Served]:
    made = Served(province_url, tmp_path / "serve.log")
    wait_for(made.answers, 60)
    yield made
    made.end(signal.SIGKILL)


def test_it_starts_answers_and_ends(province_url, tmp_path):
    made = Served(province_url, tmp_path / "serve.log")
    try:
        wait_for(made.answers, 60)
    finally:
        assert made.end() == 0
    assert TEXT.both("serve.ready", url=made.url) in made.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_at_once_and_cleanly_though_a_page_is_open(served, number):
    with httpx.stream("GET", f"{served.url}/api/v1/live", timeout=10) as stream:
        assert next(stream.iter_lines())
        assert served.end(number) == 0  # within twenty seconds, though a stream never ends by itself
    assert "Traceback" not in served.log.read_text()
    socket.create_server(("127.0.0.1", served.port)).close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20"])
def test_a_door_open_to_others_is_named(capsys, host):
    warn_of_open_door(Settings(host=host, port=8050))
    assert capsys.readouterr().err == TEXT.both("serve.no_sign_in", host=host, port=8050) + "\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_a_door_of_this_machine_only_is_not(capsys, host):
    warn_of_open_door(Settings(host=host))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8050"),
        ("0.0.0.0", "http://127.0.0.1:8050"),
        ("::", "http://[::1]:8050"),
        ("::1", "http://[::1]:8050"),
        ("ioc.tinh.vn", "http://ioc.tinh.vn:8050"),
    ],
)
def test_the_address_to_open_in_a_browser_of_this_machine(host, url):
    assert address(Settings(host=host)) == url


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(StoreEmptyError):
        open_store(Settings(home=tmp_path / "none"))
    assert not (tmp_path / "none").exists()
