"""Every source that the table breaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.faults.feeds.asked import Database, Messages
from bench.faults.feeds.canary import SECRET, Canary
from bench.faults.feeds.common import Source
from bench.faults.feeds.dropped import Sheets
from bench.faults.feeds.odd_answers import Pages, Values
from bench.faults.feeds.odd_files import OddFiles
from bench.faults.feeds.served import Certificates, House, Secure, Served
from bench.faults.stage import Stage


@contextmanager
def sources(stage: Stage) -> Iterator[list[Source]]:
    """They run until the end of the block."""
    with ExitStack() as ends:
        certificates = Certificates(stage.home)
        plain, secured = House(), House(certificates.context)
        ends.callback(plain.close)
        ends.callback(secured.close)
        canary = Canary(stage.home / "inner" / "feeds.csv", f"Mã thôn;Ngày;4G\n{SECRET};01/01/2026;có\n", stage.server)
        ends.callback(canary.close)
        messages = Messages(stage.home / "broker")
        ends.callback(messages.broker.stop)
        yield [
            Served("http", "H", "HTTP JSON", plain),
            Secure(secured, certificates),
            Sheets("csv", "op-a", stage.home / "drop"),
            Sheets("xlsx", "op-b", stage.home / "drop"),
            Database(stage.home / "other.db"),
            messages,
            Pages(plain),
            Values(plain),
            OddFiles("op-c", stage.home / "any", canary),
        ]
