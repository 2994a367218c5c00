"""A dashboard process on a store of its own, for benchmarks: started, measured from outside, stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from feeds.default.init import init_province
from store.engine import open_engine

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    url: str
    port: int
    pid: int
    store: str

    def cpu_s(self) -> float:
        """Processor seconds the process has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory_mb(self) -> float:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def dashboard(store: str) -> Iterator[Served]:
    """`ioc serve` on a store that exists."""
    port = free_port()
    environment = os.environ | {"IOC_STORE": store, "IOC_LOG_LEVEL": "WARNING"}
    process = subprocess.Popen([sys.executable, "-m", "ioc.cli", "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/healthz", timeout=5).status_code == 200:
                    break
            time.sleep(0.1)
        yield Served(url, port, process.pid, store)
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def province_store(code: str = "11") -> Iterator[str]:
    """A fresh store with the default province, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ioc-bench-"))
    store = f"sqlite:///{folder}/ioc.db"
    try:
        engine = open_engine(store)
        init_province(engine, code)
        engine.dispose()
        yield store
    finally:
        shutil.rmtree(folder)
