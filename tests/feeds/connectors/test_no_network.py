"""When our own machine has no network or no name service, devices are unknown and the feed fails; nobody is called down."""

from __future__ import annotations

import pytest

from tests.support.no_network import Question, asked_without_network

SHORT = {"answer_timeout_s": 1.0}
PROBES = {
    "tcp": ("tcp", "tcp:HOST:80", {}),
    "http": ("http_probe", "http://HOST/", SHORT),
    "https": ("http_probe", "https://HOST/", SHORT),
    "tls": ("tls", "tls:HOST:443", SHORT),
    "sip over udp": ("sip", "sip:HOST:5060", SHORT),
    "sip over tcp": ("sip", "sip:HOST:5060", {**SHORT, "transport": "tcp"}),
    "snmp": ("snmp", "snmp:HOST:161", {**SHORT, "retries_each": 0, "community": "x"}),
    "icmp": ("icmp", "icmp:HOST", SHORT),
}


@pytest.fixture(scope="module")
def outcomes() -> dict[tuple[str, str], str]:
    """(probe, host) → what became of it."""
    keys = [(name, host) for name in PROBES for host in ("10.1.2.3", "may-chu.example.vn")]
    questions: list[Question] = []
    for name, host in keys:
        connector, address, options = PROBES[name]
        questions.append((connector, address.replace("HOST", host), options))
    return dict(zip(keys, asked_without_network(questions), strict=True))


@pytest.mark.parametrize("name", PROBES)
def test_without_a_network_the_feed_fails(outcomes: dict[tuple[str, str], str], name: str) -> None:
    assert outcomes[name, "10.1.2.3"] == "run.no_network"


@pytest.mark.parametrize("name", PROBES)
def test_without_a_name_service_the_feed_fails(outcomes: dict[tuple[str, str], str], name: str) -> None:
    assert outcomes[name, "may-chu.example.vn"] == "run.no_name_service"
