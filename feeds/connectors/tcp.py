"""A probe: opens a TCP connection to every endpoint with an address, and says which answered and how fast."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import BaseModel, Field

from feeds.errors import FetchError
from feeds.fetching import Content, Fetched, Layout, Visit

QUEUE = "probes"


class Options(BaseModel):
    """connect_timeout_s: no answer within it means down; spread_s: the probes of a round start within it, not all at once."""

    connect_timeout_s: float = Field(default=1.0, gt=0, le=30)
    spread_s: float = Field(default=0.3, ge=0, le=60)
    concurrency: int = Field(default=64, ge=1, le=1000)


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """One round of probes."""
    yield Fetched("tcp", partial(_read, options, visit))


def _read(options: Options, visit: Visit) -> Content:
    targets = visit.targets()
    if not targets:
        raise FetchError("run.no_addresses")
    try:
        rows = asyncio.run(_round(dict(targets), options, visit.left_s))
    except TimeoutError as error:
        raise FetchError("run.timeout", transient=False, url="tcp") from error
    return Content(rows, Layout("rows"), visit.now)


async def _round(targets: dict[str, str], options: Options, left_s: float) -> list[dict[str, Any]]:
    gate = asyncio.Semaphore(options.concurrency)
    async with asyncio.timeout(left_s):
        return await asyncio.gather(*(_probe(key, address, options, gate) for key, address in targets.items()))


async def _probe(endpoint_id: str, address: str, options: Options, gate: asyncio.Semaphore) -> dict[str, Any]:
    await asyncio.sleep(random.uniform(0, options.spread_s))  # noqa: S311 - spreads load, guards nothing
    row: dict[str, Any] = {"endpoint_id": endpoint_id, "latency_ms": None, "detail": None}
    host, _, port = address.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        return row | {"state": "unknown", "detail": "bad_address", "observed_at": datetime.now(UTC)}
    async with gate:
        started = time.perf_counter()
        detail = await _knock(host.strip("[]"), int(port), options.connect_timeout_s)
        took_s = time.perf_counter() - started
    row["observed_at"] = datetime.now(UTC)
    if detail is None:
        return row | {"state": "up", "latency_ms": round(took_s * 1000, 2)}
    return row | {"state": "down", "detail": detail}


async def _knock(host: str, port: int, timeout_s: float) -> str | None:
    """None when the connection opened, else why not: timeout, refused, unreachable."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as door:
        door.setblocking(False)
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.get_running_loop().sock_connect(door, (host, port))
        except TimeoutError:
            return None if _is_connected(door) else "timeout"
        except ConnectionRefusedError:
            return "refused"
        except OSError:
            return "unreachable"
    return None


def _is_connected(door: socket.socket) -> bool:
    """The clock may have run out only because this process did not get to run: the system knows whether the door is open."""
    try:
        door.getpeername()
    except OSError:
        return False
    return True
