"""A watcher hears of every commit, of others' too, soon and without spinning, and outlives the store going away."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from store.changes import Versions, Watcher, changed_layers
from store.engine import open_engine
from store.errors import StoreUnavailableError
from store.schema_version import upgrade
from store.write import bump, writing
from tests.support.postgres import Cluster

SOON_S = 1.0
Changes = AsyncGenerator[Versions, None]


def _bump(engine: Engine, *layers: str) -> None:
    with writing(engine) as connection:
        bump(connection, *layers)


async def _next(changes: Changes, within_s: float = SOON_S) -> Versions:
    return await asyncio.wait_for(anext(changes), within_s)


async def _nothing(changes: Changes, for_s: float) -> None:
    """Nothing comes. What waits is not cancelled but ended by `stop`, so it comes last in a test."""
    with pytest.raises(TimeoutError):
        await _next(changes, for_s)


def _watch(engine: Engine, test: Callable[[Watcher, Changes], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        watcher = Watcher(engine)
        async with aclosing(watcher.changes(stop)) as changes:
            await test(watcher, changes)
        stop.set()

    asyncio.run(run())


def test_versions_are_those_that_were_bumped(engine: Engine) -> None:
    assert Watcher(engine).versions() == {}
    _bump(engine, "coverage")
    _bump(engine, "coverage", "units")
    assert Watcher(engine).versions() == {"all": 2, "coverage": 2, "units": 1}


def test_the_versions_as_they_are_come_first_and_then_every_change(engine: Engine) -> None:
    _bump(engine, "coverage")

    async def test(_: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {"all": 1, "coverage": 1}
        for number in range(2, 5):
            _bump(engine, "coverage")
            assert await _next(changes) == {"all": number, "coverage": number}

    _watch(engine, test)


def test_a_change_by_another_process_is_seen_soon(engine: Engine, store_url: str) -> None:
    program = (
        "import sys, time\n"
        "from store.engine import open_engine\n"
        "from store.write import bump, writing\n"
        f"engine = open_engine({store_url!r})\n"
        "for _ in sys.stdin:\n"
        "    with writing(engine) as connection: bump(connection, 'endpoint_state')\n"
        "    print(time.time(), flush=True)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
    assert other.stdin is not None
    assert other.stdout is not None

    async def test(_: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {}
        for number in range(1, 4):
            print("again", file=other.stdin, flush=True)
            assert await _next(changes, 10) == {"all": number, "endpoint_state": number}
            seen_at = time.time()
            committed_at = float(await asyncio.to_thread(other.stdout.readline))  # type: ignore[union-attr]
            assert seen_at - committed_at < SOON_S

    try:
        _watch(engine, test)
    finally:
        other.stdin.close()
        assert other.wait(10) == 0
        other.stdout.close()


def test_what_is_rolled_back_or_not_yet_committed_is_not_seen(engine: Engine) -> None:
    async def test(_: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {}
        with pytest.raises(ZeroDivisionError), writing(engine) as connection:
            assert bump(connection, "coverage") or 1 / 0
        await _nothing(changes, 0.8)

    _watch(engine, test)


def test_a_write_that_raises_no_version_wakes_nobody(engine: Engine) -> None:
    async def test(_: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {}
        with writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('a', 'b')")
        await _nothing(changes, 0.8)

    _watch(engine, test)


def test_several_watchers_see_the_same(engine: Engine) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        several = [Watcher(engine).changes(stop) for _ in range(4)]
        assert [await _next(changes) for changes in several] == [{}] * 4
        _bump(engine, "units")
        assert await asyncio.gather(*(_next(changes) for changes in several)) == [{"all": 1, "units": 1}] * 4
        stop.set()
        for changes in several:
            await changes.aclose()

    asyncio.run(run())


def test_it_ends_soon_after_stop(engine: Engine) -> None:
    async def run() -> float:
        stop = asyncio.Event()
        changes = Watcher(engine).changes(stop)
        await _next(changes)
        asyncio.get_running_loop().call_later(0.1, stop.set)
        started = time.monotonic()
        with pytest.raises(StopAsyncIteration):
            await _next(changes, 2)
        return time.monotonic() - started

    assert asyncio.run(run()) < SOON_S


def test_waiting_costs_next_to_nothing(engine: Engine) -> None:
    async def run() -> float:
        stop = asyncio.Event()
        changes = Watcher(engine).changes(stop)
        await _next(changes)
        asyncio.get_running_loop().call_later(2, stop.set)
        before = time.process_time()
        with pytest.raises(StopAsyncIteration):
            await anext(changes)
        return (time.process_time() - before) / 2

    assert asyncio.run(run()) < 0.05


def test_waiting_for_a_store_that_is_away_costs_next_to_nothing(tmp_path: Path) -> None:
    async def run(url: str) -> float:
        engine = open_engine(url)
        stop = asyncio.Event()
        watcher = Watcher(engine)
        asyncio.get_running_loop().call_later(2, stop.set)
        before = time.process_time()
        with pytest.raises(StopAsyncIteration):
            await anext(watcher.changes(stop))
        assert watcher.away is not None
        engine.dispose()
        return (time.process_time() - before) / 2

    for url in (f"sqlite:///{tmp_path / 'none.db'}", "postgresql+psycopg://ioc:secret@127.0.0.1:1/ioc"):
        assert asyncio.run(run(url)) < 0.05


def test_a_store_without_a_schema_has_no_versions_until_it_is_made(empty_store_url: str) -> None:
    engine = open_engine(empty_store_url)
    engine.connect().close()

    async def test(_: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {}
        await asyncio.to_thread(upgrade, engine)
        await asyncio.to_thread(_bump, engine, "units")
        assert await _next(changes) == {"all": 1, "units": 1}

    _watch(engine, test)
    engine.dispose()


# ── Away and back ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _until_away(watcher: Watcher) -> None:
    async with asyncio.timeout(5):
        while watcher.away is None:
            await asyncio.sleep(0.05)


@contextmanager
def _moved(path: Path) -> Iterator[None]:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    yield
    elsewhere.rename(path)


def test_the_files_folder_goes_and_comes_back(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    _bump(engine, "units")

    async def test(watcher: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {"all": 1, "units": 1}
        waiting = asyncio.ensure_future(anext(changes))
        with _moved(tmp_path / "store"):
            await _until_away(watcher)
            assert isinstance(watcher.away, StoreUnavailableError)
            assert not (tmp_path / "store").exists()
        _bump(engine, "units")
        assert await asyncio.wait_for(waiting, 5) == {"all": 2, "units": 2}
        assert watcher.away is None

    _watch(engine, test)
    engine.dispose()


def test_another_file_takes_its_place(sqlite_url: str, tmp_path: Path, migrated_sqlite: Path) -> None:
    engine = open_engine(sqlite_url)
    _bump(engine, "units")
    engine.dispose()
    path = tmp_path / "store" / "ioc.db"

    async def test(_: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {"all": 1, "units": 1}
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        (tmp_path / "new.db").write_bytes(migrated_sqlite.read_bytes())
        (tmp_path / "new.db").replace(path)
        assert await _next(changes) == {}
        other = open_engine(sqlite_url)
        _bump(other, "coverage")
        assert await _next(changes) == {"all": 1, "coverage": 1}
        other.dispose()

    _watch(engine, test)


def test_watching_makes_no_file(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'ioc.db'}")

    async def run() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.6, stop.set)
        with pytest.raises(StopAsyncIteration):
            await anext(Watcher(engine).changes(stop))

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_a_file_name_with_awkward_characters_is_watched(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'kho số #1.db'}")
    upgrade(engine)
    _bump(engine, "units")

    async def test(_: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {"all": 1, "units": 1}

    _watch(engine, test)
    engine.dispose()
    assert (tmp_path / "kho số #1.db").is_file()


@pytest.mark.postgres
def test_the_server_is_restarted(cluster: Cluster, postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    _bump(engine, "units")

    async def test(watcher: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {"all": 1, "units": 1}
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.2)
        cluster.stop()
        try:
            await _until_away(watcher)
        finally:
            cluster.start()
        await asyncio.to_thread(_bump, engine, "units")
        assert await asyncio.wait_for(waiting, 5) == {"all": 2, "units": 2}
        assert watcher.away is None
        await asyncio.to_thread(_bump, engine, "units")
        assert await _next(changes) == {"all": 3, "units": 3}

    _watch(engine, test)
    engine.dispose()


@pytest.mark.postgres
def test_a_connection_that_the_server_ends_is_replaced(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT layer%'"

    async def test(_: Watcher, changes: Changes) -> None:
        assert await _next(changes) == {}
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.2)
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            assert connection.execute(others).fetchall() == [(True,)]
        _bump(engine, "units")
        assert await asyncio.wait_for(waiting, 3) == {"all": 1, "units": 1}

    _watch(engine, test)
    engine.dispose()


def test_versions_of_a_store_that_is_away_are_unavailable() -> None:
    watcher = Watcher(open_engine("postgresql+psycopg://ioc:secret@127.0.0.1:1/ioc"))
    with pytest.raises(StoreUnavailableError) as caught:
        watcher.versions()
    assert "secret" not in str(caught.value.args_)


def test_layers_that_differ_are_the_changed_ones() -> None:
    assert changed_layers({}, {}) == frozenset()
    assert changed_layers({"all": 1, "a": 1}, {"all": 3, "a": 1, "b": 1, "c": 2}) == {"b", "c"}
    assert changed_layers({"all": 9, "a": 5}, {"all": 1, "b": 1}) == {"a", "b"}
