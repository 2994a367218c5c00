"""Third-party scripts, styles and fonts, served from installed packages under a hash of their content: nothing comes from another host."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response

from ioc.api.responses import IMMUTABLE, packed

BOOTSTRAP = "flask_bootstrap/static/bootstrap5/css"
FILES = {
    "maplibre-gl.js": ("maplibre/srcjs/maplibre-gl.js", "text/javascript"),
    "maplibre-gl.css": ("maplibre/srcjs/maplibre-gl.css", "text/css"),
    "bootstrap.min.css": (f"{BOOTSTRAP}/bootstrap.min.css", "text/css"),
    "icons/bootstrap-icons.min.css": (f"{BOOTSTRAP}/font/bootstrap-icons.min.css", "text/css"),
    "icons/fonts/bootstrap-icons.woff2": (f"{BOOTSTRAP}/font/fonts/bootstrap-icons.woff2", "font/woff2"),
    "icons/fonts/bootstrap-icons.woff": (f"{BOOTSTRAP}/font/fonts/bootstrap-icons.woff", "font/woff"),
}
STYLES = ("bootstrap.min.css", "icons/bootstrap-icons.min.css", "maplibre-gl.css")
SCRIPTS = ("maplibre-gl.js",)


def package_file(relative: str) -> Path:
    """A file of an installed package, found without importing the package."""
    package, _, rest = relative.partition("/")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"package {package} is not installed; run make demo again")
    return Path(spec.origin).parent / rest


@cache
def digest() -> str:
    """One hash over all vendored files: it changes when a package is upgraded."""
    total = hashlib.sha256()
    for relative, _ in FILES.values():
        total.update(package_file(relative).read_bytes())
    return total.hexdigest()[:12]


@cache
def _body(name: str) -> bytes:
    return gzip.compress(package_file(FILES[name][0]).read_bytes(), 6, mtime=0)


def url(name: str) -> str:
    return f"/vendor/{digest()}/{name}"


def router() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/vendor/{version}/{name:path}")
    def vendored(version: str, name: str) -> Response:
        if name not in FILES or version != digest():
            raise HTTPException(404)
        media_type = FILES[name][1]
        if media_type.startswith("font/"):
            return Response(package_file(FILES[name][0]).read_bytes(), media_type=media_type, headers={"Cache-Control": IMMUTABLE})
        return packed(_body(name), media_type)

    return routes
