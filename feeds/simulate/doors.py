"""The TCP ports of endpoints: open while an endpoint is up, closed while it is down."""

from __future__ import annotations

import asyncio
import errno

from feeds.errors import CommandError

STAYS_S = 5.0


class _Visitor(asyncio.Protocol):
    """Accepts, waits for the visitor to go, and closes on those who stay."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        asyncio.get_running_loop().call_later(STAYS_S, transport.abort)


class Doors:
    """addresses: endpoint id → host:port."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self._addresses = addresses
        self._open: dict[str, asyncio.Server] = {}

    @property
    def open_count(self) -> int:
        return len(self._open)

    async def open_all(self) -> None:
        """Open every port once, so that a busy one is found at the start. Raises CommandError naming it."""
        for endpoint_id in self._addresses:
            await self._open_one(endpoint_id)

    async def set(self, endpoint_id: str, up: bool) -> None:
        if endpoint_id not in self._addresses or up == (endpoint_id in self._open):
            return
        if up:
            await self._open_one(endpoint_id)
        else:
            self._open.pop(endpoint_id).close()

    async def _open_one(self, endpoint_id: str) -> None:
        host, _, port = self._addresses[endpoint_id].rpartition(":")
        try:
            server = await asyncio.get_running_loop().create_server(_Visitor, host, int(port), reuse_address=True, backlog=16)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError("cli.port_busy", port=port) from error
            raise CommandError("cli.port_refused", port=port, detail=error.strerror or "") from error
        self._open[endpoint_id] = server

    def close_all(self) -> None:
        while self._open:
            self._open.popitem()[1].close()
