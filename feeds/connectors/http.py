"""A service that answers over HTTP with JSON, CSV or a spreadsheet."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import httpx
from pydantic import BaseModel, Field, field_validator

from feeds.errors import ContentError, FetchError
from feeds.fetching import Content, Fetched, Layout, Visit

TRANSIENT_STATUS = {408, 425, 429}
STATUS_CODES = {401: "run.http_denied", 403: "run.http_denied", 404: "run.http_not_found", 410: "run.http_not_found"}


class Options(BaseModel):
    """url: http:// or https://; headers: sent as they are; records: dotted path to the list in a JSON answer."""

    url: str
    format: Literal["json", "csv", "xlsx"] = "json"
    records: str = ""
    header_row: int = Field(default=1, ge=1)
    sheet: str = ""
    headers: dict[str, str] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _http(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("http:// or https:// address expected")
        return url


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """The one answer there is."""
    yield Fetched(shown(options.url), partial(_read, options, visit), partial(_settle, visit))


def shown(url: str) -> str:
    """The address without user, password and query, which may hold secrets."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


def _settle(visit: Visit, taken: bool) -> None:
    """Ask "changed since?" only about an answer that was taken."""
    validators = visit.memory.pop("offered", None)
    if taken and validators is not None:
        visit.memory["validators"] = validators


def _read(options: Options, visit: Visit) -> Content:
    try:
        return asyncio.run(_within(options, visit))
    except TimeoutError as error:
        raise FetchError("run.timeout", transient=True, url=shown(options.url)) from error
    except httpx.ConnectError as error:
        raise FetchError("run.no_connection", transient=True, url=shown(options.url)) from error
    except httpx.RemoteProtocolError as error:
        raise FetchError("run.cut_off", transient=True, url=shown(options.url)) from error
    except httpx.TransportError as error:
        raise FetchError("run.broken_off", transient=True, url=shown(options.url), detail=type(error).__name__) from error
    except httpx.DecodingError as error:
        raise ContentError("run.encoding_of_transfer", url=shown(options.url)) from error


async def _within(options: Options, visit: Visit) -> Content:
    # httpx's own timeouts are per read: a server that drips a byte now and then would run on for ever.
    async with asyncio.timeout(visit.left_s):
        return await _answer(options, visit)


async def _answer(options: Options, visit: Visit) -> Content:
    headers = {**visit.memory.get("validators", {}), **options.headers}
    verify: Any = _tls() if options.url.startswith("https") else False
    async with (
        httpx.AsyncClient(timeout=None, verify=verify, trust_env=False) as client,  # noqa: S113 - the total deadline is `_within`
        client.stream("GET", options.url, headers=headers) as response,
    ):
        layout = Layout(options.format, options.records, options.header_row, options.sheet)
        if response.status_code == 304:
            return Content(b"", layout, visit.now, unchanged=True)
        _check(response, options)
        data = await _body(response, visit.max_bytes, options)
        visit.memory["offered"] = _validators(response)
        return Content(data, layout, _said_at(response, visit.now))


def _check(response: httpx.Response, options: Options) -> None:
    status = response.status_code
    address = shown(options.url)
    if 300 <= status < 400:
        raise FetchError("run.http_redirect", status=status, url=address, location=shown(response.headers.get("location", "")))
    if status >= 400:
        transient = status >= 500 or status in TRANSIENT_STATUS
        code = "run.http_server_error" if status >= 500 else STATUS_CODES.get(status, "run.http_refused")
        raise FetchError(code, transient=transient, status=status, url=address)
    if "html" in response.headers.get("content-type", "") and options.format != "xlsx":
        raise ContentError("run.html_instead", url=address)


async def _body(response: httpx.Response, limit: int, options: Options) -> bytes:
    if int(response.headers.get("content-length") or 0) > limit:
        raise ContentError("run.too_large", limit=limit, url=shown(options.url))
    parts = bytearray()
    async for part in response.aiter_bytes():
        parts += part
        if len(parts) > limit:
            raise ContentError("run.too_large", limit=limit, url=shown(options.url))
    return bytes(parts)


def _validators(response: httpx.Response) -> dict[str, str]:
    asked = {"If-None-Match": response.headers.get("etag"), "If-Modified-Since": response.headers.get("last-modified")}
    return {name: value for name, value in asked.items() if value}


def _said_at(response: httpx.Response, now: datetime) -> datetime:
    try:
        said_at = parsedate_to_datetime(response.headers["last-modified"])
    except (KeyError, ValueError):
        return now
    return min(said_at, now) if said_at.tzinfo else now


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
