"""A port that is taken, forbidden or not ours is one sentence; free ones are found."""

from __future__ import annotations

import socket

import pytest

from ioc.cli_terminal import CommandError
from ioc.ports import free_run, is_free, is_served, listen


@pytest.fixture
def busy():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_taken_at_once():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    assert is_free(port)


def test_a_busy_port_names_itself_and_another(busy):
    with pytest.raises(CommandError) as error:
        listen("127.0.0.1", busy)
    assert (error.value.code, error.value.values) == ("cli.port_busy", {"host": "127.0.0.1", "port": busy, "other": busy + 1})


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CommandError) as error:
        listen("192.0.2.1", 0)
    assert error.value.code == "cli.host_unknown"


def test_a_name_that_does_not_resolve_is_refused():
    with pytest.raises(CommandError) as error:
        listen("no-such-host.invalid", 0)
    assert error.value.code == "cli.host_unknown"


def test_a_run_of_free_ports_steps_over_a_busy_one():
    first = free_run(21_000, 6)
    with socket.create_server(("127.0.0.1", first + 2)):
        found = free_run(first, 4)
    assert found > first + 2


def test_no_run_is_long_enough():
    with pytest.raises(CommandError) as error:
        free_run(32_766, 5)
    assert error.value.code == "cli.no_free_ports"


def test_a_port_is_served_while_somebody_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_served(port)
    assert not is_served(port)
