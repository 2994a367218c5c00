"""Debian's tinyproxy on a free port of loopback."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.sources import free_port, until_open


class ProxyMissing(Exception):
    """This machine has no tinyproxy."""


@dataclass
class Proxy:
    port: int
    log: Path

    def url(self, user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self.port}"


@contextmanager
def tinyproxy(user: str = "") -> Iterator[Proxy]:
    """A running proxy. user: "name word" that must be given. Raises ProxyMissing."""
    program = shutil.which("tinyproxy")
    if program is None:
        raise ProxyMissing("tinyproxy (Debian package tinyproxy-bin)")
    with tempfile.TemporaryDirectory() as folder:
        proxy = Proxy(free_port(), Path(folder) / "log")
        lines = [f"Port {proxy.port}", "Listen 127.0.0.1", "Allow 127.0.0.1", f'LogFile "{proxy.log}"', "LogLevel Connect", "MaxClients 20"]
        lines += [f"BasicAuth {user}"] if user else []
        (Path(folder) / "conf").write_text("\n".join(lines) + "\n")
        with subprocess.Popen([program, "-d", "-c", f"{folder}/conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                until_open(proxy.port)
                yield proxy
            finally:
                running.terminate()
                running.wait(10)
