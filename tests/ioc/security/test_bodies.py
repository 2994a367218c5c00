"""Bodies: a limit that no header gets around, and an end to waiting for one that does not come."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from prometheus_client import CollectorRegistry

from ioc.security.bodies import BodiesMiddleware, Pace
from ioc.security.refusals import Refusals
from ioc.text import TEXT

POST = "/_dash-update-component"
MB = 1_000_000


def chunks(total: int):
    for _ in range(total // 50_000):
        yield b" " * 50_000


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]["code"]


def test_a_body_up_to_the_limit_is_read(client):
    assert code(client.post(POST, content=b" " * MB)) == (400, "refused.post")
    assert code(client.post(POST, content=chunks(MB))) == (400, "refused.post")


@pytest.mark.parametrize("size", [MB + 50_000, 30 * MB])
def test_a_larger_one_is_refused_with_or_without_a_declared_length(client, size):
    for body in (b" " * size, chunks(size)):
        answer = client.post(POST, content=body)
        assert code(answer) == (413, "refused.too_large")
        assert answer.json()["detail"]["message"] == TEXT.text("vi", "refused.too_large", limit="1 MB")


@pytest.mark.parametrize("path", ["/map", "/api/v1/summary", "/export/gaps.csv", "/nothing"])
def test_what_takes_no_files_takes_little(client, path):
    assert code(client.post(path, content=b" " * 65_000)) == (413, "refused.too_large")
    assert code(client.request("GET", path, content=chunks(100_000))) == (413, "refused.too_large")


@pytest.mark.parametrize("length", [b"99999999999999999999", b"-5", b"\xb2", b"1e3"])
def test_a_length_that_is_none_is_refused(guarded, length):
    head = b"POST /_dash-update-component HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + length
    assert guarded.says(head + b"\r\n\r\n")[9:12] in (b"400", b"413")


def test_a_person_reads_it_as_a_page(client):
    answer = client.post(POST, content=b" " * 2 * MB, headers={"Accept": "text/html"})
    assert answer.status_code == 413
    assert TEXT.text("vi", "refused.too_large_title") in answer.text


def asked(pieces: list[tuple[float, bytes]], pace: Pace) -> list[dict]:
    """What a body that comes in pieces, each after a pause, is answered."""
    sent: list[dict] = []
    waiting = iter(pieces)

    async def receive() -> dict:
        pause_s, body = next(waiting, (3600.0, b""))
        await asyncio.sleep(pause_s)
        return {"type": "http.request", "body": body, "more_body": True}

    async def send(message: dict) -> None:
        sent.append(message)

    async def never(*_: object) -> None:
        raise AssertionError("a body that is not whole reaches nobody")

    scope = {"type": "http", "method": "POST", "path": POST, "headers": [(b"transfer-encoding", b"chunked")]}
    asyncio.run(BodiesMiddleware(never, MB, Refusals(CollectorRegistry()), pace)(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    ("pieces", "pace"),
    [
        ([(0, b"{")], Pace(idle_s=0.05)),
        ([(0.01, b"x")] * 10_000, Pace(idle_s=5, grace_s=0.1, least_bytes_s=1000)),
    ],
    ids=["it stops", "it drips"],
)
def test_a_body_that_does_not_come_is_not_waited_for(pieces, pace):
    start, body = asked(pieces, pace)
    assert start["status"] == 408
    assert json.loads(body["body"])["detail"]["code"] == "refused.slow"
