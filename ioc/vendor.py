"""Third-party scripts and icons, served from installed packages under a hash of their content: nothing comes from another host."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response

from ioc.api.responses import IMMUTABLE, packed

SCRIPTS = {"maplibre-gl.js": "maplibre/srcjs/maplibre-gl.js"}
STYLES = ("flask_bootstrap/static/bootstrap5/css/bootstrap.min.css", "maplibre/srcjs/maplibre-gl.css")
SPRITE = "flask_bootstrap/static/bootstrap5/icons/bootstrap-icons.svg"


def package_file(relative: str) -> Path:
    """A file of an installed package, found without importing the package."""
    package, _, rest = relative.partition("/")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"package {package} is not installed; run make demo again")
    return Path(spec.origin).parent / rest


@cache
def digest() -> str:
    """One hash over all of them: it changes when a package is upgraded."""
    total = hashlib.sha256()
    for relative in (*SCRIPTS.values(), SPRITE):
        total.update(package_file(relative).read_bytes())
    return total.hexdigest()[:12]


@cache
def _body(name: str) -> bytes:
    return gzip.compress(package_file(SCRIPTS[name]).read_bytes(), 6, mtime=0)


@cache
def icons() -> dict[str, str]:
    """Every Bootstrap icon by its name, as a drawing of its own: a page loads the few it shows, not a font of two thousand."""
    sprite = package_file(SPRITE).read_text("utf-8")
    symbols = re.findall(r'<symbol[^>]*viewBox="([^"]+)"[^>]*id="([^"]+)">(.*?)</symbol>', sprite, re.DOTALL)
    return {name: f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{paths}</svg>' for box, name, paths in symbols}


def url(name: str) -> str:
    return f"/vendor/{digest()}/{name}"


def router() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/vendor/{version}/icons/{name}.svg")
    def icon(version: str, name: str) -> Response:
        drawing = icons().get(name) if version == digest() else None
        if drawing is None:
            raise HTTPException(404)
        return Response(drawing, media_type="image/svg+xml", headers={"Cache-Control": IMMUTABLE})

    @routes.get("/vendor/{version}/{name:path}")
    def vendored(version: str, name: str) -> Response:
        if name not in SCRIPTS or version != digest():
            raise HTTPException(404)
        return packed(_body(name), "text/javascript")

    return routes
