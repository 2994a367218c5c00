"""Child processes that are started again when they end by themselves, and that all end when their parent does."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOG_LIMIT_BYTES = 10_000_000
LEAST_GRACE_S = 3.0
Tell = Callable[..., None]


@dataclass(frozen=True)
class Program:
    """What to run. log: its output is added to this file; None: it writes to our own output."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path | None = None


@dataclass(frozen=True)
class Patience:
    """How long to wait before each new start, and after how long a run counts as sound."""

    pauses_s: Sequence[float] = (1, 2, 4, 8)
    sound_after_s: float = 60
    grace_s: float = 25


class ChildFailedError(Exception):
    """A child ended again and again. tail: the last lines it wrote."""

    def __init__(self, program: Program, exit_code: int) -> None:
        super().__init__(program.name)
        self.program, self.exit_code = program, exit_code
        self.tail = last_lines(program.log)


@dataclass
class Child:
    """One program and its present process."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    start_again: float | None = None


@dataclass
class Supervisor:
    """Starts programs, watches over them, ends them. `tell(code, **values)` hears what happens."""

    tell: Tell
    patience: Patience = field(default_factory=Patience)
    children: list[Child] = field(default_factory=list)

    def start(self, program: Program) -> Child:
        child = Child(program, spawn(program), time.monotonic())
        self.children.append(child)
        return child

    def watch(self) -> None:
        """Look at every child once. Raises ChildFailedError when one has used up its patience."""
        for child in self.children:
            self._look_at(child, time.monotonic())

    def end(self, hurried: Event | None = None) -> None:
        """End the children one after the other, the last one started first, as it may still need the others.

        Who has not ended when the grace is over, or when somebody is in a hurry, is killed.
        """
        over_at = time.monotonic() + self.patience.grace_s
        for child in reversed(self.children):
            if child.process.poll() is None:
                self._end_one(child, max(over_at, time.monotonic() + LEAST_GRACE_S), hurried or Event())
        self.children.clear()

    def _end_one(self, child: Child, over_at: float, hurried: Event) -> None:
        child.process.terminate()
        while child.process.poll() is None:
            if time.monotonic() >= over_at or hurried.is_set():
                self.tell("demo.killed", name=child.program.name)
                child.process.kill()
                child.process.wait()
            time.sleep(0.02)

    def _look_at(self, child: Child, now: float) -> None:
        if child.start_again is not None:
            if now >= child.start_again:
                child.process, child.started, child.start_again = spawn(child.program), now, None
            return
        exit_code = child.process.poll()
        if exit_code is not None:
            self._plan_restart(child, exit_code, now)

    def _plan_restart(self, child: Child, exit_code: int, now: float) -> None:
        if now - child.started >= self.patience.sound_after_s:
            child.failures = 0
        if child.failures >= len(self.patience.pauses_s):
            raise ChildFailedError(child.program, exit_code)
        pause_s = self.patience.pauses_s[child.failures]
        child.failures += 1
        child.start_again = now + pause_s
        self.tell("demo.restart", name=child.program.name, ending=ending(exit_code), pause_s=f"{pause_s:g}", log=child.program.log)


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own, so that Ctrl-C reaches only the parent, which then ends its children in order."""
    parent = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def die_with_parent() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    output = None if program.log is None else _open_log(program.log)
    try:
        return subprocess.Popen(  # noqa: S603 - the caller chooses the program
            list(program.command),
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
            process_group=0,
        )
    finally:
        if output is not None:
            os.close(output)


def last_lines(log: Path | None, count: int = 15) -> list[str]:
    if log is None or not log.exists():
        return []
    return log.read_text(errors="replace").splitlines()[-count:]


def ending(exit_code: int) -> str:
    """How a process ended: its exit code, or the signal that ended it."""
    if exit_code >= 0:
        return str(exit_code)
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return str(exit_code)


def _open_log(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
