"""Answers over HTTP(S) for every connector that asks for something: one total deadline, one limit of bytes, one word for every fault.

Bytes count as they are after unpacking, over all the answers of one visit. Nothing that is raised or shown holds a key, a password or the
query of an address.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx
from pydantic import BaseModel, Field, field_validator

from feeds import web_login
from feeds.errors import ContentError, FetchError
from feeds.fetching import Visit
from feeds.web_tls import context, fault

T = TypeVar("T")
TRANSIENT_STATUS = {408, 425, 429}
STATUS_CODES = {
    401: "run.http_denied",
    403: "run.http_denied",
    404: "run.http_not_found",
    407: "run.proxy",
    410: "run.http_not_found",
}


class WebOptions(BaseModel):
    """Whom to ask, as whom, and through what. ca_file, cert_file, key_file: PEM, absolute or relative to the feeds file."""

    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)
    api_key: str = ""
    api_key_name: str = "X-API-Key"
    api_key_in: Literal["header", "query"] = "header"
    oauth2: web_login.OAuth2 | None = None
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    proxy: str = ""

    @field_validator("url")
    @classmethod
    def _http(cls, url: str) -> str:
        return http_address(url)

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, proxy: str) -> str:
        return http_address(proxy) if proxy else proxy


@dataclass(frozen=True)
class Answer:
    """data: unpacked. url: the whole address that was asked, which may hold secrets."""

    status: int
    headers: httpx.Headers
    data: bytes
    url: str


def http_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("http:// or https:// address expected")
    return url


def shown(url: str) -> str:
    """The address without user, password and query, which may hold secrets."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


class Session:
    """Answers within one visit: they share its deadline and its limit of bytes."""

    def __init__(self, client: httpx.AsyncClient, options: WebOptions, visit: Visit) -> None:
        self._client = client
        self._options = options
        self._visit = visit
        self._taken = 0

    async def get(self, url: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to one question. query: added to what the address asks already. A login that is refused is renewed once.

        Raises FetchError for any status but 2xx and 304, ContentError for too many bytes.
        """
        return await self.send("GET", url, query, headers)

    async def send(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: str | None = None,
    ) -> Answer:
        """The same for another method than GET, with a body."""
        asked = httpx.URL(url).copy_merge_params({**self._key_in("query"), **self._options.query, **(query or {})})
        own = {**(headers or {}), **self._key_in("header"), **self._options.headers}
        answer = await self._send(method, asked, {**own, **await self._login()}, content)
        if answer.status == 401 and self._options.oauth2 is not None:
            web_login.forget(self._visit.memory)
            answer = await self._send(method, asked, {**own, **await self._login()}, content)
        check_status(answer)
        return answer

    def _key_in(self, place: str) -> dict[str, str]:
        options = self._options
        return {options.api_key_name: options.api_key} if options.api_key and options.api_key_in == place else {}

    async def _login(self) -> dict[str, str]:
        oauth2 = self._options.oauth2
        if oauth2 is None:
            return {}
        header = web_login.remembered(self._visit.memory, oauth2)
        if header is None:
            url, headers, form = web_login.question(oauth2)
            answer = await self._send("POST", httpx.URL(url), headers, form)
            header = web_login.learn(self._visit.memory, oauth2, answer.status, answer.data, shown(url))
        return {"Authorization": header}

    async def _send(self, method: str, url: httpx.URL, headers: Mapping[str, str], content: str | None = None) -> Answer:
        async with self._client.stream(method, url, headers=dict(headers), content=content) as response:
            data = await self._body(response) if response.status_code != 304 else b""
            return Answer(response.status_code, response.headers, data, str(url))

    async def _body(self, response: httpx.Response) -> bytes:
        limit = self._visit.max_bytes
        wrong = response.status_code >= 300
        if not wrong and self._taken + int(response.headers.get("content-length") or 0) > limit:
            raise self._too_large(response)
        parts = bytearray()
        async for part in response.aiter_bytes():
            parts += part
            self._taken += len(part)
            if self._taken > limit:
                if wrong:
                    break
                raise self._too_large(response)
        return bytes(parts)

    def _too_large(self, response: httpx.Response) -> ContentError:
        return ContentError("run.too_large", limit=self._visit.max_bytes, url=shown(str(response.url)))


def check_status(answer: Answer) -> None:
    """Raises FetchError when the answer is a refusal, a fault, or a redirection: following one could carry a key elsewhere."""
    status, address = answer.status, shown(answer.url)
    if 300 <= status < 400 and status != 304:
        raise FetchError("run.http_redirect", status=status, url=address, location=shown(answer.headers.get("location", "")))
    if status >= 400:
        code = "run.http_server_error" if status >= 500 else STATUS_CODES.get(status, "run.http_refused")
        raise FetchError(code, transient=status >= 500 or status in TRANSIENT_STATUS, status=status, url=address)


def refuse_page(answer: Answer) -> None:
    """Raises ContentError for a web page where data was expected; the body tells, many services send data as "text/html"."""
    if "html" in answer.headers.get("content-type", "") and answer.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b""):
        raise ContentError("run.html_instead", url=shown(answer.url))


def ask(options: WebOptions, visit: Visit, work: Callable[[Session], Awaitable[T]]) -> T:
    """What `work` makes of its answers. Raises FetchError or ContentError with the fault's own code, whatever goes wrong on the way."""
    try:
        return asyncio.run(_within(options, visit, work))
    except TimeoutError as error:
        raise FetchError("run.timeout", transient=True, url=shown(options.url)) from error
    except (httpx.HTTPError, ssl.SSLError) as error:  # what TLS says after its handshake comes through httpx as it is
        raise _meaning(error, options) from error


async def _within(options: WebOptions, visit: Visit, work: Callable[[Session], Awaitable[T]]) -> T:
    # httpx's own timeouts are per read: a server that drips a byte now and then would run on for ever.
    async with asyncio.timeout(visit.left_s), _client(options, visit) as client:
        return await work(Session(client, options, visit))


@asynccontextmanager
async def _client(options: WebOptions, visit: Visit) -> AsyncIterator[httpx.AsyncClient]:
    secure = any(url.startswith("https") for url in (options.url, options.proxy, options.oauth2.token_url if options.oauth2 else ""))
    files = (options.ca_file, options.cert_file, options.key_file)
    verify: Any = context(*(visit.base / name if name else None for name in files)) if secure else False
    proxy = options.proxy or None
    async with httpx.AsyncClient(timeout=None, verify=verify, proxy=proxy, trust_env=False) as client:  # noqa: S113 - see `_within`
        yield client


def _meaning(error: Exception, options: WebOptions) -> FetchError | ContentError:
    url = shown(options.url)
    secured = fault(error)
    if secured is not None:
        return FetchError(secured[0], url=url, detail=secured[1])
    if isinstance(error, httpx.DecodingError):
        return ContentError("run.encoding_of_transfer", url=url)
    if isinstance(error, httpx.ProxyError):
        return FetchError("run.proxy", transient=True, url=url, status=str(error)[:60])
    if isinstance(error, httpx.ConnectError) and options.proxy:
        return FetchError("run.no_connection", transient=True, url=f"{url} ← {shown(options.proxy)}")
    if isinstance(error, httpx.ConnectError):
        return FetchError("run.no_connection", transient=True, url=url)
    if isinstance(error, httpx.RemoteProtocolError):
        return FetchError("run.cut_off", transient=True, url=url)
    return FetchError("run.broken_off", transient=True, url=url)
