"""A probe: asks every target for its web page, and says which answered as it should and how fast."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import httpx
from pydantic import Field

from feeds import probing
from feeds.errors import FetchError
from feeds.fetching import Fetched, Visit
from feeds.probing import Address, Answer, down, up_since

QUEUE = "probes"
DENIED = (401, 407)  # somebody is there, and asks us for a password
MOST_BYTES = 1_000_000  # of an answer in which a text is looked for


class Options(probing.Options):
    """answer_timeout_s: for the whole answer. expect_status: of a sound answer; any below 400 when none is given.

    expect_text: must stand in the first megabyte of the answer. ca_file: whom to trust instead of the system's authorities.
    """

    answer_timeout_s: float = Field(default=5.0, gt=0, le=60)
    expect_status: list[int] = Field(default_factory=list)
    expect_text: str = ""
    ca_file: Path | None = None


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """One round of ``http://…`` and ``https://…``."""
    trust = visit.base / options.ca_file if options.ca_file else None
    try:
        context = _trusting(trust)
    except OSError as error:
        raise FetchError("run.certificate_unreadable", detail=str(error)) from error
    return probing.fetch("http", ("http", "https"), partial(_probe, options, context), options, visit)


@cache
def _trusting(file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=file)


async def _probe(options: Options, context: ssl.SSLContext, address: Address) -> Answer:
    url = address.url if address.scheme else f"http://{address.url}"
    try:
        async with asyncio.timeout(options.answer_timeout_s):
            return await _ask(options, context, url)
    except TimeoutError:
        return down("timeout")
    except httpx.ConnectError as error:
        return down(_why_not(error))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return down("broken_off")


async def _ask(options: Options, context: ssl.SSLContext, url: str) -> Answer:
    started = time.perf_counter()
    async with (
        httpx.AsyncClient(timeout=None, verify=context, trust_env=False) as client,  # noqa: S113 - the total deadline is in `_probe`
        client.stream("GET", url) as response,
    ):
        status = response.status_code
        if status not in options.expect_status if options.expect_status else status >= 400:
            return Answer("unknown", "denied") if status in DENIED else down(f"http_{status}")
        if options.expect_text and not await _says(response, options.expect_text):
            return down("no_text")
        return up_since(started, f"http_{status}")


async def _says(response: httpx.Response, text: str) -> bool:
    read = bytearray()
    async for part in response.aiter_bytes():
        read += part
        if len(read) > MOST_BYTES:
            break
    return text in bytes(read[:MOST_BYTES]).decode(response.charset_encoding or "utf-8", "replace")


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    return "untrusted" if error.verify_code in probing.NO_ISSUER else "certificate"


def _why_not(error: BaseException) -> str:
    """The word for what lies under httpx's and httpcore's errors."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return _certificate(cause) if isinstance(cause, ssl.SSLCertVerificationError) else "tls"
        if isinstance(cause, OSError) and cause.errno is not None:
            return probing.why_not(cause)
        cause = cause.__cause__ or cause.__context__
    return "unreachable"
