"""The live state: what differs is sent once, to every stream, in order, and a browser that comes back gets what it missed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from ioc.live import REMEMBERED, Live, difference, event
from ioc.snapshots import Snapshots
from store.engine import open_engine


@pytest.fixture
def live(tmp_path) -> Live:
    return Live(Snapshots(open_engine(f"sqlite:///{tmp_path}/unused.db")), build="b1")


def data_of(body: bytes) -> dict:
    lines = [line for line in body.decode().splitlines() if line.startswith("data: ")]
    return json.loads(lines[-1].removeprefix("data: "))


def id_of(body: bytes) -> str:
    return next(line for line in body.decode().splitlines() if line.startswith("id: ")).removeprefix("id: ")


async def opened(live: Live, last_event_id: str | None = None) -> tuple[AsyncIterator[bytes], bytes]:
    stream = live.stream(last_event_id)
    assert (await anext(stream)).startswith(b"retry: ")
    return stream, await anext(stream)


def test_only_what_differs_is_a_difference():
    old = {"version": 1, "endpoints": {"a": "up", "b": "up", "gone": "up"}}
    new = {"version": 2, "endpoints": {"a": "down", "b": "up"}}
    assert difference(old, new) == {"version": 2, "endpoints": {"a": "down", "gone": None}}
    assert difference(new, new) == {}


def test_an_event_is_one_line_of_data():
    assert event("beat", {"a": "x\ny"}, "7") == b'id: 7\nevent: beat\ndata: {"a":"x\\ny"}\n\n'


def test_a_stream_begins_with_the_whole_state_and_goes_on_with_changes(live):
    async def scenario():
        live.publish({"build": "b1", "version": 1, "endpoints": {"a": "up", "b": "up"}})
        stream, first = await opened(live)
        assert data_of(first)["endpoints"] == {"a": "up", "b": "up"}
        live.publish({"build": "b1", "version": 2, "endpoints": {"a": "down", "b": "up"}})
        change = data_of(await anext(stream))
        assert change["endpoints"] == {"a": "down"}
        assert "now" in change

    asyncio.run(scenario())


def test_changes_that_come_together_all_arrive_in_order_on_every_stream(live):
    async def scenario():
        streams = [(await opened(live))[0] for _ in range(3)]
        for version in range(1, 6):
            live.publish({"build": "b1", "version": version})
        for stream in streams:
            assert [data_of(await anext(stream))["version"] for _ in range(5)] == [1, 2, 3, 4, 5]

    asyncio.run(scenario())


def test_a_browser_that_comes_back_gets_what_it_missed_and_no_more(live):
    async def scenario():
        live.publish({"build": "b1", "version": 1, "endpoints": {"a": "up"}})
        stream, first = await opened(live)
        await stream.aclose()
        live.publish({"build": "b1", "version": 2, "endpoints": {"a": "down"}})
        _, missed = await opened(live, id_of(first))
        assert b"event: change" in missed
        assert data_of(missed)["endpoints"] == {"a": "down"}
        _, nothing = await opened(live, id_of(missed))
        assert b"event: beat" in nothing

    asyncio.run(scenario())


@pytest.mark.parametrize("last_event_id", ["another-1", "nonsense", "", "another-", "0"])
def test_an_unknown_event_id_gets_the_whole_state(live, last_event_id):
    async def scenario():
        live.publish({"build": "b1", "version": 1, "endpoints": {"a": "up"}})
        _, first = await opened(live, last_event_id)
        assert b"event: state" in first

    asyncio.run(scenario())


def test_a_gap_longer_than_the_memory_gets_the_whole_state(live):
    async def scenario():
        live.publish({"build": "b1", "version": 0})
        _, first = await opened(live)
        for version in range(1, REMEMBERED + 3):
            live.publish({"build": "b1", "version": version})
        _, again = await opened(live, id_of(first))
        assert b"event: state" in again

    asyncio.run(scenario())


def test_a_browser_that_does_not_read_is_let_go_instead_of_kept_in_memory(live):
    async def scenario():
        stream, _ = await opened(live)
        live.publish({"build": "b1", "version": 1})
        assert data_of(await anext(stream))["version"] == 1
        for version in range(2, REMEMBERED + 5):
            live.publish({"build": "b1", "version": version})
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert live.streams == 0

    asyncio.run(scenario())


def test_closing_ends_every_stream(live):
    async def scenario():
        stream, _ = await opened(live)
        assert live.streams == 1
        live.close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert live.streams == 0

    asyncio.run(scenario())
