"""Real echo requests on loopback, and what is said where the system allows none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.connectors import icmp
from feeds.errors import FetchError
from tests.support.probed import probe
from tests.support.programs import clean_environment

ROUND = """
from pathlib import Path
from tests.support.probed import probe
from feeds.connectors import icmp
from feeds.errors import FetchError
try:
    probe(icmp, {"a": "icmp:127.0.0.1"})
except FetchError as error:
    print(error.code)
"""


def permitted() -> bool:
    try:
        probe(icmp, {"a": "icmp:127.0.0.1"})
    except FetchError:
        return False
    return True


@pytest.fixture
def _may_ping() -> None:
    if not permitted():
        pytest.skip("this machine lets this user send no echo requests")


@pytest.mark.usefixtures("_may_ping")
def test_who_answers_is_up_and_who_does_not_is_down() -> None:
    targets = {"here": "icmp:127.0.0.1", "there": "icmp:203.0.113.9", "nowhere": "icmp:khong-co.invalid", "port": "icmp:127.0.0.1:80"}
    targets |= {f"n{number}": f"icmp:127.0.0.{number}" for number in range(2, 60)}
    rows = probe(icmp, targets, answer_timeout_s=0.5)
    assert rows["here"]["state"] == "up"
    assert 0 < rows["here"]["latency_ms"] < 500
    assert (rows["there"]["state"], rows["there"]["detail"]) in (("down", "timeout"), ("down", "unreachable"), ("unknown", "no_network"))
    assert rows["nowhere"]["state"] == "unknown"
    assert rows["nowhere"]["detail"] in ("unknown_host", "name_service")
    assert (rows["port"]["state"], rows["port"]["detail"]) == ("unknown", "bad_address")
    assert {rows[f"n{number}"]["state"] for number in range(2, 60)} == {"up"}


def test_where_it_is_not_allowed_that_is_said() -> None:
    setpriv = shutil.which("setpriv")
    groups = Path("/proc/sys/net/ipv4/ping_group_range").read_text().split()
    if os.geteuid() != 0 or setpriv is None or int(groups[0]) <= 0 <= int(groups[1]):
        pytest.skip("needs root, setpriv, and a system that opens echo requests to no group of root's")
    command = [setpriv, "--bounding-set", "-net_raw", sys.executable, "-c", ROUND]
    ended = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=60)
    assert ended.stdout.strip() == "run.icmp_not_permitted", ended.stderr
