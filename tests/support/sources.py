"""Real sources on loopback that behave well or badly: an HTTP server whose answers a test sets, and TCP listeners."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """A running server. answers: path, with or without its query → what to do, or a list to be used up one by one (the last stays)."""

    port: int
    scheme: str = "http"
    answers: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/") -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"


@contextmanager
def web(tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Web]:
    """A threaded HTTP server on a free port of loopback; with `tls` an HTTPS server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.asked.append((self.path, dict(self.headers)))
            answer = served.answers.get(self.path) or served.answers[self.path.split("?")[0]]
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                self.close_connection = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def handle(self) -> None:
            try:
                super().handle()
            except ssl.SSLError:
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    served = Web(server.server_address[1], "https" if tls else "http")
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def body(data: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    """An answer with a body; header names are written with underscores."""

    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(data)

    return send


def with_etag(data: bytes, etag: str) -> Answer:
    """An answer that is 304 to whoever has it already."""

    def send(request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("If-None-Match") == etag:
            request.send_response(304)
            request.end_headers()
        else:
            body(data, ETag=etag)(request)

    return send


def dripping(every_s: float = 0.1) -> Answer:
    """An answer that sends a byte now and then and never ends."""

    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        request.close_connection = True
        until = time.monotonic() + 30
        while time.monotonic() < until:
            request.wfile.write(b" ")
            time.sleep(every_s)

    return send


def endless(request: BaseHTTPRequestHandler) -> None:
    """A body without end, as fast as it goes."""
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.end_headers()
    request.close_connection = True
    until = time.monotonic() + 30
    while time.monotonic() < until:
        request.wfile.write(b"[" * 65536)


def cut_off(data: bytes, promised: int) -> Answer:
    """Fewer bytes than the header promised, then the end."""

    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(promised))
        request.end_headers()
        request.wfile.write(data)
        request.close_connection = True

    return send


@contextmanager
def listener(port: int = 0) -> Iterator[int]:
    """A TCP port on loopback that accepts; its number."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen(512)
        yield int(server.getsockname()[1])


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_open(port: int, within_s: float = 20) -> None:
    """Wait until somebody listens on `port`. Raises TimeoutError."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")
