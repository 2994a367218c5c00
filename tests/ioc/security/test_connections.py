"""Slow and many: heads of requests that do not come, more at once than can be served, streams that nobody ends."""

from __future__ import annotations

import logging
import socket
from contextlib import ExitStack

import httpx
import pytest

from tests.ioc.security.conftest import running

HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize("sent", [b"", b"GET /hea", HEAD, HEAD + b"X-A: b\r\n"], ids=repr)
def test_a_head_that_does_not_come_is_not_waited_for(guarded, sent):
    assert guarded.says(sent).startswith(b"HTTP/1.1 408 ")


def test_the_second_head_of_a_connection_is_not_waited_for_either(guarded):
    said = guarded.says(HEAD + b"\r\n" + HEAD)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in said


def test_a_head_without_end_is_refused(guarded):
    with socket.create_connection(("127.0.0.1", guarded.port), 20) as connection:
        connection.sendall(HEAD)
        for _ in range(80):
            try:
                connection.sendall(b"X-Filler: " + b"a" * 1000 + b"\r\n")
            except (BrokenPipeError, ConnectionResetError):
                return
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_kept_connection_may_ask_again(guarded):
    with httpx.Client(base_url=guarded.url, timeout=20) as client:
        assert [client.get("/healthz").status_code for _ in range(3)] == [200] * 3


def test_streams_have_a_number_of_their_own_and_leave_room_for_requests(province_file):
    with running(province_file, max_streams=3, max_requests=2) as server, ExitStack() as opened:
        for _ in range(3):
            stream = opened.enter_context(httpx.stream("GET", f"{server.url}/api/v1/live", timeout=20))
            assert stream.status_code == 200
        refused = httpx.get(f"{server.url}/api/v1/live", timeout=20)
        assert (refused.status_code, refused.json()["detail"]["code"]) == (503, "refused.streams")
        assert refused.headers["retry-after"] == "5"
        assert httpx.get(f"{server.url}/api/v1/state", timeout=20).status_code == 200


def test_requests_beyond_the_number_are_told_so_and_health_is_still_answered(province_file):
    body = b"POST /_dash-update-component HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
    with running(province_file, max_requests=2) as server, ExitStack() as opened:
        for _ in range(2):  # two that hold their place: their bodies are on the way
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
            connection.sendall(body)
        assert httpx.get(f"{server.url}/healthz", timeout=20).status_code == 200  # by now both have been taken in
        refused = httpx.get(f"{server.url}/api/v1/map", timeout=20)
        assert (refused.status_code, refused.json()["detail"]["code"]) == (503, "refused.busy")
        assert httpx.get(f"{server.url}/metrics", timeout=20).status_code == 200


def test_a_stop_ends_streams_and_says_nothing_of_errors(province_file, caplog):
    with caplog.at_level(logging.WARNING), ExitStack() as opened:
        with running(province_file) as server:
            streams = [opened.enter_context(httpx.stream("GET", f"{server.url}/api/v1/live", timeout=20)) for _ in range(25)]
            for stream in streams:
                assert stream.status_code == 200
            slow = opened.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
            slow.sendall(b"POST /_dash-update-component HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
        for stream in streams:
            assert "event: state" in "".join(stream.iter_text())  # it ended as a whole answer does
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize(
    ("proxies", "client"),
    [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9"), ("10.0.0.0/8", "127.0.0.1"), ("10.0.0.1, 127.0.0.0/8", "203.0.113.9")],
)
def test_forwarded_addresses_are_believed_of_declared_proxies_only(province_file, caplog, proxies, client):
    with caplog.at_level(logging.WARNING), running(province_file, proxies=proxies) as server:
        httpx.get(f"{server.url}/map", headers={"X-Forwarded-For": "203.0.113.9", "Host": "evil.example"}, timeout=20)
    assert [line for line in caplog.messages if f"'/map' from {client} " in line]
