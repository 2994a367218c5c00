"""A real MariaDB server in a temporary folder, on loopback and a free port. Its time zone is +07:00; nothing is durable."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pymysql

from tests.support.sources import free_port, until_open

SBIN = "/usr/sbin/mariadbd"


class MariaMissing(Exception):
    """This machine has no MariaDB server."""


@dataclass
class MariaDB:
    """root has the password "root"."""

    port: int

    def url(self, database: str = "nguon", user: str = "root", password: str = "root") -> str:
        return f"mariadb://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as root; the rows of the last one."""
        with pymysql.connect(host="127.0.0.1", port=self.port, user="root", password="root", autocommit=True) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())


@contextmanager
def mariadb() -> Iterator[MariaDB]:
    """A running server. Raises MariaMissing."""
    server, install = shutil.which("mariadbd") or shutil.which(SBIN), shutil.which("mariadb-install-db")
    if server is None or install is None:
        raise MariaMissing("mariadbd (Debian package mariadb-server)")
    with tempfile.TemporaryDirectory(prefix="ioc-mariadb-", ignore_cleanup_errors=True) as folder:
        me, port = getpass.getuser(), free_port()
        made = [install, "--no-defaults", f"--user={me}", f"--datadir={folder}/data", "--auth-root-authentication-method=normal"]
        subprocess.run([*made, "--skip-test-db"], check=True, capture_output=True, timeout=120)
        options = [f"--datadir={folder}/data", f"--socket={folder}/socket", f"--port={port}", "--bind-address=127.0.0.1", f"--user={me}"]
        options += [
            "--default-time-zone=+07:00",
            "--innodb-flush-log-at-trx-commit=0",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=16M",
        ]
        with subprocess.Popen([server, "--no-defaults", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                until_open(port)
                with pymysql.connect(unix_socket=f"{folder}/socket", user="root") as connection:
                    connection.cursor().execute("ALTER USER root@localhost IDENTIFIED BY 'root'")
                    connection.cursor().execute("CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY 'root'")
                    connection.cursor().execute("GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION")
                yield MariaDB(port)
            finally:
                running.terminate()
                running.wait(30)
