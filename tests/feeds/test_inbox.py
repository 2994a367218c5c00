"""A door on loopback: what is answered with 204 is on disk, whoever may not come in stays out, and dawdlers hold nobody up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from feeds import inbox
from feeds.errors import FetchError
from feeds.inbox import Door, Inbox
from tests.support.sources import free_port

TOKEN = "mot-chuoi-bi-mat-dai"


@contextmanager
def opened(folder: Path, wake: Callable[[], None] = lambda: None, *, max_bytes: int = 1000, max_waiting: int = 10) -> Iterator[Inbox]:
    made = Inbox(Door("127.0.0.1", free_port(), "/x", TOKEN, folder, max_bytes, max_waiting), wake)
    try:
        yield made
    finally:
        made.close()


def post(box: Inbox, body: bytes = b"{}", path: str = "/x", **headers: str) -> httpx.Response:
    told = headers or {"Authorization": f"Bearer {TOKEN}"}
    return httpx.post(f"http://127.0.0.1:{box.port}{path}", content=body, headers=told, trust_env=False)


def test_a_delivery_is_on_disk_when_it_is_answered_and_in_the_order_of_coming(tmp_path: Path) -> None:
    woken: list[int] = []
    with opened(tmp_path / "spool", lambda: woken.append(1)) as box:
        for number in range(3):
            assert post(box, str(number).encode()).status_code == 204
            assert len(list((tmp_path / "spool").glob("*.delivery"))) == number + 1
        assert [path.read_bytes() for path in box.waiting()] == [b"0", b"1", b"2"]
        box.settle(box.waiting()[:2])
        assert [path.read_bytes() for path in box.waiting()] == [b"2"]
    assert len(woken) == 3


@pytest.mark.parametrize("headers", [{"X-Auth-Token": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}])
def test_the_token_may_be_in_a_header_or_in_the_path(tmp_path: Path, headers: dict[str, str]) -> None:
    with opened(tmp_path) as box:
        assert post(box, **headers).status_code == 204
        assert post(box, path=f"/x/{TOKEN}", Accept="*/*").status_code == 204


@pytest.mark.parametrize("headers", [{"Accept": "*/*"}, {"X-Auth-Token": TOKEN[:-1]}, {"Authorization": "Bearer x"}])
def test_without_the_token_nothing_is_kept(tmp_path: Path, headers: dict[str, str]) -> None:
    with opened(tmp_path) as box:
        assert post(box, **headers).status_code == 401
        assert post(box, path="/x/wrong", **headers).status_code == 401
        assert box.waiting() == []


def test_another_place_or_method_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as box:
        assert post(box, path="/y").status_code == 404
        assert httpx.get(f"http://127.0.0.1:{box.port}/x", trust_env=False).status_code == 405


def test_what_is_too_large_is_refused_and_not_kept(tmp_path: Path) -> None:
    with opened(tmp_path, max_bytes=1000) as box:
        assert post(box, b"x" * 1000).status_code == 204
        assert post(box, b"x" * 1001).status_code == 413
        assert len(list(tmp_path.iterdir())) == 1


def test_when_too_much_is_waiting_the_sender_is_told_to_come_again(tmp_path: Path) -> None:
    with opened(tmp_path, max_waiting=2) as box:
        assert [post(box).status_code for _ in range(3)] == [204, 204, 503]
        box.settle(box.waiting())
        assert post(box).status_code == 204


def test_a_folder_that_is_gone_is_no_204(tmp_path: Path) -> None:
    with opened(tmp_path / "spool") as box:
        (tmp_path / "spool").rmdir()
        answer = post(box)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        (tmp_path / "spool").mkdir()
        assert post(box).status_code == 204


def test_senders_that_dawdle_are_sent_away_while_others_deliver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "REQUEST_WITHIN_S", 0.6)
    head = f"POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 10\r\n\r\n".encode()
    with opened(tmp_path) as box:
        silent, slow_head, slow_body = (socket.create_connection(("127.0.0.1", box.port), timeout=10) for _ in range(3))
        with silent, slow_head, slow_body:
            slow_head.sendall(b"POST /x HT")
            slow_body.sendall(head + b"123")
            assert post(box).status_code == 204
            assert silent.recv(1000) == b""
            assert slow_head.recv(1000) == b""
            assert b" 408 " in slow_body.recv(1000).splitlines()[0] + b" "
        assert len(box.waiting()) == 1


def test_a_sender_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as box:
        with socket.create_connection(("127.0.0.1", box.port)) as sender:
            sender.sendall(f"POST /x/{TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12".encode())
        assert post(box, b"whole").status_code == 204
        assert [path.read_bytes() for path in box.waiting()] == [b"whole"]


def test_many_at_once_are_all_kept(tmp_path: Path) -> None:
    with opened(tmp_path, max_waiting=1000) as box:
        answers: list[int] = []

        def send() -> None:
            answers.extend(post(box).status_code for _ in range(10))

        senders = [threading.Thread(target=send) for _ in range(8)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert (answers.count(204), len(box.waiting())) == (80, 80)


def test_what_waited_is_there_after_a_restart_and_half_of_one_is_not(tmp_path: Path) -> None:
    with opened(tmp_path) as box:
        post(box, b"before")
    (tmp_path / "00000000000000000001.part").write_bytes(b"half")
    with opened(tmp_path) as box:
        assert [path.read_bytes() for path in box.waiting()] == [b"before"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_port_in_use_is_said_and_free_again_after_closing(tmp_path: Path) -> None:
    with opened(tmp_path) as box:
        door = Door("127.0.0.1", box.port, "/x", TOKEN, tmp_path, 10, 10)
        with pytest.raises(FetchError) as caught:
            Inbox(door, lambda: None)
        assert caught.value.code == "run.port_refused"
    time.sleep(0.05)
    Inbox(door, lambda: None).close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FetchError) as caught:
        Inbox(Door("127.0.0.1", free_port(), "/x", TOKEN, tmp_path / "file" / "spool", 10, 10), lambda: None)
    assert caught.value.code == "run.spool_unusable"
