"""Bodies of requests: read whole before anything else happens, up to a size, and not slower than a bad line."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.security.refusals import Refusals

CALLBACKS = "/_dash-update-component"  # the only address that takes files
SMALL_BYTES = 64_000
DRAINED_BYTES, DRAIN_S = 100_000_000, 5.0  # a browser reads the answer only when it has sent what it wanted to


@dataclass(frozen=True)
class Pace:
    """A body may pause for `idle_s`; after `grace_s` it has to bring `least_bytes_s` on average."""

    idle_s: float = 10.0
    grace_s: float = 20.0
    least_bytes_s: float = 4_000.0


class BodyTooLargeError(Exception):
    """The body is longer than allowed."""


class BodiesMiddleware:
    """413 for a body beyond the limit, with or without a Content-Length; 408 for one that does not arrive."""

    def __init__(self, app: ASGIApp, max_bytes: int, refusals: Refusals, pace: Pace | None = None) -> None:
        self._app, self._max_bytes, self._refusals, self._pace = app, max_bytes, refusals, pace or Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        limit = self._max_bytes if scope["path"] == CALLBACKS else SMALL_BYTES
        try:
            body = await self._read(scope, receive, limit)
        except BodyTooLargeError:
            await self._too_large(scope, receive, send, limit)
        except TimeoutError:
            answer = self._refusals.answer(scope, "slow", 408)
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
        else:
            if body is not None:
                await self._app(scope, _again(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive, limit: int) -> bytes | None:
        """The body; None when the client left. Raises BodyTooLargeError and TimeoutError."""
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isascii() or not declared.isdigit() or int(declared[:15]) > limit:
            raise BodyTooLargeError
        body, clock = bytearray(), asyncio.get_running_loop().time
        started = clock()
        while True:
            left = self._pace.grace_s + len(body) / self._pace.least_bytes_s - (clock() - started)
            message = await asyncio.wait_for(receive(), max(0.0, min(self._pace.idle_s, left)))
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if len(body) > limit:
                raise BodyTooLargeError
            if not message.get("more_body", False):
                return bytes(body)

    async def _too_large(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        answer = self._refusals.answer(scope, "too_large", 413, limit=_size(limit))
        answer.headers["Connection"] = "close"
        await send({"type": "http.response.start", "status": 413, "headers": answer.raw_headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        try:
            await asyncio.wait_for(_drain(receive), DRAIN_S)
        except TimeoutError:
            self._refusals.note(scope, "slow")
        await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive) -> None:
    read = 0
    while read < DRAINED_BYTES:
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body in one piece, then whatever comes: that the client left."""
    pieces = [body]

    async def replayed() -> Message:
        if pieces:
            return {"type": "http.request", "body": pieces.pop(), "more_body": False}
        return await receive()

    return replayed


def _size(limit: int) -> str:
    return f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1000} kB"
