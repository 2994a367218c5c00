"""Servers from Debian that tests start for themselves: own configuration, free ports of loopback, stopped at the end.

What the packages start on their own is neither needed nor touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest


def program(name: str, package: str) -> str:
    """Path of a server's program; the test is skipped, saying why, where it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"needs {name}: apt-get install {package}")
    return found


class Daemon:
    """A server process in the foreground; `log` is what it wrote."""

    def __init__(self, command: Sequence[str], log: Path, ready: Callable[[], bool]) -> None:
        self._command = command
        self._log = log
        self._ready = ready
        self.start()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        with self._log.open("ab") as file:
            self.process = subprocess.Popen(self._command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 15
        while not self._ready():
            assert self.process.poll() is None, f"{self._command[0]} ended with {self.process.returncode}:\n{self.log}"
            assert time.monotonic() < deadline, f"{self._command[0]} is not ready:\n{self.log}"
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


def accepts(port: int) -> Callable[[], bool]:
    """Whether a TCP port of loopback is open."""

    def ready() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return ready
