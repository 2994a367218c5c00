"""Headers that tell a browser what our pages may do: scripts of our own only, in no frame, with no sender's address for others.

Styles inside a page are allowed: AG Grid and MapLibre write them. MapLibre starts its workers from blobs.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>(.*?)</script>", re.DOTALL)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src blob:; child-src blob:; frame-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# A file of its own that needs nothing of us: in a frame of our map page it runs without our origin.
FILE_POLICY = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; script-src 'unsafe-inline' data:; "
    "style-src 'unsafe-inline' data:; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
FILE_HEADERS = {"Content-Security-Policy": FILE_POLICY, "X-Frame-Options": "SAMEORIGIN"}
_NO_DEVICES = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "midi", "payment", "usb")


def script_hashes(document: str) -> list[str]:
    """The hashes by which a policy allows the scripts inside a document; data in script elements needs none."""
    bodies = dict.fromkeys(_SCRIPT.findall(document))
    return [f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies if body.strip()]


def page_headers(hashes: Iterable[str] = ()) -> dict[str, str]:
    """The headers of every answer; hashes: of the scripts inside the document."""
    return {
        "Content-Security-Policy": PAGE_POLICY.format(hashes="".join(f" {hash_}" for hash_ in hashes)),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join([*(f"{name}=()" for name in _NO_DEVICES), "fullscreen=(self)", "screen-wake-lock=(self)"]),
    }


class HeadersMiddleware:
    """Adds what an answer does not say itself."""

    def __init__(self, app: ASGIApp, hashes: Sequence[str] = ()) -> None:
        self._app, self._headers = app, page_headers(hashes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, adding)
