"""Questions to a real SNMP agent (Debian's snmpd), versions 2c and 3."""

from collections.abc import Iterator
from typing import Any

import pytest

from feeds.connectors import snmp
from tests.support.probed import probe
from tests.support.snmpd import AUTH_PASSWORD, COMMUNITY, NAME, PRIVACY_PASSWORD, USER, agent, free_udp_port

OIDS = {"sys_name": "1.3.6.1.2.1.1.5.0", "in_packets": "1.3.6.1.2.1.11.1.0", "absent": "1.3.6.1.4.1.99999.1.0"}
VERSION_3 = {"version": "3", "user": USER, "auth_password": AUTH_PASSWORD, "privacy_password": PRIVACY_PASSWORD}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with agent(tmp_path_factory.mktemp("snmpd")) as port:
        yield f"snmp:127.0.0.1:{port}"


@pytest.mark.parametrize("who", [{"community": COMMUNITY}, VERSION_3], ids=["2c", "3"])
def test_the_agent_is_up_with_its_uptime_and_the_numbers_asked_for(address: str, who: dict[str, Any]) -> None:
    row = probe(snmp, {"node": address}, oids=OIDS, **who)["node"]
    assert (row["state"], row["detail"]) == ("up", None)
    assert row["latency_ms"] > 0
    assert 0 <= row["uptime_s"] < 3600
    assert (row["sys_name"], row["absent"]) == (NAME, None)
    assert row["in_packets"] > 0


@pytest.mark.parametrize(
    ("who", "detail"),
    [
        ({"community": "wrong"}, "timeout"),  # version 2c does not say no
        ({**VERSION_3, "user": "nobody"}, "denied"),
        ({**VERSION_3, "auth_password": "not-this-one"}, "denied"),
    ],
)
def test_a_wrong_name_or_password_is_down(address: str, who: dict[str, Any], detail: str) -> None:
    row = probe(snmp, {"node": address}, answer_timeout_s=0.5, retries_each=0, **who)["node"]
    assert (row["state"], row["detail"]) == ("down", detail)


def test_nobody_there_is_down_and_holds_nobody_up(address: str) -> None:
    targets = {"gone": f"snmp:127.0.0.1:{free_udp_port()}"} | {f"n{number}": address for number in range(20)}
    rows = probe(snmp, targets, community=COMMUNITY, answer_timeout_s=0.5)
    assert rows["gone"]["state"] == "down"
    assert {row["state"] for key, row in rows.items() if key != "gone"} == {"up"}


def test_an_oid_is_written_in_numbers() -> None:
    with pytest.raises(ValueError, match="numeric OID"):
        snmp.Options(oids={"x": "SNMPv2-MIB::sysName.0"})
