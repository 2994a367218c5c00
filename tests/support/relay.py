"""A TCP relay between two programs that a test can pause or cut: a network that stops without saying so, and one that says so."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Relay:
    """Listens on `port` of loopback and passes everything on to `target`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._flowing = threading.Event()
        self._flowing.set()
        self._sockets: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def pause(self) -> None:
        """Let nothing through any more, without a word."""
        self._flowing.clear()

    def cut(self) -> None:
        """Close every connection, and take no new one."""
        self._sockets.append(self._listening)
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._flowing.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                self._flowing.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
