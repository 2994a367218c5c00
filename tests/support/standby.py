"""A real streaming standby of the tests' PostgreSQL, made with pg_basebackup."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from tests.support.postgres import SERVER_USER, Cluster, _account, _dies_with_us, _free_port


class Standby:
    """Follows `cluster`; `pause` lets it fall behind, `stop` takes it away."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._account = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="ioc-postgres-standby-"))
        if self._account:
            shutil.chown(self.folder, self._account["user"], self._account["group"])
        self.port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None
        source = ["-h", "127.0.0.1", "-p", str(cluster.port), "-U", SERVER_USER]
        command = [str(cluster.binaries / "pg_basebackup"), *source, "-D", str(self.folder / "data"), "-R", "-X", "stream", "-c", "fast"]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._account)
        self.start()

    def start(self) -> None:
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder, "fsync": "off"}
        settings |= {"max_connections": 80, "shared_buffers": "64MB", "timezone": "Asia/Ho_Chi_Minh", "hot_standby_feedback": "on"}
        settings |= {"wal_retrieve_retry_interval": "200ms"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*_dies_with_us(), str(self._cluster.binaries / "postgres"), "-D", str(self.folder / "data"), *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._account,
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.run("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "server.log").read_text()) from None
                time.sleep(0.05)

    def run(self, statement: str) -> None:
        conninfo = psycopg.conninfo.make_conninfo(host="127.0.0.1", port=self.port, user=SERVER_USER, dbname="postgres", connect_timeout=5)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # our own words

    def pause(self) -> None:
        self.run("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        self.run("SELECT pg_wal_replay_resume()")

    def stop(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(30)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SERVER_USER}@127.0.0.1:{self.port}/{database}"
