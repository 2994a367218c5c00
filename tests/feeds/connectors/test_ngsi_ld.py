"""An NGSI-LD broker that holds to the standard: asked in pages, subscribed to, and nothing delivered is lost."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from feeds.connectors import ngsi_ld
from feeds.errors import FeedError
from feeds.fetching import Content, Fetched, Visit
from tests.feeds.test_pipeline import make
from tests.support.context_broker import ContextBroker, context_broker, endpoint
from tests.support.observed import changes, quarantined, recorded, states, writing_blocked
from tests.support.processes import wait_for
from tests.support.programs import Program
from tests.support.sources import free_port

TOKEN = "mot-chuoi-bi-mat-dai"
CONTEXT = "https://tinh.example.vn/context.jsonld"
KEY = "urn:ngsi-ld:Subscription:ioc:entities"
FEED = """[feeds.entities]
title = "Nền tảng dữ liệu"
title_en = "Context broker"
source = "mẫu"
connector = "ngsi_ld"
kind = "endpoint_status"
url = "URL"
entity_types = ["Endpoint"]
deliver_to = "http://127.0.0.1:PORT/entities"
listen_host = "127.0.0.1"
listen_port = PORT
token = "TOKEN"
every_s = 1
timeout_s = 10
retries = 0
late_after_s = 60
stale_after_s = 600
[feeds.entities.columns]
endpoint_id = "code"
"""


@pytest.fixture
def broker() -> Iterator[ContextBroker]:
    with context_broker() as running:
        yield running
    assert running.refused == []


@pytest.fixture
def memory() -> Iterator[dict[str, Any]]:
    kept: dict[str, Any] = {}
    yield kept
    ngsi_ld.close(kept)


def look(
    broker: ContextBroker, tmp_path: Path, memory: dict[str, Any], now: datetime | None = None, **options: Any
) -> list[tuple[Fetched, Content]]:
    """One look; everything is settled."""
    told = ngsi_ld.Options(**{"url": broker.url, "entity_types": ["Endpoint"], **options})
    visit = Visit(now or datetime.now(UTC), time.monotonic() + 10, tmp_path, memory=memory, feed="entities", spool=tmp_path / "spool")
    found = []
    for fetched in ngsi_ld.fetch(told, visit):
        content = fetched.read()
        fetched.settle(True)
        found.append((fetched, content))
    return found


def door() -> dict[str, Any]:
    port = free_port()
    return {"deliver_to": f"http://127.0.0.1:{port}/entities", "listen_host": "127.0.0.1", "listen_port": port, "token": TOKEN}


def answers(host: str, port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex((host, port)) == 0


@pytest.mark.parametrize(("told", "open_at"), [("127.0.0.2", "127.0.0.2"), ("192.0.2.7", "127.0.0.1"), ("ioc.invalid", "127.0.0.1")])
def test_the_door_is_at_one_address_of_this_machine_and_at_loopback_unless_told(
    broker: ContextBroker, tmp_path: Path, memory: dict[str, Any], told: str, open_at: str
) -> None:
    port = free_port()
    look(broker, tmp_path, memory, deliver_to=f"http://{told}:{port}/entities", listen_port=port, token=TOKEN)
    assert [host for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3") if answers(host, port)] == [open_at]


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("options", [{}, {"paging": "link"}, {"page_size": 7}, {"representation": "simplified"}])
def test_all_entities_come_page_by_page(broker: ContextBroker, tmp_path: Path, options: dict[str, Any]) -> None:
    broker.page_limit = 10  # fewer than asked for
    for number in range(25):
        broker.put(endpoint(number))
    broker.put({"id": "urn:ngsi-ld:Other:1", "type": "Other", "state": {"type": "Property", "value": "up"}})
    ((_, content),) = look(broker, tmp_path, {}, **options)
    assert isinstance(content.data, list)
    assert [row["id"] for row in content.data] == [f"urn:ngsi-ld:Endpoint:{number:03d}" for number in range(25)]
    assert all(row["state"] == "up" for row in content.data)


def test_context_tenant_attributes_and_filter_are_said_to_the_broker(broker: ContextBroker, tmp_path: Path) -> None:
    broker.put(endpoint(1), tenant="dien-bien")
    broker.put(endpoint(2), tenant="another")
    ((_, content),) = look(broker, tmp_path, {}, context=CONTEXT, tenant="dien-bien", attributes=["state"], filter='state=="up"')
    assert isinstance(content.data, list)
    assert [(row["id"], "code" in row) for row in content.data] == [("urn:ngsi-ld:Endpoint:001", False)]
    _, path, headers = broker.asked[0]
    assert headers["Link"] == f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    assert "attrs=state" in path
    assert "q=state%3D%3D%22up%22" in path


def test_a_broker_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as caught:
        look(ContextBroker(free_port()), tmp_path, {})
    assert caught.value.code == "run.no_connection"


# ── Subscribing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_subscription_is_made_once_and_what_is_delivered_comes_before_what_is_asked(
    broker: ContextBroker, tmp_path: Path, memory: dict[str, Any]
) -> None:
    broker.put(endpoint(1))
    options = door()
    first = look(broker, tmp_path, memory, **options)
    assert [len(content.data) for _, content in first] == [1]
    assert broker.subscriptions[""][KEY]["notification"]["endpoint"]["uri"] == options["deliver_to"]
    broker.put(endpoint(1, "down"))
    broker.put(endpoint(2))
    assert broker.delivered == [204, 204]
    ((fetched, content),) = look(broker, tmp_path, memory, **options)
    assert fetched.passing
    assert isinstance(content.data, list)
    assert [(row["code"], row["state"]) for row in content.data] == [("E11-001", "down"), ("E11-002", "up")]
    assert look(broker, tmp_path, memory, **options) == []
    assert [method for method, path, _ in broker.asked if "subscriptions" in path] == ["GET", "POST"]


@pytest.mark.parametrize("representation", ["normalized", "simplified"])
def test_an_entity_without_a_time_was_true_when_the_broker_told(
    broker: ContextBroker, tmp_path: Path, memory: dict[str, Any], representation: str
) -> None:
    broker.put(endpoint(9), deliver=False)
    options = door() | {"representation": representation}
    look(broker, tmp_path, memory, **options)
    broker.put({"id": "urn:ngsi-ld:Endpoint:001", "type": "Endpoint", "state": {"type": "Property", "value": "up"}})
    ((_, content),) = look(broker, tmp_path, memory, **options)
    assert isinstance(content.data, list)
    assert abs(datetime.fromisoformat(content.data[0]["observed_at"]) - datetime.now(UTC)) < timedelta(seconds=30)


def test_what_was_not_delivered_is_found_when_all_is_asked_again(broker: ContextBroker, tmp_path: Path, memory: dict[str, Any]) -> None:
    options = door() | {"query_every_s": 60}
    broker.put(endpoint(1))
    look(broker, tmp_path, memory, **options)
    broker.put(endpoint(1, "down"), deliver=False)
    now = datetime.now(UTC)
    assert look(broker, tmp_path, memory, now + timedelta(seconds=50), **options) == []
    ((_, content),) = look(broker, tmp_path, memory, now + timedelta(seconds=61), **options)
    assert isinstance(content.data, list)
    assert content.data[0]["state"] == "down"


def test_a_subscription_is_renewed_before_it_ends_and_put_right_when_it_is_another(
    broker: ContextBroker, tmp_path: Path, memory: dict[str, Any]
) -> None:
    options = door() | {"query_every_s": 1, "subscription_hours": 10}
    broker.put(endpoint(1))
    now = datetime.now(UTC)
    look(broker, tmp_path, memory, now, **options)
    look(broker, tmp_path, memory, now + timedelta(hours=4), **options)
    kept = broker.subscriptions[""][KEY]
    assert datetime.fromisoformat(kept["expiresAt"]) - now < timedelta(hours=11)
    look(broker, tmp_path, memory, now + timedelta(hours=6), **options)
    assert datetime.fromisoformat(kept["expiresAt"]) - now > timedelta(hours=15)
    kept["isActive"] = False
    look(broker, tmp_path, memory, now + timedelta(hours=7), **options)
    assert kept["isActive"]
    look(broker, tmp_path, memory, now + timedelta(hours=8), **(options | {"attributes": ["state"]}))
    assert kept["watchedAttributes"] == ["state"]
    assert [method for method, path, _ in broker.asked if "/subscriptions" in path].count("PATCH") == 3


def test_a_restart_finds_its_subscription_and_what_waited_on_disk(broker: ContextBroker, tmp_path: Path, memory: dict[str, Any]) -> None:
    broker.put(endpoint(1))
    options = door()
    look(broker, tmp_path, memory, **options)
    broker.put(endpoint(1, "down"))
    ngsi_ld.close(memory)
    memory.clear()
    broker.put(endpoint(2))
    assert broker.delivered == [204, 0]
    delivered, asked = look(broker, tmp_path, memory, **options)
    assert [row["state"] for row in delivered[1].data if isinstance(row, dict)] == ["down"]
    assert len(asked[1].data) == 2  # the one that nobody could deliver too
    assert len(broker.subscriptions[""]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "run.json_invalid"),
        (b"[" * 5000, "run.json_invalid"),
        (b"[]", "run.notification_invalid"),
        (b'{"data": [1]}', "run.notification_invalid"),
    ],
)
def test_a_delivery_that_is_none_is_set_aside(
    broker: ContextBroker, tmp_path: Path, memory: dict[str, Any], body: bytes, code: str
) -> None:
    broker.put(endpoint(1))
    options = door()
    look(broker, tmp_path, memory, **options)
    assert httpx.post(f"{options['deliver_to']}/{TOKEN}", content=body, trust_env=False).status_code == 204
    ((_, content),) = look(broker, tmp_path, memory, **options)
    assert [(piece.error.code, content.data) for piece in content.unreadable] == [(code, [])]
    assert look(broker, tmp_path, memory, **options) == []


@pytest.mark.parametrize("wrong", [{"token": "short"}, {"listen_port": 0}, {"entity_types": []}, {"url": "mqtt://x"}, {"page_size": 1001}])
def test_what_makes_no_sense_is_refused_when_the_file_is_read(wrong: dict[str, Any]) -> None:
    sound = {"url": "http://x", "entity_types": ["X"], "deliver_to": "http://y", "listen_port": 1, "token": TOKEN}
    ngsi_ld.Options(**sound)
    with pytest.raises(ValueError, match="validation error"):
        ngsi_ld.Options(**(sound | wrong))


# ── Through the pipeline, and with real workers ──────────────────────────────────────────────────────────────────────────


def declared(broker: ContextBroker) -> str:
    return FEED.replace("URL", broker.url).replace("PORT", str(free_port())).replace("TOKEN", TOKEN)


def test_a_delivery_twice_counts_once(province: Engine, broker: ContextBroker, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, declared(broker), spool=tmp_path / "spool")
    entity = endpoint(1)
    broker.put(entity)
    try:
        assert [run.state for run in pipeline.run()] == ["ok"]
        broker.put(entity)
        broker.put(entity)
        (run,) = pipeline.run()
        assert (run.state, run.rows_read, run.stored.unchanged) == ("unchanged", 2, 2)
    finally:
        pipeline.close()
    assert changes(province) == 1


GONE = "urn:ngsi-ld:Endpoint:001"
NULL = {"type": "Property", "value": "urn:ngsi-ld:null"}


@pytest.mark.parametrize(
    "said",
    [
        {"data": [{"id": GONE, "type": "Endpoint"}]},
        {"data": [{"id": GONE, "type": "Endpoint", "deletedAt": "NOW"}]},
        {"data": [{"id": GONE, "type": "Endpoint", "state": NULL, "code": NULL}]},
        {"data": [endpoint(1)], "triggerReason": "entityDeleted"},
        {"data": [{**endpoint(1), "state": NULL}]},
    ],
    ids=["id alone", "deletedAt", "all null", "trigger", "attribute null"],
)
def test_the_deletion_of_an_entity_confirms_nothing(province: Engine, broker: ContextBroker, tmp_path: Path, said: dict[str, Any]) -> None:
    text = declared(broker)
    pipeline = make(province, tmp_path, text, spool=tmp_path / "spool")
    broker.put(endpoint(1))
    try:
        pipeline.run()
        assert states(province)["E11-001"] == "up"
        address = text.split('deliver_to = "')[1].split('"')[0]
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        sent = json.dumps({"type": "Notification", "notifiedAt": now, **said}).replace("NOW", now)
        assert httpx.post(f"{address}/{TOKEN}", content=sent, trust_env=False).status_code == 204
        pipeline.run()
        assert states(province)["E11-001"] == "unknown"
        assert quarantined(province) == []
    finally:
        pipeline.close()


def test_an_entity_that_is_no_longer_among_all_is_unknown(province: Engine, broker: ContextBroker, tmp_path: Path) -> None:
    for number in (1, 2):
        broker.put(endpoint(number))
    for expected in ("up", "unknown"):
        pipeline = make(province, tmp_path, declared(broker), spool=tmp_path / "spool")
        try:
            pipeline.run()
        finally:
            pipeline.close()
        assert states(province) == {"E11-001": expected, "E11-002": "up"}
        broker.entities[""].pop(GONE, None)


def test_a_worker_killed_after_it_said_thank_you_loses_nothing(
    province: Engine, broker: ContextBroker, tmp_path: Path, start: Callable[[], Program]
) -> None:
    (tmp_path / "feeds.toml").write_text(declared(broker), encoding="utf-8")
    broker.put(endpoint(5))
    first = start()
    wait_for(lambda: states(province) == {"E11-005": "up"}, 30)
    with writing_blocked(province):
        broker.put(endpoint(1))
        broker.put(endpoint(2, "sideways"))
        assert broker.delivered == [204, 204]
        broker.entities[""] = {entity["id"]: entity for entity in [endpoint(5)]}  # asking again cannot find them
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
    assert states(province) == {"E11-005": "up"}
    second = start()
    wait_for(lambda: states(province) == {"E11-001": "up", "E11-005": "up"}, 30)
    assert [reason for reason, _ in quarantined(province)] == ["row.word_unknown"]
    wait_for(lambda: list((tmp_path / "spool" / "entities").iterdir()) == [])
    assert second.end() == 0
    assert "Traceback" not in second.output
    assert all(row.state != "failed" for row in recorded(province))
