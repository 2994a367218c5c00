"""The table of faults, as Markdown: `python -m bench.faults` (--store, --kills, --only). Ends with 1 when one is not as expected."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg

from bench.faults.feeds.devices import Devices
from bench.faults.feeds.everything import sources
from bench.faults.machine.disk import full_disk, small_disk
from bench.faults.machine.everything import broken_machine
from bench.faults.machine.room import Room
from bench.faults.stage import stage
from bench.faults.table import DATABASES, Line, table, told
from bench.faults.telling import broken_sources
from tests.support.postgres import SERVER_USER, Cluster

SMALL_MB = {"sqlite": 24, "postgresql": 60}


def lines(database: str, kills: int, only: str) -> Iterator[Line]:
    """Every line of one database; a PostgreSQL cluster of its own is started."""
    cluster = Cluster() if database == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory(prefix="ioc-faults-") as folder:
            with stage(_url(cluster, Path(folder) / "a.db")) as ill, sources(ill) as all_sources:
                yield from broken_sources(ill, all_sources, only)
            with stage(_url(cluster, Path(folder) / "d.db")) as ill, ExitStack() as ends:
                yield from Devices(ill, ends).lines(only)
            with stage(_url(cluster, Path(folder) / "b.db")) as ill:
                yield from broken_machine(ill, cluster, kills, only)
        if only in "disk full":
            yield _full_disk(cluster)
    finally:
        if cluster is not None:
            cluster.remove()


def _url(cluster: Cluster | None, path: Path) -> str:
    return f"sqlite:///{path}" if cluster is None else cluster.url(cluster.new_database())


def _full_disk(cluster: Cluster | None) -> Line:
    with small_disk(SMALL_MB["postgresql" if cluster else "sqlite"]) as folder:
        if folder is None:
            return Line("disk full", "folder CSV", "not done: only root may mount a small disk", None, True, True, None, as_expected=False)
        url = f"sqlite:///{folder}/ioc.db" if cluster is None else _database_on(cluster, folder)
        with stage(url) as full:
            room = Room(full, cluster)
            full.start()
            room.tell()
            return full_disk(room, folder / "ballast")


def _database_on(cluster: Cluster, folder: Path) -> str:
    """A database whose tables, not whose log, lie on the small disk."""
    space = folder / "space"
    space.mkdir()
    shutil.chown(space, SERVER_USER)
    folder.chmod(0o755)
    with closing(psycopg.connect(cluster.url("postgres").replace("+psycopg", ""), autocommit=True)) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'".encode())
        connection.execute(f"CREATE DATABASE small TEMPLATE {cluster.template} TABLESPACE small".encode())
    return cluster.url("small")


def main() -> int:
    """Print each line as it is found on standard error, and the table at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", "--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--only", default="", help="faults whose name contains this")
    options = parser.parse_args()
    found: dict[str, list[Line]] = {}
    for database in DATABASES if options.store == "both" else (options.store,):
        found[database] = []
        for line in lines(database, options.kills, options.only):
            print(told(database, line), file=sys.stderr, flush=True)
            found[database].append(line)
    print(table(found))
    wrong = [line for some in found.values() for line in some if not line.right]
    print(f"\n{sum(map(len, found.values()))} tried, {len(wrong)} not as expected")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
