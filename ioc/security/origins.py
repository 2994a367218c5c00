"""Requests that act come from our own pages or from programs, never from a page of another site that a person happens to have open."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ioc.security.hosts import AllowedHosts, authority
from ioc.security.refusals import Refusals

READS = ("GET", "HEAD", "OPTIONS")
OWN_SITES = ("same-origin", "none")


def is_own(headers: Headers, hosts: AllowedHosts) -> bool:
    """By `Sec-Fetch-Site` where a browser sends it, and by `Origin`. A program sends neither.

    Behind a proxy that changes Host, the origin is a name of IOC_HOSTS and the browser says same-origin.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in OWN_SITES:
        return False
    if origin is None:
        return True
    scheme, _, rest = origin.partition("://")
    named = authority(rest) if scheme in ("http", "https") else None
    if named is None:
        return False
    return named == authority(headers.get("host", "")) or (site == "same-origin" and named[0] in hosts.declared)


class OriginsMiddleware:
    """403 for whatever acts and comes from another site."""

    def __init__(self, app: ASGIApp, hosts: AllowedHosts, refusals: Refusals) -> None:
        self._app, self._hosts, self._refusals = app, hosts, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in READS:
            headers = Headers(scope=scope)
            if not is_own(headers, self._hosts):
                about = f"origin {headers.get('origin', '')[:100]!r}, site {headers.get('sec-fetch-site', '')[:20]!r}"
                await self._refusals.answer(scope, "origin", 403, about=about)(scope, receive, send)
                return
        await self._app(scope, receive, send)
