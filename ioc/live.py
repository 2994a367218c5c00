"""One watcher per process, one serialised event, every open stream.

The store's change signal is read once, the live state is computed once, and the same bytes go to every browser. Full state first, then
only what changed; a browser that comes back with the id of an event this process still knows gets what it missed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import orjson
from sqlalchemy.exc import SQLAlchemyError

from ioc import clock
from ioc.snapshots import Snapshots
from ioc.states import live_state
from store.changes import Watcher
from store.errors import StoreError

BEAT_S = 10.0
TICK_S = 5.0  # states also change by growing old
REMEMBERED = 512
RETRY_MS = 2000
log = logging.getLogger(__name__)


def event(name: str, data: dict[str, Any], id_: str | None = None) -> bytes:
    head = f"id: {id_}\n" if id_ else ""
    return f"{head}event: {name}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The entries of `new` that differ from `old`, one level deep; entries that are gone are None."""
    changed: dict[str, Any] = {}
    for key, value in new.items():
        if isinstance(value, dict):
            before = old.get(key, {})
            inner = {k: v for k, v in value.items() if before.get(k) != v} | {k: None for k in before if k not in value}
            if inner:
                changed[key] = inner
        elif old.get(key) != value:
            changed[key] = value
    return changed


class Link:
    """One event in the chain that every stream walks at its own pace: nothing is copied per stream and nothing is skipped."""

    __slots__ = ("body", "following", "number", "sent")

    def __init__(self, number: int) -> None:
        self.number = number
        self.body = b""
        self.sent = asyncio.Event()
        self.following: Link | None = None


class Live:
    """The live state of one store and the streams that follow it."""

    def __init__(self, snapshots: Snapshots, build: str) -> None:
        self._snapshots = snapshots
        self._run = secrets.token_hex(4)
        self._number = 0
        self._past: deque[tuple[int, bytes]] = deque(maxlen=REMEMBERED)
        self._tail = Link(0)
        self._closing = False
        self.state: dict[str, Any] = {"build": build}
        self.streams = 0

    @property
    def etag(self) -> str:
        return f'"{self._run}-{self._number}"'

    async def run(self) -> None:
        """Follow the store until cancelled; a store that is away is waited for."""
        stop = asyncio.Event()
        watcher = Watcher(self._snapshots.engine)
        tasks = [asyncio.create_task(work) for work in (self._follow(watcher, stop), self._tick(), self._beat())]
        try:
            await asyncio.gather(*tasks)
        finally:
            stop.set()
            self.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End every open stream."""
        self._closing = True
        self._send(b"")

    async def _follow(self, watcher: Watcher, stop: asyncio.Event) -> None:
        await self._refresh()
        async for _ in watcher.changes(stop):
            await self._refresh()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self._refresh()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self._send(event("beat", {"now": clock.iso(clock.now()), "version": self.state.get("version")}))

    async def _refresh(self) -> None:
        try:
            new = await asyncio.to_thread(live_state, self._snapshots)
        except (SQLAlchemyError, StoreError, OSError) as error:
            if self.state.get("store") != "away":
                log.warning("store is away: %s", error)
            new = {"store": "away"}
        else:
            if self.state.get("store") == "away":
                log.info("store is back")
        self.publish(self.state | new)

    def publish(self, new: dict[str, Any]) -> None:
        """Make `new` the state and send what differs, if anything does."""
        changed = difference(self.state, new)
        if not changed:
            return
        self._number += 1
        self.state = new
        body = event("change", {**changed, "now": clock.iso(clock.now()), "version": new.get("version")}, f"{self._run}-{self._number}")
        self._past.append((self._number, body))
        self._send(body)

    def _send(self, body: bytes) -> None:
        link, self._tail = self._tail, Link(self._tail.number + 1)
        link.body, link.following = body, self._tail
        link.sent.set()

    def full_state(self) -> dict[str, Any]:
        return {**self.state, "now": clock.iso(clock.now())}

    def _first(self, last_event_id: str | None) -> bytes:
        run, _, number = (last_event_id or "").partition("-")
        if run == self._run and number.isascii() and number.isdigit():
            seen = int(number)
            if seen == self._number:
                return event("beat", {"now": clock.iso(clock.now()), "version": self.state.get("version")})
            missed = [body for n, body in self._past if n > seen]
            if 0 < len(missed) == self._number - seen:
                return b"".join(missed)
        return event("state", self.full_state(), f"{self._run}-{self._number}")

    async def stream(self, last_event_id: str | None) -> AsyncIterator[bytes]:
        """The bytes of one browser's stream, until the browser or this process leaves."""
        self.streams += 1
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            link = self._tail
            yield self._first(last_event_id)
            while not self._closing:
                await link.sent.wait()
                if self._closing or link.following is None or self._tail.number - link.number > REMEMBERED:
                    return  # a browser this far behind starts again from the full state
                if link.body:
                    yield link.body
                link = link.following
        finally:
            self.streams -= 1
