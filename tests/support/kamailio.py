"""A real SIP server, Debian's kamailio, on loopback: answers OPTIONS over UDP and TCP with a status of the test's choice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.daemons import Daemon, accepts, program
from tests.support.sources import free_port

CONFIG = """
debug=2
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:127.0.0.1:PORT
listen=tcp:127.0.0.1:PORT
loadmodule "sl.so"
request_route {
    sl_send_reply("100", "Trying");
    sl_send_reply("STATUS", "As the test wishes");
    exit;
}
"""


@contextmanager
def sip_server(folder: Path, status: int = 200) -> Iterator[int]:
    """The port where it answers, over UDP and TCP."""
    port = free_port()
    config = folder / f"kamailio-{status}.cfg"
    config.write_text(CONFIG.replace("PORT", str(port)).replace("STATUS", str(status)))
    run = folder / f"run-{status}"
    run.mkdir()
    command = [
        program("kamailio", "kamailio"),
        "-DD",
        "-E",
        "-f",
        str(config),
        "-Y",
        str(run),
        "-P",
        str(run / "pid"),
        "-m",
        "16",
        "-M",
        "4",
    ]
    daemon = Daemon(command, folder / f"kamailio-{status}.log", accepts(port))
    try:
        yield port
    finally:
        daemon.stop()
