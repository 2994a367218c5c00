"""Processes that tests really start: `python -m feeds …` with its own environment, output kept, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class Program:
    """One running `python -m feeds …`, or another module; `output` is what it wrote so far, on both streams."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path, module: str = "feeds") -> None:
        self._log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, *arguments],
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=clean_environment() | dict(environment),
                cwd=log.parent,
            )

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, text: str, within_s: float = 15.0) -> None:
        def seen() -> bool:
            if self.process.poll() is not None and text not in self.output:
                raise AssertionError(f"ended with {self.process.returncode} before {text!r}:\n{self.output}")
            return text in self.output

        wait_until(seen, within_s, lambda: f"no {text!r} in:\n{self.output}")

    def end(self, number: signal.Signals = signal.SIGTERM, within_s: float = 15.0) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(within_s)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("IOC_")} | {"PYTHONPATH": str(ROOT)}


def run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path, within_s: float = 30.0) -> subprocess.CompletedProcess[str]:
    """Run `python -m feeds …` to its end."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "feeds", *arguments],
        capture_output=True,
        text=True,
        env=clean_environment() | dict(environment),
        cwd=folder,
        timeout=within_s,
    )


def wait_until(reached: Callable[[], bool], within_s: float = 15.0, otherwise: Callable[[], str] = lambda: "not reached in time") -> float:
    """Wait until it is so; how long it took. Fails with what `otherwise` says."""
    started = time.monotonic()
    while not reached():
        assert time.monotonic() - started < within_s, otherwise()
        time.sleep(0.03)
    return time.monotonic() - started
