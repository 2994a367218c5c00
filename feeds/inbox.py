"""A door where another system delivers: each delivery is on disk before it is answered, and stays there until it is settled.

What is delivered while the store is down, or while nobody takes it, waits in the folder; beyond its bounds the sender is told to come
again. A sender that dawdles is sent away.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from feeds.errors import FetchError
from feeds.journal import Troubles

REQUEST_WITHIN_S = 10.0
MOST_AT_ONCE = 200
STOP_WITHIN_S = 3.0
SUFFIX = ".delivery"


@dataclass(frozen=True)
class Door:
    """Where deliveries come in: a POST to `path` at host:port, with the token as ``Authorization: Bearer``, in ``X-Auth-Token`` or at
    the end of the path. max_waiting: deliveries kept in `folder`; max_bytes: of one."""

    host: str
    port: int
    path: str
    token: str
    folder: Path
    max_bytes: int
    max_waiting: int


class Inbox:
    """Listens from the moment it is made. Raises FetchError when the port cannot be had or the folder not be written."""

    def __init__(self, door: Door, wake: Callable[[], None]) -> None:
        self._door = door
        self._wake = wake
        self._troubles = Troubles()
        self._guard = threading.Lock()
        self._last_ns = 0
        try:
            door.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for unfinished in door.folder.glob("*.part"):
                unfinished.unlink()
        except OSError as error:
            raise FetchError("run.spool_unusable", folder=str(door.folder), detail=error.strerror or "") from error
        self._waiting = len(self.waiting())
        listening = _listening(door)
        self.port = int(listening.getsockname()[1])
        self._server = _server(self._app())
        self._thread = threading.Thread(target=self._server.run, args=([listening],), daemon=True, name=f"inbox-{door.port}")
        self._thread.start()

    def waiting(self) -> list[Path]:
        """What has been delivered and not been settled, oldest first."""
        return sorted(self._door.folder.glob(f"*{SUFFIX}"))

    def settle(self, deliveries: Iterable[Path]) -> None:
        """Forget them."""
        for path in deliveries:
            path.unlink(missing_ok=True)
        with self._guard:
            self._waiting = len(self.waiting())

    def close(self) -> None:
        """Listen no more; what is waiting stays."""
        self._server.should_exit = True
        self._thread.join(STOP_WITHIN_S)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(STOP_WITHIN_S)

    # ── One delivery ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _app(self) -> Starlette:
        door = self._door
        return Starlette(routes=[Route(path, self._deliver, methods=["POST"]) for path in (door.path, door.path + "/{token}")])

    async def _deliver(self, request: Request) -> Response:
        if not self._is_known(request):
            return Response(status_code=401)
        if self._waiting >= self._door.max_waiting:
            self._troubles.begins(self._door.port, "run.inbox_full", waiting=self._waiting)
            return _later()
        try:
            async with asyncio.timeout(REQUEST_WITHIN_S):
                body = await _body(request, self._door.max_bytes)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408, headers={"Connection": "close"})
        if body is None:
            return Response(status_code=413, headers={"Connection": "close"})
        try:
            await asyncio.to_thread(self._keep, body)
        except OSError as error:
            self._troubles.begins(self._door.port, "run.spool_unusable", folder=self._door.folder, detail=error.strerror)
            return _later()
        self._troubles.ends(self._door.port)
        self._wake()
        return Response(status_code=204)

    def _is_known(self, request: Request) -> bool:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        said = (bearer, request.headers.get("x-auth-token", ""), request.path_params.get("token", ""))
        return any(hmac.compare_digest(token.encode(), self._door.token.encode()) for token in said)

    def _keep(self, body: bytes) -> None:
        """On disk, so that it survives this process and the machine. Raises OSError."""
        with self._guard:
            self._last_ns = max(time.time_ns(), self._last_ns + 1)  # in order even when the clock is set back
            part = self._door.folder / f"{self._last_ns:020d}.part"
            try:
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                part.unlink(missing_ok=True)
                raise
            part.rename(part.with_suffix(SUFFIX))
            _sync_folder(self._door.folder)
            self._waiting += 1


def _later() -> Response:
    return Response(status_code=503, headers={"Retry-After": "30"})


async def _body(request: Request, limit: int) -> bytes | None:
    """None when it is larger than `limit`."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > limit:
            return None
    return bytes(parts)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ── The server ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Impatient(H11Protocol):
    """Closes a connection on which no whole request head comes in time: uvicorn waits for one for ever."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.loop.call_later(REQUEST_WITHIN_S, self._give_up)

    def _give_up(self) -> None:
        if getattr(self, "cycle", None) is None and not self.transport.is_closing():
            self.transport.close()


def _listening(door: Door) -> socket.socket:
    """Raises FetchError when the port cannot be had."""
    listening = socket.socket(socket.AF_INET6 if ":" in door.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((door.host, door.port))
        listening.listen(MOST_AT_ONCE)
    except OSError as error:
        listening.close()
        raise FetchError("run.port_refused", port=door.port, detail=error.strerror or "") from error
    return listening


def _server(app: Starlette) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=_Impatient,
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=2,
            server_header=False,
            headers=[("Connection", "close")],  # one delivery each, so that a deadline for each connection is enough
        )
    )
