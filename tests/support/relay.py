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
        self._guard = threading.Lock()
        self._is_cut = False
        self._sockets: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def pause(self) -> None:
        """Let nothing through any more, without a word."""
        self._flowing.clear()

    def cut(self) -> None:
        """Close every connection, and take no new one."""
        with self._guard:
            self._is_cut = True
            for one in (self._listening, *self._sockets):
                _close(one)
        self._flowing.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                with self._guard:
                    self._sockets += [near, far]
                    if self._is_cut:
                        return _close(near, far)
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                self._flowing.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
