"""The HTTP connector against real servers: every way of answering badly has its own word, and none outlasts the deadline."""

import gzip
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.connectors import http
from feeds.errors import FeedError, FetchError
from feeds.fetching import Content, Visit
from feeds.web import shown
from tests.support.sources import Web, body, cut_off, dripping, endless, free_port, web, with_etag

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


def visit(timeout_s: float = 5.0, **more: object) -> Visit:
    return Visit(NOW, time.monotonic() + timeout_s, Path(), **more)  # type: ignore[arg-type]


def read(server: Web, look: Visit | None = None, path: str = "/", **options: object) -> Content:
    (fetched,) = http.fetch(http.Options(url=server.url(path), **options), look or visit())  # type: ignore[arg-type]
    return fetched.read()


def refused(server: Web, look: Visit | None = None, **options: object) -> FeedError:
    with pytest.raises(FeedError) as caught:
        read(server, look, **options)
    return caught.value


def test_an_answer_comes_with_its_layout_and_time(server: Web) -> None:
    server.answers["/"] = body(b"[]", Last_Modified="Sat, 21 Nov 2026 02:00:00 GMT")
    content = read(server, records="data.items", headers={"X-Key": "secret"})
    assert content.data == b"[]"
    assert content.layout.records == "data.items"
    assert content.reported_at == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert server.asked[0][1]["X-Key"] == "secret"


def test_a_time_in_the_future_is_not_believed(server: Web) -> None:
    server.answers["/"] = body(b"[]", Last_Modified="Sat, 21 Nov 2027 02:00:00 GMT")
    assert read(server).reported_at == NOW


@pytest.mark.parametrize(
    ("status", "code", "transient"),
    [
        (301, "run.http_redirect", False),
        (400, "run.http_refused", False),
        (401, "run.http_denied", False),
        (403, "run.http_denied", False),
        (404, "run.http_not_found", False),
        (429, "run.http_refused", True),
        (500, "run.http_server_error", True),
        (503, "run.http_server_error", True),
    ],
)
def test_each_status_has_its_word_and_only_passing_faults_are_tried_again(server: Web, status: int, code: str, transient: bool) -> None:
    server.answers["/"] = body(b"[]", status=status)
    error = refused(server)
    assert (error.code, error.transient, error.values["status"]) == (code, transient, status)


def test_a_dripping_answer_ends_at_the_deadline(server: Web) -> None:
    server.answers["/"] = dripping(0.05)
    started = time.monotonic()
    error = refused(server, visit(0.6))
    assert error.code == "run.timeout"
    assert 0.5 < time.monotonic() - started < 1.2


def test_an_endless_body_ends_at_the_size_limit(server: Web) -> None:
    server.answers["/"] = endless
    error = refused(server, visit(10, max_bytes=1_000_000))
    assert (error.code, error.values["limit"]) == ("run.too_large", 1_000_000)


def test_a_body_that_unpacks_beyond_the_limit_is_refused(server: Web) -> None:
    server.answers["/"] = body(gzip.compress(b" " * 2_000_000), Content_Encoding="gzip")
    assert refused(server, visit(max_bytes=1_000_000)).code == "run.too_large"


def test_a_promised_size_beyond_the_limit_is_not_even_read(server: Web) -> None:
    server.answers["/"] = cut_off(b"[", promised=10_000_000)
    assert refused(server, visit(max_bytes=1000)).code == "run.too_large"


def test_a_web_page_instead_of_data_is_named(server: Web) -> None:
    server.answers["/"] = body(b"<html>login</html>", kind="text/html; charset=utf-8")
    assert refused(server).code == "run.html_instead"


def test_broken_compression_is_named(server: Web) -> None:
    server.answers["/"] = body(b"not gzip", Content_Encoding="gzip")
    assert refused(server).code == "run.encoding_of_transfer"


def test_an_answer_cut_off_is_transient(server: Web) -> None:
    server.answers["/"] = cut_off(b'[{"a"', promised=100)
    error = refused(server)
    assert (error.code, error.transient) == ("run.cut_off", True)


def test_nobody_there_is_transient() -> None:
    (fetched,) = http.fetch(http.Options(url=f"http://127.0.0.1:{free_port()}/x"), visit())
    with pytest.raises(FetchError) as caught:
        fetched.read()
    assert (caught.value.code, caught.value.transient) == ("run.no_connection", True)


def test_unchanged_is_asked_for_only_after_an_answer_was_taken(server: Web) -> None:
    server.answers["/"] = with_etag(b"[]", '"v1"')
    options, memory = http.Options(url=server.url()), {}
    for taken, expected in [(False, False), (True, False), (True, True)]:
        (fetched,) = http.fetch(options, visit(memory=memory))
        assert fetched.read().unchanged is expected
        fetched.settle(taken)
    assert server.asked[2][1]["If-None-Match"] == '"v1"'
    assert "If-None-Match" not in server.asked[1][1]


def test_secrets_of_the_address_are_not_shown() -> None:
    assert shown("https://user:word@host.vn:8443/api?key=secret#x") == "https://host.vn:8443/api"


@pytest.mark.parametrize("url", ["ftp://host/x", "host/x", "http://", ""])
def test_an_address_must_be_http(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        http.Options(url=url)
