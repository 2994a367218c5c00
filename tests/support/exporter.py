"""A real exporter, Debian's prometheus-node-exporter, that shows what a test writes into a file, and the load of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.daemons import Daemon, accepts, program
from tests.support.sources import free_port


@dataclass(frozen=True)
class Exporter:
    url: str
    folder: Path

    def show(self, text: str) -> None:
        """Show these samples from now on."""
        (self.folder / "test.new").write_text(text, encoding="utf-8")
        (self.folder / "test.new").rename(self.folder / "test.prom")


@contextmanager
def exporter(folder: Path) -> Iterator[Exporter]:
    port = free_port()
    shown = folder / "shown"
    shown.mkdir()
    command = [
        program("prometheus-node-exporter", "prometheus-node-exporter"),
        f"--web.listen-address=127.0.0.1:{port}",
        "--collector.disable-defaults",
        "--collector.loadavg",
        "--collector.textfile",
        f"--collector.textfile.directory={shown}",
    ]
    daemon = Daemon(command, folder / "exporter.log", accepts(port))
    try:
        yield Exporter(f"http://127.0.0.1:{port}/metrics", shown)
    finally:
        daemon.stop()
