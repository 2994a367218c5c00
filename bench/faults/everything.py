"""Every source that the table breaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.faults.asked import Database, Messages
from bench.faults.dropped import Sheets
from bench.faults.served import Certificates, House, Secure, Served
from bench.faults.sources import Source
from bench.faults.stage import Stage


@contextmanager
def sources(stage: Stage) -> Iterator[list[Source]]:
    """They run until the end of the block."""
    with ExitStack() as ends:
        certificates = Certificates(stage.home)
        plain, secured = House(), House(certificates.context)
        ends.callback(plain.close)
        ends.callback(secured.close)
        messages = Messages(stage.home / "broker")
        ends.callback(messages.broker.stop)
        yield [
            Served("http", "H", "HTTP JSON", plain),
            Secure(secured, certificates),
            Sheets("csv", "op-a", stage.home / "drop"),
            Sheets("xlsx", "op-b", stage.home / "drop"),
            Database(stage.home / "other.db"),
            messages,
        ]
