"""Requests that are not served: one sentence in both languages for whoever asked, a line in the log, a number at /metrics."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from html import escape
from typing import Any

from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import CollectorRegistry, Counter
from starlette.datastructures import Headers
from starlette.types import Scope

from ioc.text import TEXT

LINES, PER_S = 5, 60.0  # log lines for each reason in a minute; the rest is counted
log = logging.getLogger(__name__)


class Refusals:
    """Counts and answers what is refused. Reasons are the codes below `refused.` of the catalogue, each with a `_title`."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float] = time.monotonic) -> None:
        self._counter = Counter("ioc_http_refused", "Requests that were refused", ("reason",), registry=registry)
        self._clock = clock
        self._windows: dict[str, list[float]] = {}  # reason → start of the minute, lines written in it, lines left out

    def note(self, scope: Scope, reason: str, about: str = "") -> None:
        """Count a refusal; at most `LINES` a minute and reason are logged, the next line says how many were left out."""
        self._counter.labels(reason).inc()
        window = self._windows.setdefault(reason, [self._clock(), 0, 0])
        if self._clock() - window[0] >= PER_S:
            window[:2] = [self._clock(), 0]
        if window[1] >= LINES:
            window[2] += 1
            return
        window[1] += 1
        more = f"; {int(window[2])} more before, not logged" if window[2] else ""
        window[2] = 0
        client = (scope.get("client") or ("unknown",))[0]
        path = str(scope.get("path", ""))[:120]
        log.warning("refused (%s): %s %r from %s %s%s", reason, scope.get("method", ""), path, client, about[:200], more)

    def answer(self, scope: Scope, reason: str, status: int, *, about: str = "", **values: object) -> Response:
        """A page for a browser, JSON for a program."""
        self.note(scope, reason, about)
        headers = {"Cache-Control": "no-store", "Vary": "Accept"} | ({"Retry-After": "5"} if status == 503 else {})
        texts = {language: TEXT.text(language, f"refused.{reason}", **values) for language in ("vi", "en")}
        if "text/html" in Headers(scope=scope).get("accept", ""):
            titles = [TEXT.text(language, f"refused.{reason}_title") for language in ("vi", "en")]
            return HTMLResponse(_page(titles, list(texts.values())), status, headers)
        body: dict[str, Any] = {"code": f"refused.{reason}", "message": texts["vi"], "message_en": texts["en"]}
        return JSONResponse({"detail": body}, status, headers)


def _page(titles: list[str], texts: list[str]) -> str:
    (title, title_en), (text, text_en) = (tuple(map(escape, given)) for given in (titles, texts))
    return _PAGE.format(title=title, text=text, title_en=title_en, text_en=text_en)


_PAGE = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ margin: 12vh auto; max-width: 44rem; padding: 0 1.5rem; background: #0a101b; color: #e6edf7; overflow-wrap: anywhere;
font: 18px/1.6 "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }} section + section {{ color: #a9b8cc; }}
</style></head>
<body><main><section><h1>{title}</h1><p>{text}</p></section>
<section lang="en"><h2>{title_en}</h2><p>{text_en}</p></section></main></body></html>
"""
