"""A real PostgreSQL + PostGIS cluster in a temporary folder, on loopback and a free port.

The server's time zone is Asia/Ho_Chi_Minh and not UTC, so that a time that lost its zone on the way shows up. Nothing is durable:
fsync is off. PostgreSQL refuses to run as root, so under root the server runs as the system user `postgres`.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

BINARIES = Path("/usr/lib/postgresql")
SERVER_USER = "postgres"
PREFIX = "ioc-postgres-"
OWNER = "owner.pid"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "80",
    "timezone": "Asia/Ho_Chi_Minh",
    "log_timezone": "Asia/Ho_Chi_Minh",
    "jit": "off",
}


class PostgresMissing(Exception):
    """This machine has no PostgreSQL server, or one without PostGIS."""


class Cluster:
    """One running server; `template` is a database that has PostGIS and nothing else."""

    template = "with_postgis"

    def __init__(self) -> None:
        self.binaries = _binaries()
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        (self.folder / OWNER).write_text(str(os.getpid()))
        self.port = _free_port()
        self._account = _account()
        self._server: subprocess.Popen[bytes] | None = None
        self.databases: set[str] = set()
        self._names = itertools.count(1)
        try:
            self._initialise()
            self.start()
            self._make_template()
        except BaseException:
            self.remove()
            raise

    def start(self) -> None:
        """Start the server and wait until it answers. To be called in the main thread: the server stops with the thread that started it."""
        options = [f"--{name}={value}" for name, value in self._settings().items()]
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*_dies_with_us(), str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._account,
            )
        self._wait_until_ready(self._server, deadline=time.monotonic() + 30)

    def stop(self) -> None:
        """Close every connection and stop, as a restart of the database server does."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(timeout=30)
        self._server = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SERVER_USER}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = template, name: str | None = None) -> str:
        """The name of a fresh copy of `template`, which nobody may be connected to."""
        name = name or f"test_{next(self._names)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.databases.add(name)
        return name

    def drop_database(self, name: str) -> None:
        """Drop it, whoever is still connected."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.databases.discard(name)

    def rename_database(self, name: str, new: str) -> None:
        """Give it another name, whoever is still connected."""
        self._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        self._run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
        self._run(f'ALTER DATABASE "{name}" RENAME TO "{new}"')
        self._run(f'ALTER DATABASE "{new}" ALLOW_CONNECTIONS true')
        self.databases ^= {name, new}

    def has_database(self, name: str) -> bool:
        with psycopg.connect(self._conninfo("postgres")) as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None

    def _settings(self) -> dict[str, str]:
        return SETTINGS | {"port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder)}

    def _initialise(self) -> None:
        if self._account:
            shutil.chown(self.folder, self._account["user"], self._account["group"])
        command = [self.binaries / "initdb", "-D", self.folder / "data", "-U", SERVER_USER, "-A", "trust", "-N"]
        subprocess.run(
            [*map(str, command), "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self._account,
        )

    def _make_template(self) -> None:
        self._run(f"CREATE DATABASE {self.template}")
        try:
            self._run("CREATE EXTENSION postgis", self.template)
        except psycopg.Error as error:
            raise PostgresMissing(f"PostgreSQL in {self.binaries} has no PostGIS: {error}") from error

    def _run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self._conninfo(database), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # names are our own

    def _conninfo(self, database: str) -> str:
        return psycopg.conninfo.make_conninfo(host="127.0.0.1", port=self.port, user=SERVER_USER, dbname=database, connect_timeout=5)

    def _wait_until_ready(self, server: subprocess.Popen[bytes], deadline: float) -> None:
        while True:
            try:
                psycopg.connect(self._conninfo("postgres")).close()
                return
            except psycopg.OperationalError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "server.log").read_text()) from None
                time.sleep(0.05)


def _binaries() -> Path:
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise PostgresMissing(f"no PostgreSQL server below {BINARIES}; on Debian or Ubuntu: apt-get install postgresql-postgis")
    return found[-1].parent


def _account() -> dict[str, Any]:
    """How to start the server as somebody else than root; nothing when we are not root."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise PostgresMissing(f"running as root, and there is no system user {SERVER_USER!r} to run the server as") from None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _dies_with_us() -> Sequence[str]:
    """A prefix that stops the server when the test process is killed before it can clean up."""
    return ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []


def _sweep() -> None:
    """Remove what test processes left behind that were killed; their servers have stopped with them."""
    for owner in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{OWNER}"):
        with suppress(OSError, ValueError):
            if not Path(f"/proc/{int(owner.read_text())}").exists():
                shutil.rmtree(owner.parent, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
