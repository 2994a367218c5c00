"""`ioc demo`: the simulated province, the worker and the dashboard together, watched over until Ctrl-C."""

from __future__ import annotations

import http.client
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from urllib.parse import urlsplit

from sqlalchemy import Engine

from ioc.cli_terminal import CommandError, complain, quote, say
from ioc.home import only_one, prepare_home
from ioc.ports import all_free, free_run, is_served, listen
from ioc.serve import address, open_store, warn_of_open_door
from ioc.settings import Settings
from ioc.supervise import ChildFailedError, Program, Supervisor, ending
from store.deployment import move_sample_ports, province_code, sample_ports
from store.engine import open_engine, shown_url
from store.errors import StoreEmptyError
from store.transactions import reading, writing

DEFAULT_PROVINCE = "11"
SIMULATOR_PORT = 8060
PROBE_BASE_PORT = 18_100
PROBED_AT_MOST = 600
LOOK_EVERY_S = 0.1
IMPATIENT_AFTER_S = 30.0


class Demo:
    """One run. province: the code that was asked for; None takes the store's own, or 11 for a new store."""

    def __init__(self, settings: Settings, *, province: str | None = None, timing: bool = False) -> None:
        self.settings, self.province = settings, province
        self.environment = settings.as_environment()
        self.supervisor = Supervisor(complain)
        self.phases = Phases(shown=timing)
        self.stopping, self.hurried = Event(), Event()

    def run(self) -> int:
        """Until Ctrl-C, SIGTERM or SIGHUP; returns the exit code. Raises CommandError and StoreError."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        prepare_home(self.settings.home)
        with only_one(self.settings.home):
            listen(self.settings.host, self.settings.port).close()
            warn_of_open_door(self.settings)
            self.phases.end("checks")
            try:
                self._run()
            except ChildFailedError as error:
                complain("demo.gave_up", name=error.program.name, ending=ending(error.exit_code), log=error.program.log)
                quote(error.tail)
                return 1
            finally:
                self._end_children()
        return 0

    def _run(self) -> None:
        self._ensure_store()
        self.phases.end("store")
        self._start()
        self.phases.end("start")
        if self._watch_until(self._answers_or_hint()):
            self.phases.end("answer")
            self.phases.end("total")
            say("demo.ready", url=address(self.settings))
            say("demo.hint")
            self._watch_until(lambda: False)

    def _ensure_store(self) -> None:
        found = province_of(self.settings)
        if found is None:
            self._make_store(self.province or DEFAULT_PROVINCE)
        elif self.province in (None, found):
            say("demo.resuming", province=found, store=shown_url(self.settings.store))
            free_sample_ports(self.settings)
        else:
            raise CommandError("demo.other_province", store=shown_url(self.settings.store), found=found, asked=self.province)

    def _make_store(self, province: str) -> None:
        say("demo.making", province=province, home=self.settings.home)
        base = free_run(PROBE_BASE_PORT, PROBED_AT_MOST)
        if base != PROBE_BASE_PORT:
            say("demo.probe_ports_moved", usual=PROBE_BASE_PORT, port=base)
        making = self.supervisor.start(self._feeds("init", None, "--province", province, "--probe-base-port", str(base)))
        while making.process.poll() is None and not self.stopping.wait(LOOK_EVERY_S):
            pass
        if making.process.returncode:
            raise CommandError("demo.init_failed", ending=ending(making.process.returncode))
        if not self.stopping.is_set():
            self.supervisor.children.remove(making)

    def _start(self) -> None:
        if self.stopping.is_set():
            return
        port = free_run(SIMULATOR_PORT, 1)
        if port != SIMULATOR_PORT:
            say("demo.ports_moved", usual=SIMULATOR_PORT, port=port)
        self.environment["IOC_SIMULATOR_PORT"] = str(port)
        logs = self.settings.log_folder
        say("demo.starting", logs=logs)
        command = (sys.executable, "-P", "-m", "ioc.cli", "serve")
        self.supervisor.start(Program("dashboard", command, self.environment, logs / "dashboard.log"))
        self.supervisor.start(self._feeds("simulate", logs / "simulator.log", "--port", str(port)))
        if self._watch_until(lambda: is_served(port)):  # the worker's first look is to find its sources
            self.supervisor.start(self._feeds("worker", logs / "worker.log"))

    def _feeds(self, command: str, log: Path | None, *arguments: str) -> Program:
        return Program(command, (sys.executable, "-P", "-m", "feeds", command, *arguments), self.environment, log)

    def _watch_until(self, reached: Callable[[], bool]) -> bool:
        """Watch the children until it is reached (True) or everything is to stop (False). Raises ChildFailedError."""
        while not self.stopping.is_set():
            if reached():
                return True
            self.supervisor.watch()
            self.stopping.wait(LOOK_EVERY_S)
        return False

    def _answers_or_hint(self) -> Callable[[], bool]:
        """Asks the dashboard; says once where to look when the answer takes long."""
        hint_at = [time.monotonic() + IMPATIENT_AFTER_S]

        def asked() -> bool:
            if hint_at and time.monotonic() > hint_at[0]:
                hint_at.clear()
                complain("demo.waiting", log=self.settings.log_folder / "dashboard.log")
            return answers(self.settings)

        return asked

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.stopping.is_set():
            self.hurried.set()
        self.stopping.set()

    def _end_children(self) -> None:
        if self.supervisor.children:
            say("demo.stopping")
            self.supervisor.end(self.hurried)
            say("demo.stopped")


class Phases:
    """How long each phase took, printed when somebody wants to know."""

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown
        self.began = self.last = time.monotonic()

    def end(self, name: str) -> None:
        now = time.monotonic()
        if self.shown:
            say(f"timing.{name}", seconds=f"{now - (self.began if name == 'total' else self.last):.1f}")
        self.last = now


def province_of(settings: Settings) -> str | None:
    """The code of the store's province; None when there is no store yet. An older schema is brought up to date."""
    try:
        engine = open_store(settings)
    except StoreEmptyError:
        return None
    with closing_engine(engine), reading(engine) as connection:
        return province_code(connection)


def free_sample_ports(settings: Settings) -> None:
    """Give the invented endpoints other ports when somebody took one of theirs since the last run."""
    engine = open_engine(settings.store)
    with closing_engine(engine):
        with reading(engine) as connection:
            ports = sample_ports(connection)
        if all_free(ports):
            return
        base = free_run(PROBE_BASE_PORT, len(ports))
        say("demo.probe_ports_moved", usual=ports[0], port=base)
        with writing(engine) as connection:
            move_sample_ports(connection, base)


@contextmanager
def closing_engine(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def answers(settings: Settings) -> bool:
    """The dashboard says that its store is there."""
    place = urlsplit(address(settings))
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
