"""One real server of a province that no test changes, started as `ioc serve` starts it, and raw connections to it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.app import create_app
from ioc.security.connections import StoppableServer, TimedProtocol
from ioc.serve import configuration
from ioc.settings import Settings
from store.engine import open_engine


@dataclass
class Running:
    """A server in this process; `app` is its FastAPI application."""

    port: int
    app: Any

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def says(self, sent: bytes, *, wait_s: float = 20) -> bytes:
        """What comes back for bytes as they are, until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), wait_s) as connection:
            connection.sendall(sent)
            received = b""
            while piece := connection.recv(65_536):
                received += piece
            return received

    def refused(self, reason: str) -> float:
        text = httpx.get(f"{self.url}/metrics", timeout=20).text
        found = [line for line in text.splitlines() if line.startswith(f'ioc_http_refused_total{{reason="{reason}"}}')]
        return float(found[0].split()[1]) if found else 0.0


@contextmanager
def running(store: Path, *, header_s: float = 10.0, **given: Any) -> Iterator[Running]:
    """A server of a SQLite store on a free port of loopback."""
    settings = Settings(store=f"sqlite:///{store}", **given)
    engine = open_engine(settings.store)
    app = create_app(engine, settings).server
    config = configuration(app, settings, 1024)
    config.http = type("Timed", (TimedProtocol,), {"header_s": header_s})
    server = StoppableServer(config, app.state.live)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            yield Running(int(listening.getsockname()[1]), app)
        finally:
            server.should_exit = True
            thread.join(20)
            engine.dispose()


@pytest.fixture(scope="session")
def province_file(_made_province: Path) -> Path:
    """The store of a province that no test changes."""
    return _made_province


@pytest.fixture(scope="session")
def guarded(_made_province: Path) -> Iterator[Running]:
    """Reached at its own addresses and as ioc.example.vn."""
    with running(_made_province, hosts="ioc.example.vn, [2001:db8::7]", max_upload_mb=1, header_s=1.0) as server:
        yield server


@pytest.fixture(scope="session")
def client(guarded: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded.url, timeout=20) as client:
        yield client
