"""A real province in a real store, made once and copied for every test, and a real server in front of it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine

from feeds.default.init import init_province
from ioc.app import create_app
from ioc.settings import Settings
from ioc.snapshots import Snapshots
from store.engine import open_engine


@pytest.fixture(scope="session")
def _made_province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("province") / "ioc.db"
    engine = open_engine(f"sqlite:///{path}")
    init_province(engine, "11", today=date(2026, 11, 21))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def unchanged(_made_province: Path) -> Iterator[Snapshots]:
    """Snapshots of a province that no test changes: what one test read the next need not read again."""
    engine = open_engine(f"sqlite:///{_made_province}")
    yield Snapshots(engine)
    engine.dispose()


@pytest.fixture
def province_url(_made_province: Path, tmp_path: Path) -> str:
    """A store with Điện Biên as `ioc init` makes it, to change at will."""
    path = tmp_path / "province.db"
    shutil.copy(_made_province, path)
    return f"sqlite:///{path}"


@pytest.fixture
def province(province_url: str) -> Iterator[Engine]:
    engine = open_engine(province_url)
    yield engine
    engine.dispose()


@pytest.fixture
def snapshots(province: Engine) -> Snapshots:
    return Snapshots(province)


@pytest.fixture
def client(province: Engine, province_url: str) -> Iterator[httpx.Client]:
    """A client of a real server of the province on loopback."""
    with served(province, province_url) as client:
        yield client


@contextmanager
def served(engine: Engine, url: str) -> Iterator[httpx.Client]:
    """A client of a real server of any store on loopback."""
    app = create_app(engine, Settings(store=url)).server
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=20) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(10)
