"""TCP ports: is one free, and which ones are."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection

from ioc.cli_terminal import CommandError

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that nobody takes the port between the check and its use.

    Raises CommandError when the port is taken, may not be used, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        raise _explained(error, host, port) from error
    return taken


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    try:
        listen(host, port).close()
    except CommandError:
        return False
    return True


def is_served(port: int, host: str = "127.0.0.1") -> bool:
    """Somebody takes connections on the port."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def all_free(ports: Collection[int], host: str = "127.0.0.1") -> bool:
    return all(is_free(port, host) for port in ports)


def free_run(first: int, count: int, host: str = "127.0.0.1") -> int:
    """The first port from `first` on where `count` ports in a row are free.

    Raises CommandError when there is no such run below 32768, where the kernel hands out ports of its own.
    """
    start = port = first
    while port < 32_768:
        if not is_free(port, host):
            start = port + 1
        elif port - start + 1 == count:
            return start
        port += 1
    raise CommandError("cli.no_free_ports", first=first, count=count)


def _explained(error: OSError, host: str, port: int) -> CommandError:
    if error.errno == errno.EADDRINUSE:
        return CommandError("cli.port_busy", host=host, port=port, other=port + 1 if port < 65_535 else 8050)
    if error.errno == errno.EACCES:
        return CommandError("cli.port_denied", port=port)
    return CommandError("cli.host_unknown", host=host, detail=error.strerror or str(error))
