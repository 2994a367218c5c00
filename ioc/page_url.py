"""Which page a request belongs to, so that the first layout is already the page that was asked for.

Dash fetches its layout by a request of its own; the page's URL is then in the Referer header.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

LAYOUT_PATH = "/_dash-layout"


@dataclass(frozen=True)
class PageUrl:
    path: str = "/map"
    query: str = ""
    href: str = ""

    @property
    def page(self) -> str:
        return self.path.strip("/").split("/")[0] or "map"


_current: ContextVar[PageUrl | None] = ContextVar("page_url", default=None)


def current() -> PageUrl:
    """The page of the request at hand; the map outside of one."""
    return _current.get() or PageUrl()


class PageUrlMiddleware:
    """Notes the page's URL for the time of a request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = _current.set(_page_url(scope))
        try:
            await self.app(scope, receive, send)
        finally:
            _current.reset(token)


def _page_url(scope: Scope) -> PageUrl:
    if scope["path"] != LAYOUT_PATH:
        return PageUrl(scope["path"], _with_mark(scope["query_string"].decode("latin-1")))
    headers = dict(scope["headers"])
    referer = headers.get(b"referer", b"").decode("latin-1")
    try:
        parts = urlsplit(referer)
    except ValueError:  # no address at all: the home page
        return PageUrl()
    return PageUrl(parts.path or "/map", _with_mark(parts.query), referer)


def _with_mark(query: str) -> str:
    return f"?{query}" if query else ""
