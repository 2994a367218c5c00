"""Responses that a browser may keep: immutable bodies by hash, and JSON that it asks about again by ETag."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import Request, Response

IMMUTABLE = "public, max-age=31536000, immutable"


def revalidated(request: Request, payload: Any, tag: str | None = None) -> Response:
    """JSON with an ETag; 304 when the browser already has it. `tag` names the content where hashing it would say too much."""
    body = orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS)
    etag = tag or f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match", "").removeprefix("W/") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def packed(body: bytes, media_type: str) -> Response:
    """A body that is gzip already and never changes under its URL."""
    headers = {"Content-Encoding": "gzip", "Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}
    return Response(body, media_type=media_type, headers=headers)
