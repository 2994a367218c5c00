"""Reads go to a real streaming standby while it is as new as what browsers were told, and to the store otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from sqlalchemy import Engine, make_url

from store.changes import Versions, Watcher
from store.engine import open_engine
from store.errors import StoreUnavailableError
from store.replica import Replica, attach
from store.transactions import reading
from store.write import bump, writing
from tests.support.postgres import Cluster
from tests.support.programs import wait_until
from tests.support.standby import Standby

pytestmark = pytest.mark.postgres
Changes = AsyncGenerator[Versions, None]


@pytest.fixture
def store(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    with writing(engine) as connection:
        bump(connection, "units")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def _standbys() -> Iterator[list[Standby]]:
    made: list[Standby] = []
    yield made
    for one in made:
        one.remove()


@pytest.fixture
def standby(cluster: Cluster, store: Engine, _standbys: list[Standby]) -> Standby:
    if not _standbys:
        _standbys.append(Standby(cluster))
    return _standbys[0]


@pytest.fixture
def replica(standby: Standby, store: Engine, postgres_url: str) -> Iterator[Replica]:
    url = standby.url(str(make_url(postgres_url).database))
    there = Replica(url)
    wait_until(lambda: there.catch_up(1, 5), 20)  # the database itself has to arrive there
    there.engine.dispose()
    attached = attach(store, url)
    yield attached
    attached.engine.dispose()


def reads_from_the_replica(engine: Engine) -> bool:
    with reading(engine) as connection:
        return bool(connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar())


def read_while(engine: Engine, do: Callable[[], None]) -> None:
    with reading(engine) as connection:
        connection.exec_driver_sql("SELECT 1")
        do()
        connection.exec_driver_sql("SELECT 1")


def watch(engine: Engine, test: Callable[[Changes], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        async with aclosing(Watcher(engine).changes(stop)) as changes:
            await asyncio.wait_for(anext(changes), 20)
            await test(changes)
        stop.set()

    asyncio.run(run())


def test_reads_go_there_once_it_is_known_to_be_as_new_and_writes_never(store: Engine, replica: Replica) -> None:
    assert not reads_from_the_replica(store)

    async def test(changes: Changes) -> None:
        assert replica.state == "ok"
        assert reads_from_the_replica(store)
        for number in range(2, 30):
            with writing(store) as connection:
                bump(connection, "coverage")
                assert not connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar()
            told = await asyncio.wait_for(anext(changes), 10)
            assert told["all"] == number
            assert Watcher(store).versions() == told  # whoever was told finds it, wherever they read
            assert reads_from_the_replica(store)

    watch(store, test)


def test_one_that_lags_is_waited_for_a_while_and_then_not_read(store: Engine, replica: Replica, standby: Standby) -> None:
    async def test(changes: Changes) -> None:
        standby.pause()
        with writing(store) as connection:
            bump(connection, "coverage")
        following = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(1.0)
        assert not following.done()
        standby.resume()
        assert (await asyncio.wait_for(following, 10))["coverage"] == 1
        assert reads_from_the_replica(store)
        standby.pause()
        with writing(store) as connection:
            bump(connection, "coverage")
        told = await asyncio.wait_for(anext(changes), 10)
        assert replica.state == "behind"
        assert not reads_from_the_replica(store)
        assert Watcher(store).versions() == told
        standby.resume()
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.to_thread(wait_until, lambda: replica.state == "ok", 10)
        assert reads_from_the_replica(store)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    watch(store, test)


def test_one_that_dies_is_done_without_and_found_again(store: Engine, replica: Replica, standby: Standby) -> None:
    async def test(changes: Changes) -> None:
        assert reads_from_the_replica(store)
        standby.stop()
        assert not reads_from_the_replica(store)
        assert replica.state == "away"
        with writing(store) as connection:
            bump(connection, "coverage")
        assert (await asyncio.wait_for(anext(changes), 10))["coverage"] == 1
        assert not reads_from_the_replica(store)
        standby.start()
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.to_thread(wait_until, lambda: replica.state == "ok", 15)
        assert reads_from_the_replica(store)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    watch(store, test)


def test_a_session_that_the_replica_breaks_off_is_one_error_and_no_more(store: Engine, replica: Replica, standby: Standby) -> None:
    name = store.url.database

    async def test(_: Changes) -> None:
        with pytest.raises(StoreUnavailableError):
            read_while(store, lambda: standby.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        assert not reads_from_the_replica(store)

    watch(store, test)


def test_a_replica_is_all_there_is_while_the_store_is_away(cluster: Cluster, store: Engine, replica: Replica) -> None:
    async def test(changes: Changes) -> None:
        waiting = asyncio.ensure_future(anext(changes))
        try:
            cluster.stop()
            await asyncio.to_thread(wait_until, lambda: replica.primary_away, 10)
            assert reads_from_the_replica(store)
            with pytest.raises(StoreUnavailableError), writing(store):
                pass
        finally:
            cluster.start()
        await asyncio.to_thread(wait_until, lambda: not replica.primary_away, 15)
        with writing(store) as connection:
            bump(connection, "coverage")
        assert (await asyncio.wait_for(waiting, 10))["coverage"] == 1

    watch(store, test)
