"""Workers that tests of connectors start and kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.programs import Program


@pytest.fixture
def start(tmp_path: Path, store_url: str) -> Iterator[Callable[[], Program]]:
    """Starts a worker on the test's store, with `tmp_path` as its home."""
    started: list[Program] = []

    def launch() -> Program:
        log = tmp_path / f"worker-{len(started)}.log"
        started.append(Program(["worker"], {"IOC_STORE": store_url, "IOC_HOME": str(tmp_path)}, log))
        return started[-1]

    yield launch
    for worker in started:
        worker.kill()
