"""A real SNMP agent, Debian's snmpd, on a port of loopback: a community for version 2c and a user for version 3."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.daemons import Daemon, program

COMMUNITY, USER, AUTH_PASSWORD, PRIVACY_PASSWORD = "ioc-test", "ioc", "authenticate-me", "keep-it-private"
NAME = "nut-mang-mau"


@contextmanager
def agent(folder: Path) -> Iterator[int]:
    """The port where it answers."""
    port = free_udp_port()
    lines = [
        f"agentaddress udp:127.0.0.1:{port}",
        f"rocommunity {COMMUNITY} 127.0.0.1",
        f'createUser {USER} SHA-256 "{AUTH_PASSWORD}" AES "{PRIVACY_PASSWORD}"',
        f"rouser {USER} priv",
        f"sysName {NAME}",
        "master off",
    ]
    (folder / "snmpd.conf").write_text("\n".join(lines) + "\n")
    state = folder / "state"
    state.mkdir()
    command = [
        program("snmpd", "snmpd"),
        "-f",
        "-Lo",
        "-C",
        "-c",
        str(folder / "snmpd.conf"),
        "-p",
        str(folder / "snmpd.pid"),
        "-I",
        "-smux",
    ]
    daemon = Daemon(["env", f"SNMP_PERSISTENT_DIR={state}", *command], folder / "snmpd.log", lambda: "NET-SNMP version" in log_of(folder))
    try:
        yield port
    finally:
        daemon.stop()


def log_of(folder: Path) -> str:
    return (folder / "snmpd.log").read_text(encoding="utf-8", errors="replace")


def free_udp_port() -> int:
    """A UDP port that nobody listens on now."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
