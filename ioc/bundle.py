"""The page's own scripts and all its styles, each as one file under the hash of its content: two requests instead of thirty, kept for ever.

The files in `assets/` are put together in the order of their names; styles of Bootstrap and MapLibre come before them.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response

from ioc import vendor
from ioc.api.responses import packed

ASSETS = Path(__file__).parent.parent / "assets"
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript"}
SOURCE_MAP = re.compile(r"/[*/]# sourceMappingURL=.*?(?:\*/|$)", re.MULTILINE)


@cache
def text(kind: str) -> str:
    """All styles ("css") or all own scripts ("js") as one text."""
    first = [vendor.package_file(relative) for relative in vendor.STYLES] if kind == "css" else []
    parts = [path.read_text("utf-8") for path in (*first, *sorted(ASSETS.glob(f"*.{kind}")))]
    return SOURCE_MAP.sub("", "\n".join(parts))


@cache
def digest(kind: str) -> str:
    return hashlib.sha256(text(kind).encode()).hexdigest()[:12]


def url(kind: str) -> str:
    return f"/bundle/{digest(kind)}/ioc.{kind}"


@cache
def _body(kind: str) -> bytes:
    return gzip.compress(text(kind).encode(), 6, mtime=0)


def router() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/bundle/{version}/ioc.{kind}")
    def bundle(version: str, kind: str) -> Response:
        if kind not in MEDIA_TYPES or version != digest(kind):
            raise HTTPException(404)
        return packed(_body(kind), MEDIA_TYPES[kind])

    return routes
