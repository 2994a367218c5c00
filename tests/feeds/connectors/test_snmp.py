"""Questions to a real SNMP agent (Debian's snmpd), versions 2c and 3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.connectors import snmp
from feeds.errors import FetchError
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
    ("who", "code"),
    [
        ({"community": "wrong"}, "run.snmp_silent"),  # version 2c does not say no
        ({**VERSION_3, "user": "nobody"}, "run.probe_denied"),
        ({**VERSION_3, "auth_password": "not-this-one"}, "run.probe_denied"),
    ],
)
def test_a_wrong_name_or_password_is_our_fault(address: str, who: dict[str, Any], code: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError) as caught:
        probe(snmp, {"node": address}, answer_timeout_s=0.5, retries_each=0, spool=tmp_path, **who)
    assert caught.value.code == code


def test_one_target_that_denies_us_is_unknown_and_the_others_are_as_they_are(address: str) -> None:
    targets = {"gone": f"snmp:127.0.0.1:{free_udp_port()}", "node": address}
    rows = probe(snmp, targets, answer_timeout_s=0.5, retries_each=0, **{**VERSION_3, "user": "nobody"})
    assert (rows["node"]["state"], rows["node"]["detail"]) == ("unknown", "denied")
    assert rows["gone"]["state"] == "down"


def test_one_that_answered_before_and_is_silent_now_is_down(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    (tmp_path / "agent").mkdir()
    asked = {"answer_timeout_s": 0.5, "retries_each": 0, "spool": spool}
    with agent(tmp_path / "agent") as port:
        targets = {"node": f"snmp:127.0.0.1:{port}"}
        assert probe(snmp, targets, community=COMMUNITY, **asked)["node"]["state"] == "up"
    assert probe(snmp, targets, community=COMMUNITY, **asked)["node"]["state"] == "down"
    with pytest.raises(FetchError, match="snmp_silent"):
        probe(snmp, targets, community="another", **asked)
    assert COMMUNITY not in (spool / "answered.json").read_text(encoding="utf-8")


def test_nobody_there_is_down_and_holds_nobody_up(address: str) -> None:
    targets = {"gone": f"snmp:127.0.0.1:{free_udp_port()}"} | {f"n{number}": address for number in range(20)}
    rows = probe(snmp, targets, community=COMMUNITY, answer_timeout_s=0.5)
    assert rows["gone"]["state"] == "down"
    assert {row["state"] for key, row in rows.items() if key != "gone"} == {"up"}


def test_an_oid_is_written_in_numbers() -> None:
    with pytest.raises(ValueError, match="numeric OID"):
        snmp.Options(oids={"x": "SNMPv2-MIB::sysName.0"})
