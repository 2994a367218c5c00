"""Subscriptions at a real Mosquitto: nothing is lost or counted twice, whoever of the three is killed when."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from feeds.config import load
from feeds.connectors import mqtt
from feeds.errors import FeedError
from feeds.fetching import Content, Fetched, Visit
from feeds.pipeline import Pipeline
from feeds.worker import register
from tests.support.certificates import Authority
from tests.support.mosquitto import PASSWORD, USER, Broker, broker
from tests.support.observed import changes, quarantined, recorded, states, writing_blocked
from tests.support.processes import wait_for
from tests.support.programs import Program
from tests.support.sources import free_port

FEED = f"""[feeds.device]
title = "Thiết bị"
title_en = "Devices"
source = "mẫu"
connector = "mqtt"
kind = "endpoint_status"
url = "URL"
topics = ["ioc/+/+/state"]
topic_columns = ["", "commune", "endpoint_id"]
username = "{USER}"
password = "{PASSWORD}"
every_s = 1
timeout_s = 10
late_after_s = 60
stale_after_s = 600
"""

KILLS, MESSAGES = 3, 50
Look = Callable[..., list[Content]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Broker]:
    """A broker that the test may kill."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with broker(folder) as running:
        yield running


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Iterator[Look]:
    """One look under the test's own client id; what it brings is settled unless told otherwise. Messages of earlier tests are not seen."""
    memories: list[dict[str, Any]] = []
    feed = request.node.name

    def once(server: Broker, memory: dict[str, Any], *, settle: bool = True, timeout_s: float = 5.0, **options: Any) -> list[Content]:
        memories.append(memory)
        told = {"url": server.url, "topics": [f"ioc/{feed}/#"], "username": USER, "password": PASSWORD} | options
        visit = Visit(datetime.now(UTC), time.monotonic() + timeout_s, Path(), memory=memory, feed=feed)
        contents = []
        for fetched in mqtt.fetch(mqtt.Options(**told), visit):
            contents.append(fetched.read())
            assert fetched.passing
            if settle:
                fetched.settle(True)
        return contents

    yield once
    for memory in memories:
        mqtt.close(memory)


def rows(contents: list[Content]) -> list[dict[str, Any]]:
    return [row for content in contents for row in content.data]


def refused(look: Look, *arguments: Any, **options: Any) -> FeedError:
    with pytest.raises(FeedError) as caught:
        look(*arguments, **options)
    return caught.value


def topic(request: pytest.FixtureRequest, *levels: str) -> str:
    return "/".join(["ioc", request.node.name, *levels])


def until_rows(look: Look, server: Broker, memory: dict[str, Any], count: int, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    wait_for(lambda: found.extend(rows(look(server, memory, **options))) or len(found) >= count)
    return found


# ── What messages say ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_messages_become_rows_with_their_topics_levels(server: Broker, look: Look, request: pytest.FixtureRequest) -> None:
    memory: dict[str, Any] = {}
    columns = ["", "", "commune", "endpoint_id"]
    assert look(server, memory, topic_columns=columns) == []
    server.publish(topic(request, "03127", "E1"), json.dumps({"state": "up", "endpoint_id": "spoofed"}))
    server.publish(topic(request, "03127", "E2"), json.dumps([{"state": "up"}, {"state": "down"}]))
    found = until_rows(look, server, memory, 3, topic_columns=columns)
    assert [(row["commune"], row["endpoint_id"], row["state"]) for row in found] == [
        ("03127", "E1", "up"),
        ("03127", "E2", "up"),
        ("03127", "E2", "down"),
    ]
    assert found[0]["topic"] == topic(request, "03127", "E1")
    assert abs(found[0]["received_at"] - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("payload", "options", "expected"),
    [
        ('{"data": {"items": [{"a": 1}]}}', {"records": "data.items"}, [{"a": 1}]),
        ("12.5", {}, [{"value": 12.5}]),
        (
            "E1;x,up\n\nE2,down\n",
            {"payload": "csv", "csv_columns": ["id", "state"]},
            [{"id": "E1;x", "state": "up"}, {"id": "E2", "state": "down"}],
        ),
        ("\ufeff Hoạt động \n", {"payload": "value", "value_column": "state"}, [{"state": "Hoạt động"}]),
    ],
)
def test_payloads_of_every_form(
    server: Broker, look: Look, request: pytest.FixtureRequest, payload: str, options: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    memory: dict[str, Any] = {}
    name = f"ioc/forms/{abs(hash(payload))}"
    look(server, memory, topics=[name], **options)
    server.publish(name, payload)
    found = until_rows(look, server, memory, len(expected), topics=[name], **options)
    assert [{key: value for key, value in row.items() if key not in ("topic", "received_at")} for row in found] == expected


@pytest.mark.parametrize(
    ("payload", "options", "code"),
    [
        (b'{"a": 1', {}, "run.json_invalid"),
        (b"[" * 3000, {}, "run.json_invalid"),
        (b"1" * 6000, {}, "run.json_invalid"),
        ("mã".encode("utf-16"), {}, "run.encoding"),
        (b'{"a": 1}', {"records": "b"}, "run.records_missing"),
        (b"a,b,c", {"payload": "csv", "csv_columns": ["x"]}, "run.csv_columns"),
        (b'"open', {"payload": "csv", "csv_columns": ["x"]}, "run.csv_invalid"),
        (b"x" * 10_001, {"max_message_bytes": 10_000}, "run.message_too_large"),
    ],
)
def test_a_message_that_cannot_be_read_is_set_aside_and_stands_in_nobodys_way(
    server: Broker, look: Look, payload: bytes, options: dict[str, Any], code: str
) -> None:
    memory: dict[str, Any] = {}
    name = f"ioc/broken/{code}/{len(payload)}"
    look(server, memory, topics=[name], **options)
    server.publish(name, payload)
    contents: list[Content] = []
    wait_for(lambda: contents.extend(look(server, memory, topics=[name], **options)) or contents)
    (piece,) = contents[0].unreadable
    assert (piece.error.code, piece.number, contents[0].data) == (code, 1, [])
    assert piece.raw["topic"] == name
    assert len(piece.raw["payload"]) <= 500
    assert look(server, memory, topics=[name], **options) == []


def test_an_empty_message_and_one_of_an_earlier_subscription_are_let_go(server: Broker, look: Look, request: pytest.FixtureRequest) -> None:
    memory: dict[str, Any] = {}
    look(server, memory)
    mqtt.close(memory)
    server.publish(topic(request, "before"), "1")
    server.publish(topic(request, "now"), "", "2")
    found = until_rows(look, server, memory, 1, topics=[topic(request, "now")])
    assert [row["value"] for row in found] == [2]


# ── Nothing is lost ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_came_while_we_were_away_comes_when_we_are_back(
    server: Broker, look: Look, request: pytest.FixtureRequest, protocol: str
) -> None:
    name = f"ioc/away/{protocol}"
    memory: dict[str, Any] = {}
    look(server, memory, topics=[name], protocol=protocol)
    mqtt.close(memory)
    server.publish(name, *(str(number) for number in range(50)))
    found = until_rows(look, server, memory, 50, topics=[name], protocol=protocol)
    assert [row["value"] for row in found] == list(range(50))


def test_what_is_not_settled_is_offered_again_and_sent_again(server: Broker, look: Look, request: pytest.FixtureRequest) -> None:
    memory: dict[str, Any] = {}
    look(server, memory)
    server.publish(topic(request), "1", "2")
    offered: list[dict[str, Any]] = []
    wait_for(lambda: offered.extend(rows(look(server, memory, settle=False))) or offered)
    assert rows(look(server, memory, settle=False)) == offered  # be it one or both: nothing more before it is settled
    mqtt.close(memory)
    assert [row["value"] for row in until_rows(look, server, memory, 2)] == [1, 2]
    mqtt.close(memory)
    assert look(server, memory) == []


def test_no_more_than_allowed_are_unacknowledged(server: Broker, look: Look, request: pytest.FixtureRequest) -> None:
    memory: dict[str, Any] = {}
    look(server, memory, max_messages=5)
    server.publish(topic(request), *(str(number) for number in range(12)))
    wait_for(lambda: memory["session"].take(10**6, 0.1))
    time.sleep(0.5)
    assert len(memory["session"].take(10**6, 0)) + len(memory["session"]._waiting) == 5
    found = until_rows(look, server, memory, 12, max_messages=5)
    assert [row["value"] for row in found] == list(range(12))


def test_messages_of_an_old_connection_are_not_acknowledged_on_a_new_one(
    own_server: Broker, look: Look, request: pytest.FixtureRequest
) -> None:
    memory: dict[str, Any] = {}
    look(own_server, memory)
    own_server.publish(topic(request), "1")
    wait_for(lambda: rows(look(own_server, memory, settle=False)))
    own_server.stop()
    own_server.start()
    wait_for(lambda: memory["session"].fault is None, 40)
    found = until_rows(look, own_server, memory, 2)  # the one in hand, and the same sent again
    assert [row["value"] for row in found] == [1, 1]


def test_messages_that_nobody_keeps_are_bounded_too(server: Broker, look: Look, request: pytest.FixtureRequest) -> None:
    """QoS 0: the broker forgets them, so what does not fit is gone, and is said."""
    memory: dict[str, Any] = {}
    look(server, memory, max_messages=5)
    server.publish(topic(request), *(str(number) for number in range(12)), qos=0)
    wait_for(lambda: len(memory["session"]._waiting) == 5)
    server.publish(topic(request), json.dumps("last"))
    found = until_rows(look, server, memory, 6, max_messages=5)
    assert [row["value"] for row in found] == [0, 1, 2, 3, 4, "last"]


# ── When the broker cannot be reached ────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_password_is_said_and_a_topic_without_the_right_too(server: Broker, look: Look) -> None:
    error = refused(look, server, {}, password="wrong")
    assert (error.code, error.values["url"]) == ("run.mqtt_denied", server.url)
    assert "wrong" not in str(error)


def test_a_broker_that_is_away_is_said(server: Broker, look: Look) -> None:
    error = refused(look, server, {}, url=f"mqtt://127.0.0.1:{free_port()}")
    assert error.code == "run.no_connection"


def test_a_server_that_is_no_broker_is_said_within_the_deadline(server: Broker, look: Look) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        error = refused(look, server, {}, timeout_s=1.0, url=f"mqtt://127.0.0.1:{silent.getsockname()[1]}")
        assert error.code == "run.timeout"
        assert time.monotonic() - started < 3


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves the socket of a failed handshake to the collector
def test_an_encrypted_broker_is_trusted_by_its_authority_only(tmp_path: Path, look: Look) -> None:
    authority = Authority(tmp_path)
    with broker(tmp_path, authority.certify("broker")) as server:
        memory: dict[str, Any] = {}
        options = {"topics": ["ioc/tls"], "ca_file": authority.file}
        look(server, memory, **options)
        server.publish("ioc/tls", "1")
        assert [row["value"] for row in until_rows(look, server, memory, 1, **options)] == [1]
        assert refused(look, server, {}, client_id="other").code == "run.tls_failed"
        assert refused(look, server, {}, client_id="another", ca_file=tmp_path / "absent.pem").code == "run.certificate_unreadable"


# ── Through the pipeline, and with real workers ──────────────────────────────────────────────────────────────────────────


def said(state: str) -> str:
    return json.dumps({"state": state, "observed_at": datetime.now(UTC).isoformat()})


def declare(folder: Path, server: Broker) -> Path:
    (folder / "feeds.toml").write_text(FEED.replace("URL", server.url), encoding="utf-8")
    return folder / "feeds.toml"


def test_the_same_message_twice_counts_once(province: Engine, own_server: Broker, tmp_path: Path) -> None:
    (feed,) = load(declare(tmp_path, own_server), {}).values()
    register(province, {feed.key: feed})
    pipeline = Pipeline(province, feed, "test")
    pipeline.run()
    payload = said("up")
    own_server.publish("ioc/03127/E11-001/state", payload, payload)
    runs: list[Any] = []
    wait_for(lambda: runs.extend(pipeline.run()) or sum(run.rows_read for run in runs) == 2)
    own_server.publish("ioc/03127/E11-001/state", payload)
    wait_for(lambda: runs.extend(pipeline.run()) or sum(run.rows_read for run in runs) == 3)
    pipeline.close()
    assert (sum(run.stored.added for run in runs), sum(run.stored.changed for run in runs)) == (1, 0)
    assert changes(province) == 1


def test_a_worker_killed_between_receiving_and_storing_loses_nothing(
    province: Engine, own_server: Broker, tmp_path: Path, start: Callable[[], Program]
) -> None:
    declare(tmp_path, own_server)
    first = start()
    wait_for(lambda: "Sending SUBACK to ioc-device" in own_server.log, 20)
    with writing_blocked(province):
        own_server.publish("ioc/03127/E11-001/state", said("up"))
        own_server.publish("ioc/03127/E11-002/state", "{broken")
        wait_for(lambda: own_server.log.count("Sending PUBLISH to ioc-device (d0") == 2)
        time.sleep(0.5)  # it is at the store's door
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
    assert states(province) == {}
    assert "Received PUBACK from ioc-device" not in own_server.log
    second = start()
    wait_for(lambda: states(province) == {"E11-001": "up"}, 30)
    assert "Sending PUBLISH to ioc-device (d1" in own_server.log
    assert [(code, raw["payload"]) for code, raw in quarantined(province)] == [("run.json_invalid", "{broken")]
    wait_for(lambda: own_server.log.count("Received PUBACK from ioc-device") == 2)
    assert second.end() == 0
    assert "Traceback" not in second.output


def test_a_broker_that_goes_and_comes_back_is_said_once_each_and_loses_nothing(
    province: Engine, own_server: Broker, tmp_path: Path, start: Callable[[], Program]
) -> None:
    declare(tmp_path, own_server)
    worker = start()
    wait_for(lambda: "Sending SUBACK to ioc-device" in own_server.log, 20)
    own_server.stop()
    wait_for(lambda: any(row.state == "failed" for row in recorded(province)))
    time.sleep(2.5)  # it looks several times meanwhile
    own_server.start()
    own_server.publish("ioc/03127/E11-003/state", said("down"))
    wait_for(lambda: states(province) == {"E11-003": "down"}, 40)
    assert worker.end() == 0
    lines = [line for line in worker.output.splitlines() if " trouble " in line or " recovered " in line]
    assert [line.split()[2] for line in lines][-1] == "recovered"
    assert len(lines) <= 4, worker.output  # lost; refused; and its end
    assert worker.output.count(" recovered ") == 1


def test_workers_killed_again_and_again_lose_no_message_and_count_none_twice(
    province: Engine, own_server: Broker, tmp_path: Path, start: Callable[[], Program]
) -> None:
    """Every message changes the endpoint's state, so that each one lost, doubled or out of order would show in the number of changes."""
    declare(tmp_path, own_server)
    worker = start()
    wait_for(lambda: "Sending SUBACK to ioc-device" in own_server.log, 30)
    first_at = datetime.now(UTC) - timedelta(hours=1)
    said_at = (first_at + timedelta(seconds=number) for number in range(KILLS * MESSAGES))
    payloads = [json.dumps({"state": ("up", "down")[n % 2], "observed_at": at.isoformat()}) for n, at in enumerate(said_at)]
    for kill in range(KILLS):
        before = changes(province)
        own_server.publish("ioc/03127/E11-001/state", *payloads[kill * MESSAGES : (kill + 1) * MESSAGES])
        wait_for(lambda before=before: changes(province) > before, 30)
        worker.end(signal.SIGKILL)
        worker = start()
    wait_for(lambda: changes(province) == KILLS * MESSAGES, 40)
    worker.wait_for(" following ", 30)
    assert worker.end() == 0
    assert changes(province) == KILLS * MESSAGES
    assert quarantined(province) == []


def test_a_worker_leaves_in_time_though_its_broker_is_away(
    province: Engine, own_server: Broker, tmp_path: Path, start: Callable[[], Program]
) -> None:
    declare(tmp_path, own_server)
    own_server.stop()
    worker = start()
    wait_for(lambda: any(row.error_code == "run.no_connection" for row in recorded(province)), 30)
    assert worker.end() == 0
    assert worker.output.count(" trouble ") == 1, worker.output


# ── Options ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://host"},
        {"url": "mqtt://"},
        {"url": "mqtt://user:word@host"},
        {"topics": []},
        {"topics": ["a/#/b"]},
        {"topics": ["a/b+"]},
        {"topics": [""]},
        {"payload": "csv"},
        {"max_messages": 0},
    ],
)
def test_what_makes_no_sense_is_refused_when_the_file_is_read(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        mqtt.Options(**({"url": "mqtt://host", "topics": ["a/+/b", "c/#", "$share/ioc/d"]} | wrong))


def test_fetching_gives_what_the_pipeline_needs(server: Broker, request: pytest.FixtureRequest) -> None:
    memory: dict[str, Any] = {}
    options = mqtt.Options(url=server.url, topics=["ioc/x"], username=USER, password=PASSWORD, client_id="fetched")
    visit = Visit(datetime.now(UTC), time.monotonic() + 5, Path(), memory=memory, feed="fetched")
    assert list(mqtt.fetch(options, visit)) == []
    server.publish("ioc/x", "1")
    found: list[Fetched] = []
    wait_for(lambda: found.extend(mqtt.fetch(options, visit)) or found)
    mqtt.close(memory)
    assert (found[0].item, found[0].passing, found[0].once) == (server.url, True, False)
