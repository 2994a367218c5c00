"""Messages that a broker kept, for a week or for an outage, do not become "now"; what a source deletes is not confirmed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from feeds.connectors import mqtt
from feeds.fetching import Content, Visit
from feeds.ngsi_rows import ended_part
from feeds.row_marks import ATTRIBUTE_ENDED, ENTITY_ENDED
from store import schema
from tests.feeds.test_pipeline import make
from tests.support.mosquitto import PASSWORD, USER, Broker, broker
from tests.support.processes import wait_for

WEEK_AGO = datetime.now(UTC) - timedelta(days=7)
FEED = """[feeds.states]
title = "Nguồn"
title_en = "Feed"
source = "mẫu"
connector = "mqtt"
kind = "endpoint_status"
url = "URL"
topics = ["ioc/#"]
username = "USER"
password = "PASSWORD"
MORE
every_s = 15
late_after_s = 60
stale_after_s = 600
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with broker(folder) as running:
        yield running


def said(number: int, state: str = "up", **more: Any) -> str:
    return json.dumps({"endpoint_id": f"E11-00{number}", "state": state, **more})


def states(engine: Engine) -> dict[str, tuple[str, datetime]]:
    s = schema.endpoint_state.c
    with engine.connect() as connection:
        return {row.endpoint_id: (row.state, row.observed_at) for row in connection.execute(select(s.endpoint_id, s.state, s.observed_at))}


def taken(province: Engine, tmp_path: Path, server: Broker, more: str = "") -> dict[str, tuple[str, datetime]]:
    """What the store has once everything that the broker had is taken."""
    text = FEED.replace("URL", server.url).replace("USER", USER).replace("PASSWORD", PASSWORD).replace("MORE", more)
    pipeline = make(province, tmp_path, text)
    try:
        server.publish("ioc/last", said(5, "down"))  # not kept: comes only to who listens already
        pipeline.run()
        server.publish("ioc/last", said(5))
        wait_for(lambda: pipeline.run() and "E11-005" in states(province), 20)
        return states(province)
    finally:
        pipeline.close()


def test_a_kept_message_is_taken_with_its_own_time_or_not_at_all(province: Engine, tmp_path: Path, server: Broker) -> None:
    server.publish("ioc/a", said(1), retain=True)
    server.publish("ioc/b", said(2, observed_at=WEEK_AGO.isoformat()), retain=True)
    found = taken(province, tmp_path, server)
    assert sorted(found) == ["E11-002", "E11-005"]
    assert abs(found["E11-002"][1] - WEEK_AGO) < timedelta(seconds=1)
    with province.connect() as connection:
        assert connection.execute(select(schema.quarantine)).all() == []


@pytest.mark.parametrize(("retained", "expected"), [("ignore", ["E11-005"]), ("take", ["E11-001", "E11-002", "E11-005"])])
def test_whether_kept_messages_are_taken_may_be_declared(
    province: Engine, tmp_path: Path, server: Broker, retained: str, expected: list[str]
) -> None:
    server.publish("ioc/a", said(1), retain=True)
    server.publish("ioc/b", said(2, observed_at=WEEK_AGO.isoformat()), retain=True)
    assert sorted(taken(province, tmp_path, server, f'retained = "{retained}"')) == expected


def test_what_waited_at_the_broker_is_of_the_time_when_we_left(server: Broker) -> None:
    left_at = datetime.now(UTC) - timedelta(hours=3)

    def look(memory: dict[str, Any], *, settle: bool = True) -> list[Content]:
        options = mqtt.Options(url=server.url, topics=["ioc/#"], username=USER, password=PASSWORD)
        visit = Visit(datetime.now(UTC), time.monotonic() + 5, Path(), memory=memory, feed="waited", newest=lambda: left_at)
        contents = []
        for fetched in mqtt.fetch(options, visit):
            contents.append(fetched.read())
            if settle:
                fetched.settle(True)
        return contents

    first: dict[str, Any] = {}
    look(first)
    mqtt.close(first)
    server.publish("ioc/a", said(1), said(2))
    second: dict[str, Any] = {}
    found: list[dict[str, Any]] = []
    wait_for(lambda: found.extend(row for content in look(second) for row in content.data if isinstance(row, dict)) or len(found) == 2)
    assert [row["received_at"] - left_at < timedelta(seconds=1) for row in found] == [True, True]
    assert found[0]["received_at"] < found[1]["received_at"]
    look(second)
    server.publish("ioc/a", said(3))
    wait_for(lambda: found.extend(row for content in look(second) for row in content.data if isinstance(row, dict)) or len(found) == 3)
    assert datetime.now(UTC) - found[2]["received_at"] < timedelta(minutes=1)
    mqtt.close(second)


@pytest.mark.parametrize(
    ("entity", "part"),
    [
        ({"state": {"type": "Property", "value": "up"}}, None),
        ({"state": "up"}, None),
        ({}, ENTITY_ENDED),
        ({"deletedAt": "2026-11-20T00:00:00Z", "state": {"type": "Property", "value": "up"}}, ENTITY_ENDED),
        ({"state": {"type": "Property", "value": "urn:ngsi-ld:null"}, "name": "urn:ngsi-ld:null"}, ENTITY_ENDED),
        ({"state": {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": "up"}, "name": "x"}, ATTRIBUTE_ENDED),
        ({"state": [{"type": "Property", "value": "urn:ngsi-ld:null"}], "name": "x"}, ATTRIBUTE_ENDED),
        ({"of": {"type": "Relationship", "object": "urn:ngsi-ld:null"}, "name": "x"}, ATTRIBUTE_ENDED),
    ],
)
def test_what_of_an_entity_is_deleted(entity: dict[str, Any], part: str | None) -> None:
    assert ended_part({"id": "urn:ngsi-ld:X:1", "type": "X", **entity}) == part
