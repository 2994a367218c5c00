"""Connections below the application: a request has to say what it wants in time and in few bytes, and a stop does not wait for streams."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_S = 10.0
HEADER_BYTES = 64_000
log = logging.getLogger(__name__)


class TimedProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose clients have `HEADER_S` and `HEADER_BYTES` for the head of a request (Slowloris)."""

    header_s = HEADER_S
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._deadline is not None and self._head_bytes > HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.header_s, self._refuse, b"408 Request Timeout")

    def _head_is_here(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: bytes) -> None:
        self._head_is_here()
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            self.transport.close()


class StoppableServer(Server):
    """Ends open streams first when it is told to stop; requests still at work then have the grace that the configuration gives."""

    def __init__(self, config: Config, live: Any) -> None:
        self._stopping = _Stopping(config.app)
        config.app = self._stopping
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.begun = True
        self._live.close()
        await super().shutdown(sockets)


class _Stopping:
    """A request that is cut off by the stop ends quietly."""

    def __init__(self, app: Any) -> None:
        self._app: ASGIApp = app
        self.begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self.begun or scope["type"] != "http":
                raise
            log.warning("%s %s was cut off by the stop", scope["method"], scope["path"])
