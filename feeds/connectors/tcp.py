"""A probe: opens a TCP connection to every endpoint with an address, and says which answered and how fast."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from functools import partial

from pydantic import Field

from feeds import probing
from feeds.fetching import Fetched, Visit
from feeds.probing import Address, Answer, down, up_since

QUEUE = "probes"


class Options(probing.Options):
    """connect_timeout_s: no answer within it means down."""

    connect_timeout_s: float = Field(default=1.0, gt=0, le=30)


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """One round of probes of ``host:port`` and ``tcp:host:port``."""
    return probing.fetch("tcp", ("", "tcp"), partial(_probe, options), options, visit)


async def _probe(options: Options, address: Address) -> Answer:
    if not address.port:
        return Answer("unknown", "bad_address")
    started = time.perf_counter()
    detail = await _knock(address.host, address.port, options.connect_timeout_s)
    return down(detail) if detail else up_since(started)


async def _knock(host: str, port: int, timeout_s: float) -> str | None:
    """None when the connection opened, else why not: timeout, or what `probing.why_not` says."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as door:
        door.setblocking(False)
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.get_running_loop().sock_connect(door, (host, port))
        except TimeoutError:
            return None if _is_connected(door) else "timeout"
        except OSError as error:
            return probing.why_not(error)
    return None


def _is_connected(door: socket.socket) -> bool:
    """The clock may have run out only because this process did not get to run: the system knows whether the door is open."""
    try:
        door.getpeername()
    except OSError:
        return False
    return True
