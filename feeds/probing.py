"""A round of probes: which addresses a probe takes, all of them within one deadline, spread out, so many at once; one row for each.

An address is ``host:port`` (TCP) or says by its scheme which probe it is meant for: ``sip:host:5060``, ``https://host/path``,
``icmp:host``. A feed that names its own ``targets`` probes those, not the endpoints of the store.
"""

from __future__ import annotations

import asyncio
import errno
import random
import re
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, field_validator

from feeds.errors import FetchError
from feeds.fetching import Content, Fetched, Layout, Visit

SCHEMES = ("tcp", "http", "https", "tls", "icmp", "sip", "snmp")
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z]+):(?!\d+$))?(?://)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^/:\s\[\]?#]+)(?::(?P<port>\d+))?(?P<path>/\S*)?"
)
ROOM_S = 0.5  # kept of the run's time for what follows the round


class Options(BaseModel):
    """spread_s: the probes of a round start within it, not all at once; concurrency: so many at a time.

    targets: id → address of what is probed instead of the store's endpoints.
    """

    spread_s: float = Field(default=0.3, ge=0, le=60)
    concurrency: int = Field(default=64, ge=1, le=1000)
    targets: dict[str, str] = Field(default_factory=dict)

    @field_validator("targets")
    @classmethod
    def _addresses(cls, targets: dict[str, str]) -> dict[str, str]:
        for text in targets.values():
            if parse_address(text) is None:
                raise ValueError(f"'{text}' is no address; expected: host:port, or with a scheme of {', '.join(SCHEMES)}")
        return targets


@dataclass(frozen=True)
class Address:
    """scheme: empty for a plain host:port; port: 0 when none is named; path: with its slash; url: as it was written."""

    scheme: str
    host: str
    port: int
    path: str
    url: str


class Answer(NamedTuple):
    """What a probe found out. state: up, down, unknown; detail: a word for why, or what it saw; more: further columns of the row."""

    state: str
    detail: str | None = None
    latency_ms: float | None = None
    more: Mapping[str, Any] = {}


Probe = Callable[[Address], Awaitable[Answer]]
Opened = Callable[[], AbstractAsyncContextManager[Probe]]


OURS = {"denied": "run.probe_denied", "untrusted": "run.probe_untrusted", "no_network": "run.no_network"}
OURS |= {"name_service": "run.no_name_service", "unknown_host": "run.unknown_host"}
"""What keeps us from asking, and says nothing about the target: detail → what a feed fails with when no target could be asked."""
NO_ISSUER = (2, 19, 20, 21)  # X509_V_ERR_… of OpenSSL: we do not have the authority that the certificate is of
NO_NETWORK = (errno.ENETUNREACH, errno.ENETDOWN, errno.EPERM, errno.EACCES, errno.EMFILE, errno.ENFILE)


def down(detail: str) -> Answer:
    return Answer("unknown" if detail in OURS else "down", detail)


def why_not(error: BaseException) -> str:
    """The word for an error of the system when a target is asked: unknown_host, refused, unreachable, or one of ours."""
    if isinstance(error, socket.gaierror):
        return "unknown_host" if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)) else "name_service"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return "no_network" if isinstance(error, OSError) and error.errno in NO_NETWORK else "unreachable"


def up_since(started: float, detail: str | None = None, **more: Any) -> Answer:
    """Up, with the time that has passed since `started` (`time.perf_counter`)."""
    return Answer("up", detail, round((time.perf_counter() - started) * 1000, 2), more)


def parse_address(text: str) -> Address | None:
    """None for what is no address."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"] or 0) > 65535 or match["port"] == "0":
        return None
    if match["scheme"] and match["scheme"] not in SCHEMES:
        return None
    return Address(match["scheme"] or "", match["host"].strip("[]"), int(match["port"] or 0), match["path"] or "", text.strip())


def fetch(name: str, schemes: Collection[str], probe: Probe, options: Options, visit: Visit) -> Iterator[Fetched]:
    """One round. schemes: of the addresses that this probe takes; "" among them when it takes plain host:port of endpoints."""
    return fetch_with(name, schemes, lambda: nullcontext(probe), options, visit)


def fetch_with(name: str, schemes: Collection[str], opened: Opened, options: Options, visit: Visit) -> Iterator[Fetched]:
    """The same for a probe that opens something for the whole round."""
    yield Fetched(name, partial(_read, name, schemes, opened, options, visit))


def _read(name: str, schemes: Collection[str], opened: Opened, options: Options, visit: Visit) -> Content:
    targets = options.targets or {key: text for key, text in visit.targets().items() if _scheme(text) in schemes}
    if not targets:
        raise FetchError("run.no_addresses")
    rows = asyncio.run(_round(dict(targets), {"", *schemes}, opened, options, visit.left_s))
    details = {row["detail"] for row in rows}
    if details == {"no_time"}:
        raise FetchError("run.timeout", transient=False, url=name)
    if details <= OURS.keys():
        raise FetchError(OURS[min(details)], count=len(rows), first=min(targets.values()))
    return Content(rows, Layout("rows"), visit.now)


def _scheme(text: str) -> str:
    """The scheme of an endpoint's address; what is none is the plain probe's to complain about."""
    address = parse_address(text)
    return address.scheme if address else ""


async def _round(
    targets: dict[str, str], schemes: Collection[str], opened: Opened, options: Options, left_s: float
) -> list[dict[str, Any]]:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(min(options.concurrency, len(targets))))
    gate = asyncio.Semaphore(options.concurrency)
    until = asyncio.get_running_loop().time() + max(left_s - ROOM_S, left_s / 2)
    async with opened() as probe:
        return await asyncio.gather(*(_row(key, text, schemes, probe, options.spread_s, gate, until) for key, text in targets.items()))


async def _row(
    key: str, text: str, schemes: Collection[str], probe: Probe, spread_s: float, gate: asyncio.Semaphore, until: float
) -> dict[str, Any]:
    try:
        async with asyncio.timeout_at(until):
            await asyncio.sleep(random.uniform(0, spread_s))  # noqa: S311 - spreads load, guards nothing
            address = parse_address(text)
            if address is None or address.scheme not in schemes:
                answer = Answer("unknown", "bad_address")
            else:
                async with gate:
                    answer = await probe(address)
    except TimeoutError:
        answer = Answer("unknown", "no_time")
    return {
        "id": key,
        "endpoint_id": key,
        "system_id": key,
        "state": answer.state,
        "latency_ms": answer.latency_ms,
        "detail": answer.detail,
        "observed_at": datetime.now(UTC),
        **answer.more,
    }
