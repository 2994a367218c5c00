"""Which page a request belongs to, so that the first layout is already the page that was asked for.

Dash fetches its layout by a request of its own; the page's URL is then in the Referer header.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LAYOUT_PATH = "/_dash-layout"
DASH_DOCUMENT = "catchall"


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

    def __init__(self, app: ASGIApp, is_page: Callable[[str], bool] | None = None) -> None:
        """is_page: whether a path names a page; Dash answers any other path with its document too, which then goes out as a 404."""
        self.app, self.is_page = app, is_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = _current.set(_page_url(scope))
        try:
            await self.app(scope, receive, _not_found(scope, send) if self.is_page and not self.is_page(scope["path"]) else send)
        finally:
            _current.reset(token)


def _not_found(scope: Scope, send: Send) -> Send:
    """The document that Dash gives to every path that nothing else answers says 404 where the path is no page."""

    async def sent(message: Message) -> None:
        whole_site = getattr(scope.get("endpoint"), "__name__", "") == DASH_DOCUMENT
        if message["type"] == "http.response.start" and message["status"] == 200 and whole_site:
            message = {**message, "status": 404}
        await send(message)

    return sent


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
