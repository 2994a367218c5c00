"""The server answers to its own names only: a foreign name that points here reads nothing and runs nothing."""

from __future__ import annotations

import asyncio
import socket

import pytest

from ioc.security.hosts import AllowedHosts, authority
from ioc.text import TEXT


@pytest.mark.parametrize(
    "path", ["/map", "/api/v1/summary", "/export/gaps.csv", "/_dash-layout", "/metrics", "/healthz", "/bundle/x/ioc.css"]
)
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8050", "localhost.evil.example", "10.20.30.40", "0.0.0.0:8050", ""]
)
def test_a_foreign_name_is_refused_everywhere(client, path, host):
    answer = client.get(path, headers={"Host": host})
    assert (answer.status_code, answer.json()["detail"]["code"]) == (421, "refused.host")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8050", "127.0.0.1:1", "[::1]:8050", "ioc.example.vn", "ioc.example.vn.", "[2001:db8::7]"]
)
def test_own_and_declared_names_are_answered(client, host):
    assert client.get("/api/v1/map", headers={"Host": host}).status_code == 200


def test_the_name_of_this_machine_is_its_own(client):
    assert client.get("/healthz", headers={"Host": f"{socket.gethostname()}:8050"}).status_code == 200


def test_a_person_reads_which_setting_to_change_and_nothing_of_the_name_is_run(client):
    answer = client.get("/map", headers={"Host": "<script>alert(1)</script>", "Accept": "text/html"})
    assert answer.status_code == 421
    assert TEXT.text("vi", "refused.host_title") in answer.text
    assert TEXT.text("en", "refused.host_title") in answer.text
    assert "IOC_HOSTS" in answer.text
    assert "<script>" not in answer.text


def test_two_names_are_none(guarded):
    said = guarded.says(b"GET /map HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 421 ")


def test_no_name_is_none(guarded):
    assert guarded.says(b"GET /map HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")


def test_a_foreign_name_runs_no_callback(client, guarded):
    before = guarded.refused("host")
    answer = client.post("/_dash-update-component", json={}, headers={"Host": "rebound.example:8050"})
    assert answer.status_code == 421
    assert guarded.refused("host") == before + 1


def test_there_is_no_way_in_by_websocket(client):
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert client.get("/_dash-ws-callback", headers=headers).status_code != 101


@pytest.mark.parametrize(
    ("listens_on", "name", "arrived_at", "allowed"),
    [
        ("0.0.0.0", "192.168.7.5", "192.168.7.5", True),
        ("::", "192.168.7.5", "::ffff:192.168.7.5", True),
        ("0.0.0.0", "192.168.7.6", "192.168.7.5", False),
        ("0.0.0.0", "0.0.0.0", "192.168.7.5", False),
        ("ioc.tinh.vn", "ioc.tinh.vn", "192.168.7.5", True),
        ("192.168.7.5", "192.168.7.5", "172.17.0.2", True),
        ("::", "fe80::1", "fe80::1%eth0", True),
    ],
)
def test_addresses_are_those_this_machine_is_reached_at(listens_on, name, arrived_at, allowed):
    assert asyncio.run(AllowedHosts((), listens_on).allows(name, arrived_at)) is allowed


def test_the_full_name_of_the_machine_is_its_own_and_one_that_only_begins_like_it_is_not(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "ioc1")
    monkeypatch.setattr(socket, "getfqdn", lambda: "ioc1.tinh.vn")
    hosts = AllowedHosts((), "0.0.0.0")
    names = ("ioc1", "ioc1.tinh.vn", "ioc1.evil.example", "tinh.vn")
    assert [asyncio.run(hosts.allows(name, "")) for name in names] == [True, True, False, False]


@pytest.mark.parametrize("text", ["a b", "a/b", "a@b", "http://a", "[::1", "a:b", "a:123456", "é.vn", "", "a\tb"])
def test_what_is_no_name_is_not_taken_for_one(text):
    assert authority(text) is None
