"""Names this server answers to. A page of another site whose name is made to point here (DNS rebinding) is known by its Host header."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ioc.security.refusals import Refusals

_AUTHORITY = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)


def authority(text: str) -> tuple[str, str] | None:
    """Name in small letters and port ("" for the usual ones) of a Host header or of an origin without its scheme; None when it is none."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    port = found[2] or ""
    return found[1].strip("[]").lower().rstrip("."), "" if port in ("80", "443") else port


class AllowedHosts:
    """Names and addresses of this server: loopback, the name of the machine, the address it listens on, those of IOC_HOSTS, and the
    address a connection arrived at."""

    def __init__(self, declared: Iterable[str], listens_on: str) -> None:
        self.declared = frozenset(name.strip("[]").lower().rstrip(".") for name in declared)
        self._machine = socket.gethostname().lower()
        unspecified = _address(listens_on) is not None and _address(listens_on).is_unspecified  # type: ignore[union-attr]
        self._names = {"localhost", self._machine, *self.declared, *(() if unspecified else (listens_on.lower(),))}
        self._full_name: str | None = None

    async def allows(self, name: str, arrived_at: str) -> bool:
        """name: as `authority` gives it; arrived_at: this server's own address of the connection."""
        address = _address(name)
        if address is not None:
            return address.is_loopback or name in self._names or address == _address(arrived_at)
        return name in self._names or (name.split(".")[0] == self._machine.split(".")[0] and name == await self._fully_qualified())

    async def _fully_qualified(self) -> str:
        """Asked for late and once: without a name server the answer takes seconds."""
        if self._full_name is None:
            self._full_name = (await asyncio.to_thread(socket.getfqdn)).lower()
        return self._full_name


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class HostsMiddleware:
    """421 for a Host that is none of ours, with the setting to change. WebSockets are not offered at all."""

    def __init__(self, app: ASGIApp, hosts: AllowedHosts, refusals: Refusals) -> None:
        self._app, self._hosts, self._refusals = app, hosts, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            given = Headers(scope=scope).getlist("host")
            named = authority(given[0]) if len(given) == 1 else None
            arrived_at = str((scope.get("server") or ("",))[0])
            if named is None or not await self._hosts.allows(named[0], arrived_at):
                shown = ", ".join(given)[:100]
                await self._refusals.answer(scope, "host", 421, about=f"host {shown!r}", host=shown or "?")(scope, receive, send)
                return
        await self._app(scope, receive, send)
