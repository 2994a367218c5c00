"""Starts the processes that read bytes of others, gives them work, and ends those that take too much or too long.

They are kept for the next file, because their libraries take a second to load; while all are at work another is started, so that a hostile
file delays nobody else.
"""

from __future__ import annotations

import atexit
import os
import pickle
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from feeds.errors import ContentError
from feeds.journal import trouble
from feeds.parsing.answers import loads
from feeds.parsing.child import LENGTH
from feeds.parsing.limits import FEED, Limits

MOST_PROCESSES = 3
IDLE_S = 60.0
"""After so long without work all but one are ended."""
START_WITHIN_S = 60.0
_PIECE_BYTES = 1 << 20

_TOO_MUCH_MEMORY = (-signal.SIGABRT, -signal.SIGKILL)
"""How a process ends that C++ refuses more memory, or that the kernel ends for the memory of the machine."""

T = TypeVar("T")


class _Ended(Exception):
    """The process ended in the middle of its work. status: as subprocess gives it; late: it was ended for its time."""

    def __init__(self, status: int | None, *, late: bool = False) -> None:
        super().__init__(str(status))
        self.status = status
        self.late = late


class _Process:
    """One process."""

    def __init__(self) -> None:
        self.used_at = time.monotonic()
        environment = {"PYTHONUTF8": "1", "TMPDIR": tempfile.gettempdir(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        environment |= {"MALLOC_ARENA_MAX": "2", "PROJ_NETWORK": "OFF", "GDAL_DRIVER_PATH": "disable"}
        start = "import sys; sys.path[:] = sys.argv[1:]; from feeds.parsing.child import main; main()"
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", start, *(path or os.getcwd() for path in sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            close_fds=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        try:
            self._receive(time.monotonic() + START_WITHIN_S)  # "ready"
        except (EOFError, _Ended) as error:
            raise OSError(f"a process to read files in did not start: {self.end()}") from error

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, question: Any, wall_s: float) -> Any:
        """The answer. Raises _Ended; the process is gone then."""
        deadline = time.monotonic() + wall_s
        body = pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        try:
            self._send(LENGTH.pack(len(body)) + body, deadline)
            return self._receive(deadline)
        except (BrokenPipeError, EOFError) as error:
            raise _Ended(self.end()) from error

    def _send(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            self._wait_for(self._to, select.POLLOUT, deadline)
            rest = rest[os.write(self._to, rest[:_PIECE_BYTES]) :]

    def _receive(self, deadline: float) -> Any:
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
        return loads(self._read(length, deadline))

    def _read(self, size: int, deadline: float) -> bytearray:
        data = bytearray()
        while len(data) < size:
            self._wait_for(self._from, select.POLLIN, deadline)
            piece = os.read(self._from, min(_PIECE_BYTES, size - len(data)))
            if not piece:
                raise EOFError
            data += piece
        return data

    def _wait_for(self, pipe: int, event: int, deadline: float) -> None:
        waiting = select.poll()
        waiting.register(pipe, event)
        if not waiting.poll(max(0.0, deadline - time.monotonic()) * 1000):
            self._process.kill()
            raise _Ended(self.end(), late=True)

    def end(self) -> int | None:
        """Let it end, by force when it does not; how it ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                with suppress(BrokenPipeError):  # it has ended before it had heard everything
                    pipe.close()
        try:
            return self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class Parsers:
    """The processes of this one. Any thread may ask."""

    def __init__(self, most: int = MOST_PROCESSES) -> None:
        self._idle: list[_Process] = []
        self._guard = threading.Lock()
        self._places = threading.BoundedSemaphore(most)
        self._closed = False

    def run(self, function: Callable[..., Any], *arguments: Any, limits: Limits = FEED) -> Any:
        """What `function`, which a module of ours holds, makes of the arguments there.

        Raises what it raises with a code, and ContentError for work that takes too much memory or time or fails in an unforeseen way, with
        a reference that is in the log. A process that somebody else ended is not held against the content: it is read once more.
        """
        work = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        with self._places:
            try:
                answer = self._ask(work, limits)
            except _Ended as ended:
                if ended.late or ended.status != -signal.SIGKILL:
                    raise _given_up(ended, limits) from ended
                answer = self._ask_again(work, limits)
        outcome, value = answer
        return _result(outcome, value, limits)

    def _ask(self, work: bytes, limits: Limits) -> Any:
        process = self._take()
        answer = process.ask((work, limits), limits.wall_s)
        self._give_back(process)
        return answer

    def _ask_again(self, work: bytes, limits: Limits) -> Any:
        try:
            return self._ask(work, limits)
        except _Ended as ended:
            raise _given_up(ended, limits) from ended

    def _take(self) -> _Process:
        """The one that worked last, so that the others come to rest; a new one when all are at work."""
        with self._guard:
            gone = [process for process in self._idle if not process.alive]
            self._idle = [process for process in self._idle if process.alive]
            taken = self._idle.pop() if self._idle else None
        for process in gone:
            process.end()
        return taken or _Process()

    def _give_back(self, process: _Process) -> None:
        process.used_at = time.monotonic()
        with self._guard:
            idle = [*self._idle, process]
            self._idle = [] if self._closed else [*(one for one in idle[:-1] if process.used_at - one.used_at < IDLE_S), process]
            spare = [one for one in idle if one not in self._idle]
        for one in spare:
            one.end()

    def pids(self) -> list[int]:
        """Of the processes that wait for work."""
        with self._guard:
            return [process.pid for process in self._idle]

    def close(self) -> None:
        """End those that wait for work, and keep none from now on."""
        with self._guard:
            self._closed, idle, self._idle = True, self._idle, []
        for process in idle:
            process.end()


def _result(outcome: str, value: Any, limits: Limits) -> Any:
    if outcome == "value":
        try:
            return loads(value)
        except pickle.UnpicklingError as error:
            raise _broke("run.unforeseen", str(error)) from error
    if outcome == "said":
        raise value
    if outcome == "memory":
        raise _broke("run.parse_memory", "memory", limit_mb=limits.memory_bytes // 1_000_000)
    raise _broke("run.unforeseen", str(value))


def _given_up(ended: _Ended, limits: Limits) -> ContentError:
    if ended.late:
        return _broke("run.parse_time", "time", limit_s=int(limits.wall_s))
    if ended.status == -signal.SIGXCPU:
        return _broke("run.parse_time", "processor time", limit_s=limits.cpu_s)
    if ended.status in _TOO_MUCH_MEMORY:
        return _broke("run.parse_memory", f"ended with {ended.status}", limit_mb=limits.memory_bytes // 1_000_000)
    return _broke("run.unforeseen", f"the process that read it ended with {ended.status}")


def _broke(code: str, trace: str, **values: object) -> ContentError:
    """An error for content that broke what reads it; what is known of it is in the log under the same reference."""
    reference = secrets.token_hex(4)
    trouble("content_broke_its_reader", reference=reference, code=code, trace=trace)
    return ContentError(code, reference=reference, **values)


_own: list[Parsers] = []
_own_guard = threading.Lock()


def apart(function: Callable[..., T], *arguments: Any, limits: Limits = FEED) -> T:
    """`function(*arguments)` in a process of its own, see `Parsers.run`."""
    with _own_guard:
        if not _own:
            _own.append(Parsers())
            atexit.register(_own[0].close)
    result: T = _own[0].run(function, *arguments, limits=limits)
    return result
