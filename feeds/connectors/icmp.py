"""A probe: an echo request (ping) to every target, and says which answered and how fast."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_address

import ping3
from ping3 import errors
from pydantic import Field

from feeds import probing
from feeds.errors import FetchError
from feeds.fetching import Fetched, Visit
from feeds.probing import Address, Answer, down

QUEUE = "probes"
PAYLOAD_BYTES = 56


class Options(probing.Options):
    """answer_timeout_s: for one request; attempts: so many requests before it is down."""

    answer_timeout_s: float = Field(default=1.0, gt=0, le=30)
    attempts: int = Field(default=2, ge=1, le=10)


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """One round of ``icmp:host``. Raises FetchError where the system lets this process send no echo requests."""
    try:
        _open(socket.AF_INET).close()
    except PermissionError as error:
        raise FetchError("run.icmp_not_permitted") from error
    return probing.fetch("icmp", ("icmp",), partial(_probe, options), options, visit)


async def _probe(options: Options, address: Address) -> Answer:
    if address.port:
        return Answer("unknown", "bad_address")
    answer = down("timeout")
    for _ in range(options.attempts):
        answer = await asyncio.get_running_loop().run_in_executor(None, _ping, address.host, options.answer_timeout_s)
        if answer.state == "up":
            break
    return answer


def _ping(host: str, timeout_s: float) -> Answer:
    """One request and its answer; blocks for no longer than `timeout_s`."""
    try:
        with _open(_family(host)) as door:
            mark, number = secrets.randbelow(65536), secrets.randbelow(65536)  # a raw socket hears the answers to others too
            ping3.send_one_ping(sock=door, dest_addr=host, icmp_id=mark, seq=number, size=PAYLOAD_BYTES)
            delay_s = ping3.receive_one_ping(sock=door, icmp_id=mark, seq=number, timeout=timeout_s)
    except errors.HostUnknown as error:
        return down(probing.why_not(error.__cause__ or error.__context__ or socket.gaierror(socket.EAI_NONAME)))
    except errors.Timeout:
        return down("timeout")
    except errors.PingError:
        return down("unreachable")
    except OSError as error:
        return down(probing.why_not(error))
    return Answer("up", None, round(delay_s * 1000, 2)) if delay_s is not None else down("timeout")


def _family(host: str) -> socket.AddressFamily:
    try:
        return socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        return socket.AF_INET


def _open(family: socket.AddressFamily) -> socket.socket:
    """The socket that needs no rights where the system has opened it to our group, else the raw one. Raises PermissionError."""
    protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    try:
        return socket.socket(family, socket.SOCK_DGRAM, protocol)
    except PermissionError:
        return socket.socket(family, socket.SOCK_RAW, protocol)
