"""A probe: an OPTIONS request (RFC 3261 §11) to every target; whatever final answer comes, somebody is there who speaks SIP."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Iterator
from functools import partial
from typing import Literal

from aiosipua.message import SipMessage, SipRequest, SipResponse
from pydantic import Field

from feeds import probing
from feeds.fetching import Fetched, Visit
from feeds.probing import Address, Answer, down, up_since

QUEUE = "probes"
DEFAULT_PORT = 5060
FIRST_REPEAT_S, LONGEST_REPEAT_S = 0.5, 4.0  # T1 and T2 of RFC 3261 §17.1.2.2
MOST_BYTES = 65_536


class Options(probing.Options):
    """transport: udp repeats the request until it is answered. answer_timeout_s: for a final answer."""

    transport: Literal["udp", "tcp"] = "udp"
    answer_timeout_s: float = Field(default=3.0, gt=0, le=32)


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """One round of ``sip:host:port``; port 5060 when none is named."""
    return probing.fetch("sip", ("sip",), partial(_probe, options), options, visit)


async def _probe(options: Options, address: Address) -> Answer:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(options.answer_timeout_s):
            ask = _ask_tcp if options.transport == "tcp" else _ask_udp
            status = await ask(address.host, address.port or DEFAULT_PORT)
    except TimeoutError:
        return down("timeout")
    except ConnectionRefusedError:
        return down("refused")
    except (ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return down("broken_off")
    except OSError as error:
        return down(probing.why_not(error))
    return down(f"sip_{status}") if 500 <= status < 600 else up_since(started, f"sip_{status}")


def _request(host: str, port: int, transport: str, local: tuple[str, int]) -> SipRequest:
    shown, here = (f"[{name}]" if ":" in name else name for name in (host, local[0]))
    request = SipRequest(method="OPTIONS", uri=f"sip:{shown}:{port}")
    request.set_header("Via", f"SIP/2.0/{transport} {here}:{local[1]};rport;branch=z9hG4bK{secrets.token_hex(8)}")
    request.set_header("Max-Forwards", "70")
    request.set_header("From", f"<sip:ioc@{here}>;tag={secrets.token_hex(8)}")
    request.set_header("To", f"<sip:{shown}:{port}>")
    request.set_header("Call-ID", secrets.token_hex(16))
    request.set_header("CSeq", "1 OPTIONS")
    request.set_header("Contact", f"<sip:ioc@{here}:{local[1]};transport={transport.lower()}>")
    request.set_header("Accept", "application/sdp")
    return request


def _final(data: bytes, request: SipRequest) -> int | None:
    """The status of a final answer to `request`; None for one that is provisional or to something else. Raises ValueError."""
    answer = SipMessage.parse(data)
    if not isinstance(answer, SipResponse) or answer.call_id != request.call_id or answer.status_code < 200:
        return None
    return answer.status_code


async def _ask_udp(host: str, port: int) -> int:
    loop = asyncio.get_running_loop()
    (family, kind, protocol, _, there), *_ = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    with socket.socket(family, kind, protocol) as door:
        door.setblocking(False)
        door.connect(there)  # so that a closed port is said, and only its answers are heard
        request = _request(host, port, "UDP", door.getsockname()[:2])
        wait_s = FIRST_REPEAT_S
        while True:
            await loop.sock_sendall(door, bytes(request))
            try:
                async with asyncio.timeout(wait_s):
                    while (status := _final(await loop.sock_recv(door, MOST_BYTES), request)) is None:
                        pass
                    return status
            except TimeoutError:
                wait_s = min(2 * wait_s, LONGEST_REPEAT_S)


async def _ask_tcp(host: str, port: int) -> int:
    reader, writer = await asyncio.open_connection(host, port, limit=MOST_BYTES)
    try:
        request = _request(host, port, "TCP", writer.get_extra_info("sockname")[:2])
        writer.write(bytes(request))
        while (status := _final(await reader.readuntil(b"\r\n\r\n"), request)) is None:
            pass
        return status
    finally:
        writer.transport.abort()
