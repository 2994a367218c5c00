"""Stores that are restarted, locked, taken away or replaced under a worker."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable

from sqlalchemy import func, select

from bench.faults.machine.room import Room, trouble
from bench.faults.table import Line
from feeds.texts import CATALOGUE
from store import schema
from store.engine import open_engine
from store.transactions import reading
from tests.support.store_place import StorePlace, place_of

BUSY_S = 20.0
WAITS = "the file waits; nothing is written elsewhere; taken once the store is back"


def restarted(room: Room) -> Line:
    """PostgreSQL is stopped while a file is being written, and started again."""
    assert room.cluster is not None
    began, last = time.monotonic(), room.stage.last_run()
    room.drop()
    time.sleep(random.uniform(0.1, 0.6))
    room.cluster.stop()
    time.sleep(2)
    room.cluster.start()
    room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)
    return room.line("database restarted during a write", trouble(room.stage), since=began, may_wait=True, expected=WAITS)


def locked(room: Room) -> Line:
    """Another program holds the write lock of the SQLite file for longer than anybody waits."""
    began, last = time.monotonic(), room.stage.last_run()
    with sqlite3.connect(room.stage.engine.url.database or "", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        room.drop()
        time.sleep(BUSY_S)
        other.execute("ROLLBACK")
    other.close()
    room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)
    return room.line("store locked by another program for 20 s", trouble(room.stage), since=began, may_wait=True, expected=WAITS)


def taken_away(room: Room) -> Line:
    """The store is gone while a file comes: the file waits, no new store is made, and all of it is taken once the store is back."""
    place = place_of(room.stage.url, room.cluster)

    def made_anew() -> bool:
        return place.exists()

    return _while_away(room, "store taken away, and put back", place, ("store.gone", "store.unavailable"), made_anew)


def replaced(room: Room) -> Line:
    """Another store lies where the store was: nothing is written to it, and the file waits until the right one is back."""
    place = place_of(room.stage.url, room.cluster)

    def written() -> bool:
        other = open_engine(room.stage.url)
        with reading(other) as connection:
            counts = [connection.scalar(select(func.count()).select_from(table)) for table in (schema.coverage, schema.feed_runs)]
        other.dispose()
        place.remove()
        return any(counts)

    return _while_away(room, "another store in its place", place, ("store.replaced",), written, place.make_another)


def _while_away(
    room: Room,
    fault: str,
    place: StorePlace,
    codes: tuple[str, ...],
    wrong: Callable[[], bool],
    then: Callable[[], None] | None = None,
) -> Line:
    """codes: what the worker must say of it; wrong: whether anything was written elsewhere; then: what comes in the store's place."""
    began, last, said = time.monotonic(), room.stage.last_run(), len(room.stage.said)
    before = room.source.held(room.stage)[0]
    room.stage.engine.dispose()
    place.take_away()
    if then is not None:
        then()
    room.drop()
    deadline = time.monotonic() + 60
    found: str | None = None
    while found is None and time.monotonic() < deadline:
        found = next((code for code in codes if code in room.stage.said[said:]), None)
        time.sleep(0.1)
    time.sleep(2)
    elsewhere = wrong()
    place.put_back()
    kept = not elsewhere and room.source.held(room.stage)[0] == before
    room.stage.wait_for_run(room.source.key, last, lambda run: run.state == "ok", 90)
    seen = trouble(room.stage) if found is None or found == "store.unavailable" else CATALOGUE.text("vi", f"run.{found.replace('.', '_')}")
    return room.line(fault, seen, kept, began, may_wait=True, as_expected=found is not None, expected=WAITS)
