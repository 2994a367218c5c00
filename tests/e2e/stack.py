"""The whole installation on loopback: simulator, worker and dashboard as the processes they are, each stopped and started at will."""

from __future__ import annotations

import os
import re
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from ioc.ports import free_run
from tests.support.programs import Program, run, wait_until
from tests.support.sources import free_port

ENDPOINTS = 150
FIRST_PROBE_PORT = {"master": 21_000, "gw0": 22_000, "gw1": 23_000, "gw2": 24_000, "gw3": 25_000}  # by test process: none takes another's


def _free_probe_ports() -> int:
    return free_run(FIRST_PROBE_PORT[os.environ.get("PYTEST_XDIST_WORKER", "master")], ENDPOINTS)


@dataclass
class Stack:
    """home: folder of everything. Parts are started by their name and stopped by it."""

    home: Path
    port: int = field(default_factory=free_port)
    simulator_port: int = field(default_factory=free_port)
    probe_base_port: int = field(default_factory=_free_probe_ports)
    parts: dict[str, Program] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "IOC_HOME": str(self.home),
            "IOC_STORE": f"sqlite:///{self.home}/ioc.db",
            "IOC_SIMULATOR_PORT": str(self.simulator_port),
        }

    def init(self, *options: str) -> None:
        """Make the store: the sample province, or what the options of `ioc init` say."""
        sample = ("--province", "11", "--probe-base-port", str(self.probe_base_port))
        done = run(["init", *(options or sample)], self.environment, self.home, within_s=60)
        assert done.returncode == 0, done.stdout + done.stderr

    def copied(self, home: Path) -> Stack:
        """The same before anything of it ran, in another folder and on other ports of its own; endpoints keep theirs."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        return Stack(home, probe_base_port=self.probe_base_port)

    def configure(self, pattern: str, replacement: str) -> None:
        """Change the feeds file before the worker starts."""
        path = self.home / "feeds.toml"
        text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"))
        assert count, f"{pattern!r} is not in {path}"
        path.write_text(text, encoding="utf-8")

    def start_simulator(self) -> None:
        arguments = ["simulate", "--port", str(self.simulator_port), "--folder", str(self.home / "drop"), "--faults", "0"]
        self._start("simulator", arguments)
        wait_until(lambda: self._answers(f"http://127.0.0.1:{self.simulator_port}/control/endpoints"), 30, lambda: self._tail("simulator"))

    def start_worker(self) -> None:
        self._start("worker", ["worker"])

    def start_dashboard(self) -> None:
        self._start("dashboard", ["serve", "--port", str(self.port)], module="ioc.cli")
        wait_until(lambda: self._answers(f"{self.url}/healthz"), 30, lambda: self._tail("dashboard"))

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        self.parts.pop(name).end(number)

    def stop_all(self) -> None:
        for part in self.parts.values():
            part.kill()
        self.parts.clear()

    def control(self, endpoint_id: str, state: str) -> None:
        """Open or close one endpoint's listener: up | down | auto."""
        url = f"http://127.0.0.1:{self.simulator_port}/control/endpoints/{endpoint_id}"
        httpx.post(url, params={"state": state}, timeout=10).raise_for_status()

    def get(self, path: str) -> Any:
        return httpx.get(self.url + path, timeout=20).raise_for_status().json()

    def wait_for_states(self) -> None:
        """Until every probed endpoint has a state and the dossiers are in."""

        def known() -> bool:
            states = self.get("/api/v1/state").get("endpoints", {})
            return len(states) == ENDPOINTS and "unknown" not in states.values()

        wait_until(known, 60, lambda: self._tail("worker"))

    def _start(self, name: str, arguments: list[str], module: str = "feeds") -> None:
        self.parts[name] = Program(arguments, self.environment, self.home / f"{name}.log", module=module)

    def _answers(self, url: str) -> bool:
        try:
            return httpx.get(url, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _tail(self, name: str) -> str:
        return f"{name}: " + self.parts[name].output[-2000:]
