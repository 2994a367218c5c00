"""How much is served at once: requests and live streams are counted apart, so that open pages never use up what requests need."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from ioc.security.refusals import Refusals

STREAM = "/api/v1/live"
UNLIMITED = ("/healthz", "/metrics")  # who watches over an overloaded server still gets an answer


class ConcurrencyMiddleware:
    """503 beyond `requests` requests or `streams` streams; a page without its stream polls, and tries again."""

    def __init__(self, app: ASGIApp, requests: int, streams: int, refusals: Refusals) -> None:
        self._app, self._refusals = app, refusals
        self._limits = {"busy": requests, "streams": streams}
        self._open = dict.fromkeys(self._limits, 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNLIMITED:
            await self._app(scope, receive, send)
            return
        kind = "streams" if scope["path"] == STREAM else "busy"
        if self._open[kind] >= self._limits[kind]:
            await self._refusals.answer(scope, kind, 503)(scope, receive, send)
            return
        self._open[kind] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[kind] -= 1
