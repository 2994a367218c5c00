"""Rounds of probes: which addresses they take, and that one that hangs leaves the others their answers."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds import probing
from feeds.errors import FetchError
from feeds.fetching import Visit
from feeds.kinds import system_status
from feeds.probing import Address, Answer, Options, parse_address
from feeds.records import Stamp
from feeds.tables import read_table


def rows_of(
    endpoints: dict[str, str], probe: probing.Probe, *, schemes: tuple[str, ...] = ("", "tcp"), timeout_s: float = 5, **options: Any
) -> dict[str, dict[str, Any]]:
    visit = Visit(datetime.now(UTC), time.monotonic() + timeout_s, Path(), targets=lambda: endpoints)
    (fetched,) = probing.fetch("x", schemes, probe, Options(**{"spread_s": 0, **options}), visit)
    rows = fetched.read().data
    assert isinstance(rows, list)
    return {row["endpoint_id"]: row for row in rows}


async def always_up(address: Address) -> Answer:
    return Answer("up", address.host)


async def hangs_on_slow(address: Address) -> Answer:
    await asyncio.sleep(60 if address.host == "slow" else 0)
    return Answer("up")


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "path"),
    [
        ("host:80", "", "host", 80, ""),
        ("10.0.0.1:5060", "", "10.0.0.1", 5060, ""),
        ("[2001:db8::1]:443", "", "2001:db8::1", 443, ""),
        ("sip:host:5060", "sip", "host", 5060, ""),
        ("icmp:host", "icmp", "host", 0, ""),
        ("icmp:[::1]", "icmp", "::1", 0, ""),
        ("https://host/health?full=1", "https", "host", 0, "/health?full=1"),
        ("snmp://host:161", "snmp", "host", 161, ""),
        ("sip:5060", "", "sip", 5060, ""),  # a machine called sip
        ("host", "", "host", 0, ""),
    ],
)
def test_an_address_says_by_its_scheme_who_it_is_for(text: str, scheme: str, host: str, port: int, path: str) -> None:
    assert parse_address(text) == Address(scheme, host, port, path, text)


@pytest.mark.parametrize("text", ["", " ", "host:99999", "host:0", "ftp:host", "a b:80", "host:80:90", "https://", "[::1"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None


def test_a_probe_takes_only_the_endpoints_meant_for_it() -> None:
    endpoints = {"a": "host:80", "b": "sip:host:5060", "c": "tcp:host:81", "d": "nonsense:"}
    assert set(rows_of(endpoints, always_up)) == {"a", "c", "d"}
    assert set(rows_of(endpoints, always_up, schemes=("sip",))) == {"b"}


def test_targets_of_the_feed_stand_instead_of_the_endpoints() -> None:
    rows = rows_of({"a": "host:80"}, always_up, schemes=("sip",), targets={"lgsp-1": "sip:lgsp", "lgsp-2": "plain", "lgsp-3": "snmp:host"})
    assert {key: (row["id"], row["state"], row["detail"]) for key, row in rows.items()} == {
        "lgsp-1": ("lgsp-1", "up", "lgsp"),
        "lgsp-2": ("lgsp-2", "up", "plain"),
        "lgsp-3": ("lgsp-3", "unknown", "bad_address"),
    }


def test_targets_are_systems_to_the_kind_of_systems_without_a_mapping() -> None:
    visit = Visit(datetime.now(UTC), time.monotonic() + 5, Path())
    (fetched,) = probing.fetch("x", ("",), always_up, Options(spread_s=0, targets={"lgsp-1": "host:80"}), visit)
    content = fetched.read()
    stamp = Stamp("x", "mẫu", True, content.reported_at, datetime.now(UTC))
    parsed = system_status.parse(read_table(content.data, content.layout), {}, frozenset({"lgsp-1"}), system_status.Options(), stamp)
    assert [(record.system_id, record.state) for record in parsed.records] == [("lgsp-1", "up")]


@pytest.mark.parametrize("text", ["", "ftp:host", "host:99999"])
def test_a_target_that_is_no_address_is_refused_when_the_file_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        Options(targets={"a": "host:80", "b": text})


def test_who_hangs_beyond_the_deadline_is_unknown_and_the_others_are_told() -> None:
    rows = rows_of({"a": "fast:1", "b": "slow:1", "c": "fast:2"}, hangs_on_slow, timeout_s=0.8)
    assert {key: (row["state"], row["detail"]) for key, row in rows.items()} == {
        "a": ("up", None),
        "b": ("unknown", "no_time"),
        "c": ("up", None),
    }


def test_a_round_in_which_nobody_had_time_is_a_fault_of_the_round() -> None:
    with pytest.raises(FetchError) as caught:
        rows_of({"b": "slow:1"}, hangs_on_slow, timeout_s=0.3)
    assert caught.value.code == "run.timeout"
