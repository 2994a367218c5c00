"""Who is shown what stood in rejected rows: this machine, and the networks of IOC_ROW_READERS."""

from __future__ import annotations

from contextvars import ContextVar
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

EVERYONE = "*"
_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded")
MAY_READ: ContextVar[bool] = ContextVar("may_read_rows", default=False)


def may_read_rows() -> bool:
    """Whether the request that is being answered comes from where rejected rows may be read."""
    return MAY_READ.get()


class RowReaders:
    """Addresses and networks, beside this machine; "*" for everyone. Raises ValueError for what is neither."""

    def __init__(self, declared: str) -> None:
        names = [name.strip() for name in declared.split(",") if name.strip()]
        self._everyone = EVERYONE in names
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(name, strict=False) for name in names if name != EVERYONE]

    def has(self, scope: Scope) -> bool:
        """By the address that the request comes from, or that a believed proxy names: such an address has no port.

        A proxy that is not in IOC_PROXIES hides who asks; its own address, often this machine's, says nothing then.
        """
        if self._everyone:
            return True
        host, port = scope.get("client") or ("", 0)
        if port and any(name in Headers(scope=scope) for name in _FORWARDED):
            return False
        try:
            address = ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return mapped.is_loopback or any(mapped in network for network in self._networks)


class RowReadersMiddleware:
    """Notes for each request whether it may see rejected rows."""

    def __init__(self, app: ASGIApp, readers: RowReaders) -> None:
        self._app, self._readers = app, readers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            MAY_READ.set(self._readers.has(scope))
        await self._app(scope, receive, send)
