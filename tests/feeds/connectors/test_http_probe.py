"""Probes of real web servers: the status, the text, the time, and a word for every way of not answering."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from feeds.connectors import http_probe
from feeds.errors import FetchError
from tests.support.certificates import Authority
from tests.support.probed import probe
from tests.support.secure import secure_web
from tests.support.sources import Web, body, cut_off, dripping, endless, free_port, web


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


def test_a_page_is_up_with_its_status_and_latency(server: Web) -> None:
    server.answers["/health"] = body(b"ok")
    row = probe(http_probe, {"a": server.url("/health")})["a"]
    assert (row["state"], row["detail"]) == ("up", "http_200")
    assert 0 < row["latency_ms"] < 5000


@pytest.mark.parametrize(
    ("status", "options", "expected"),
    [
        (302, {}, ("up", "http_302")),
        (404, {}, ("down", "http_404")),
        (503, {}, ("down", "http_503")),
        (401, {"expect_status": [401]}, ("up", "http_401")),
        (200, {"expect_status": [204]}, ("down", "http_200")),
    ],
)
def test_which_status_is_sound(server: Web, status: int, options: dict[str, list[int]], expected: tuple[str, str]) -> None:
    server.answers["/"] = body(b"{}", status=status)
    row = probe(http_probe, {"a": server.url()}, **options)["a"]
    assert (row["state"], row["detail"]) == expected


@pytest.mark.parametrize("status", [401, 407])
def test_a_page_that_asks_for_a_password_is_our_fault(server: Web, status: int) -> None:
    server.answers |= {"/locked": body(b"{}", status=status), "/open": body(b"{}")}
    with pytest.raises(FetchError) as caught:
        probe(http_probe, {"a": server.url("/locked")})
    assert (caught.value.code, caught.value.values["count"]) == ("run.probe_denied", 1)
    rows = probe(http_probe, {"a": server.url("/locked"), "b": server.url("/open")})
    assert {key: (row["state"], row["detail"]) for key, row in rows.items()} == {"a": ("unknown", "denied"), "b": ("up", "http_200")}


def test_the_text_that_must_be_there(server: Web) -> None:
    server.answers["/"] = body("Trục liên thông: hoạt động".encode(), kind="text/html; charset=utf-8")
    assert probe(http_probe, {"a": server.url()}, expect_text="hoạt động")["a"]["state"] == "up"
    assert probe(http_probe, {"a": server.url()}, expect_text="tạm dừng")["a"]["detail"] == "no_text"


def test_servers_that_answer_badly_are_down_each_with_its_word(server: Web) -> None:
    server.answers |= {"/drip": dripping(0.05), "/endless": endless, "/cut": cut_off(b"x", promised=100)}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        targets = {name: server.url(f"/{name}") for name in ("drip", "endless", "cut")}
        targets |= {"closed": f"http://127.0.0.1:{free_port()}/", "silent": f"http://127.0.0.1:{silent.getsockname()[1]}/"}
        rows = probe(http_probe, targets, expect_text="never", answer_timeout_s=1.0)
    details = {name: (row["state"], row["detail"]) for name, row in rows.items()}
    assert details == {
        "drip": ("down", "timeout"),
        "endless": ("down", "no_text"),
        "cut": ("down", "broken_off"),
        "closed": ("down", "refused"),
        "silent": ("down", "timeout"),
    }


def test_an_expired_certificate_is_down_and_a_good_one_up(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    good, expired = authority.certify("good"), authority.certify("expired", ends_in=-timedelta(days=2))
    with secure_web(good) as sound, secure_web(expired) as unsound:
        targets = {"good": f"https://127.0.0.1:{sound}/", "expired": f"https://127.0.0.1:{unsound}/"}
        rows = probe(http_probe, targets, ca_file=authority.file)
        assert (rows["good"]["state"], rows["expired"]["state"], rows["expired"]["detail"]) == ("up", "down", "certificate")
        targets |= {"closed": f"http://127.0.0.1:{free_port()}/"}
        strange = probe(http_probe, targets)["good"]
        assert (strange["state"], strange["detail"]) == ("unknown", "untrusted"), "we lack its authority"


def test_an_authority_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FetchError) as caught:
        probe(http_probe, {"a": "http://127.0.0.1:1/"}, ca_file=tmp_path / "absent.pem")
    assert caught.value.code == "run.certificate_unreadable"
