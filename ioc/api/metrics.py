"""Metrics for Prometheus, and the clock that times every answer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.api.context import Context
from ioc.metrics import Metrics

STREAM = "text/event-stream"
PAGES = "page"
_OTHER_VERSION = re.compile(r";\s*version=(?!(?:0\.0\.1|0\.0\.4|1\.0\.0)\s*(?:[;,]|$))[^;,]*")


def router(context: Context) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/metrics", summary="Numbers for Prometheus: feeds, worker, store, streams, answers", response_class=Response)
    async def metrics(request: Request) -> Response:
        encode, content_type = _encoder(request.headers.get("accept", ""))
        body = await asyncio.to_thread(encode, context.metrics.registry)
        return Response(body, media_type=content_type, headers={"Cache-Control": "no-store"})

    return routes


def _encoder(accept: str) -> tuple[Callable[[CollectorRegistry], bytes], str]:
    """The form that was asked for; a version that nobody has heard of counts as none."""
    return choose_encoder(_OTHER_VERSION.sub("", accept))


class TimingMiddleware:
    """Notes how long each answer took, by its route's pattern: the number of series stays small whatever is asked."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer: dict[str, Any] = {"status": "500", "stream": False}

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer["status"] = str(message["status"])
                answer["stream"] = any(name == b"content-type" and value.startswith(STREAM.encode()) for name, value in message["headers"])
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, noting)
        finally:
            if not answer["stream"]:
                labels = (_route(scope), _method(scope), answer["status"])
                self._metrics.answered.labels(*labels).observe(time.perf_counter() - started)


def _route(scope: Scope) -> str:
    """The pattern that answered: "/api/v1/summary"; every page of Dash is "page"."""
    path = str(getattr(scope.get("route"), "path", "") or "")
    return path if path.startswith("/") and not path.startswith("/{") else PAGES


def _method(scope: Scope) -> str:
    return str(scope["method"]) if scope["method"] in ("GET", "HEAD", "POST") else "other"
