"""OPTIONS to a real SIP server (kamailio), over UDP and TCP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from feeds.connectors import sip
from tests.support.kamailio import sip_server
from tests.support.probed import probe
from tests.support.snmpd import free_udp_port
from tests.support.sources import free_port, listener


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, int]]:
    folder = tmp_path_factory.mktemp("kamailio")
    with ExitStack() as ends:
        yield {status: ends.enter_context(sip_server(folder, status)) for status in (200, 401, 404, 407, 503)}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_any_final_answer_but_a_fault_of_the_server_means_up(servers: dict[int, int], transport: str) -> None:
    targets = {str(status): f"sip:127.0.0.1:{port}" for status, port in servers.items()}
    rows = probe(sip, targets, transport=transport)
    assert {key: (row["state"], row["detail"]) for key, row in rows.items()} == {
        "200": ("up", "sip_200"),
        "401": ("up", "sip_401"),
        "404": ("up", "sip_404"),
        "407": ("up", "sip_407"),
        "503": ("down", "sip_503"),
    }
    assert 0 < rows["200"]["latency_ms"] < 3000


def test_nobody_there_is_refused() -> None:
    assert probe(sip, {"a": f"sip:127.0.0.1:{free_udp_port()}"})["a"]["detail"] == "refused"
    assert probe(sip, {"a": f"sip:127.0.0.1:{free_port()}"}, transport="tcp")["a"]["detail"] == "refused"


def test_who_keeps_silent_is_asked_again_and_then_down() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        row = probe(sip, {"a": f"sip:127.0.0.1:{silent.getsockname()[1]}"}, answer_timeout_s=0.8)["a"]
        silent.setblocking(False)
        requests = [silent.recv(65536), silent.recv(65536)]
    assert (row["state"], row["detail"]) == ("down", "timeout")
    assert requests[0] == requests[1]  # a repetition, not a second request
    assert requests[0].startswith(b"OPTIONS sip:127.0.0.1:")


@pytest.mark.parametrize("nonsense", [b"hello\r\n\r\n", b"SIP/2.0 abc def\r\n\r\n", b"\x00" * 70_000])
def test_an_answer_that_is_no_sip_is_down(nonsense: bytes) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def talk() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(nonsense)
                client.recv(65536)

        thread = threading.Thread(target=talk)
        thread.start()
        row = probe(sip, {"a": f"sip:127.0.0.1:{server.getsockname()[1]}"}, transport="tcp", answer_timeout_s=2)["a"]
        thread.join(5)
    assert (row["state"], row["detail"]) == ("down", "broken_off")


def test_a_connection_without_an_answer_times_out() -> None:
    with listener() as port:
        assert probe(sip, {"a": f"sip:127.0.0.1:{port}"}, transport="tcp", answer_timeout_s=0.4)["a"]["detail"] == "timeout"
