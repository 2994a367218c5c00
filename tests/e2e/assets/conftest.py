"""The scripts alone, in a real Chromium, against a small HTTP server whose stream the test controls."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from ioc.text import TEXT

ASSETS = Path(__file__).parents[3] / "assets"
SCRIPTS = ("10-text.js", "20-clock.js", "30-live.js", "50-selection.js")


class Server:
    """Serves one page, the scripts and a live stream. `stream`: ok, refused (503) or silent (connected, and not a word)."""

    def __init__(self) -> None:
        self.stream = "ok"
        self.ahead = timedelta(0)
        self.state: dict[str, Any] = {"version": 1, "endpoints": {"E1": "up"}, "feeds": {}, "layers": {"coverage": 1}, "times": {}}
        self.body = ""
        self.language = "vi"
        self.open: list[queue.Queue[bytes | None]] = []
        self._http: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), type("Owned", (Handler,), {"owner": self}))
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None
        for stream in self.open:
            stream.put(None)
        self.open = []

    def now(self) -> str:
        return (datetime.now(UTC) + self.ahead).isoformat().replace("+00:00", "Z")

    def ago(self, **age: float) -> str:
        """A moment by this server's clock."""
        return (datetime.now(UTC) + self.ahead - timedelta(**age)).isoformat().replace("+00:00", "Z")

    def event(self, name: str, data: dict[str, Any]) -> bytes:
        return f"id: {self.state['version']}\nevent: {name}\ndata: {json.dumps({**data, 'now': self.now()})}\n\n".encode()

    def change(self, **parts: Any) -> None:
        """Change the state and tell the open streams."""
        self.state["version"] += 1
        for key, value in parts.items():
            self.state[key] = {k: v for k, v in {**self.state[key], **value}.items() if v is not None}
        for stream in self.open:
            stream.put(self.event("change", {**parts, "version": self.state["version"]}))

    def document(self) -> str:
        texts = {key.removeprefix("js."): TEXT.text(self.language, key) for key in TEXT.keys("vi") if key.startswith("js.")}
        scripts = "".join(f'<script src="/assets/{name}"></script>' for name in SCRIPTS)
        ready = "<script>dash_clientside.ioc.map_apply = () => undefined</script>"
        data = json.dumps(texts).replace("<", "\\u003c")
        head = f'<html lang="{self.language}"><head><link rel="icon" href="data:,"></head>'
        own = f'<script type="application/json" id="ioc-text">{data}</script>{self.body}<div id="link-state"></div>'
        return f'<!DOCTYPE html>{head}<body data-page="map">{own}{scripts}{ready}</body></html>'


class Handler(BaseHTTPRequestHandler):
    """One request; `owner` is set on a subclass for each server."""

    owner: Server

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/api/v1/live":
            self.live()
        elif path == "/api/v1/state":
            self.answer(json.dumps({**self.owner.state, "now": self.owner.now()}), "application/json")
        elif path.startswith("/assets/"):
            self.answer((ASSETS / path.split("/")[-1]).read_text(), "text/javascript")
        else:
            self.answer(self.owner.document(), "text/html; charset=utf-8")

    def answer(self, body: str, kind: str) -> None:
        content = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def live(self) -> None:
        if self.owner.stream == "refused":
            self.send_error(503)
            return
        mine: queue.Queue[bytes | None] = queue.Queue()
        if self.owner.stream == "ok":
            mine.put(self.owner.event("state", self.owner.state))
            self.owner.open.append(mine)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.flush()
        while (sent := mine.get()) is not None:
            self.wfile.write(sent)
            self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def show(server: Server, context: BrowserContext) -> Any:
    """Open the page with this body."""

    def opened(body: str = "", language: str = "vi", query: str = "") -> Page:
        server.body, server.language = body, language
        page = context.new_page()
        page.goto(f"{server.url}/map{query}")
        return page

    return opened
