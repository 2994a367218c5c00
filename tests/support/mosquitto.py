"""A real MQTT broker, Mosquitto, with what it is told kept on disk over a restart; and a device that publishes there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt import publish

from tests.support.certificates import Certified
from tests.support.daemons import Daemon, accepts, program
from tests.support.sources import free_port

USER, PASSWORD = "thiet-bi", "mật-khẩu"


class Broker(Daemon):
    """port: where it listens; `log` names every packet with the client that it went to or came from."""

    def __init__(self, folder: Path, certified: Certified | None = None) -> None:
        self.port = free_port()
        self._tls: dict[str, Any] | None = {"ca_certs": str(folder / "authority.pem")} if certified else None
        passwords = folder / "passwords"
        tool = program("mosquitto_passwd", "mosquitto")
        subprocess.run([tool, "-b", "-c", str(passwords), USER, PASSWORD], check=True, capture_output=True)
        lines = [
            f"listener {self.port} 127.0.0.1",
            *([f"certfile {certified.certificate}", f"keyfile {certified.key}"] if certified else []),
            f"password_file {passwords}",
            "allow_anonymous false",
            f"acl_file {folder / 'rights'}",
            "persistence true",
            f"persistence_location {folder}/",
            "log_type all",
            "log_dest stderr",
            *(["user root"] if os.geteuid() == 0 else []),
        ]
        (folder / "rights").write_text("topic readwrite ioc/#\n" + f"user {USER}\ntopic readwrite ioc/#\n")
        (folder / "rights").chmod(0o600)
        config = folder / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        super().__init__([program("mosquitto", "mosquitto"), "-c", str(config)], folder / "mosquitto.log", accepts(self.port))

    @property
    def url(self) -> str:
        return f"{'mqtts' if self._tls else 'mqtt'}://127.0.0.1:{self.port}"

    def publish(self, topic: str, *payloads: bytes | str, qos: int = 1, retain: bool = False) -> None:
        """What a device does: all are with the broker when this returns."""
        messages: list[Any] = [{"topic": topic, "payload": payload, "qos": qos, "retain": retain} for payload in payloads]
        auth: Any = {"username": USER, "password": PASSWORD}
        tls: Any = self._tls
        publish.multiple(messages, "127.0.0.1", self.port, "device", auth=auth, tls=tls)


@contextmanager
def broker(folder: Path, certified: Certified | None = None) -> Iterator[Broker]:
    running = Broker(folder, certified)
    try:
        yield running
    finally:
        running.stop()
