"""The place where a store lies: taken away, put back, and another one made there, under a process that uses it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from store.engine import make_file, open_engine
from store.schema_version import upgrade
from tests.support.postgres import Cluster


class StorePlace(Protocol):
    """remove: the other store."""

    def exists(self) -> bool: ...
    def take_away(self) -> None: ...
    def put_back(self) -> None: ...
    def make_another(self) -> None: ...
    def remove(self) -> None: ...


def place_of(url: str, cluster: Cluster | None) -> StorePlace:
    """cluster: of a PostgreSQL store, None on SQLite."""
    return _File(url) if cluster is None else _Database(cluster, url)


class _File:
    """A SQLite file with its log."""

    def __init__(self, url: str) -> None:
        self._url, self._path = url, Path(url.removeprefix("sqlite:///"))

    def exists(self) -> bool:
        return self._path.exists()

    def take_away(self) -> None:
        self._move(self._path, self._path.with_suffix(".aside"))

    def put_back(self) -> None:
        if not self.exists():
            self._move(self._path.with_suffix(".aside"), self._path)

    def make_another(self) -> None:
        other = open_engine(self._url)
        make_file(other)
        upgrade(other)
        other.dispose()

    def remove(self) -> None:
        self._move(self._path, self._path.with_suffix(".other"))

    def _move(self, path: Path, target: Path) -> None:
        for ending in ("", "-wal", "-shm"):
            if Path(f"{path}{ending}").exists():
                os.replace(f"{path}{ending}", f"{target}{ending}")


class _Database:
    """A database of a PostgreSQL server."""

    def __init__(self, cluster: Cluster, url: str) -> None:
        self._cluster, self._url, self._name = cluster, url, url.rsplit("/", 1)[1]

    def exists(self) -> bool:
        return self._cluster.has_database(self._name)

    def take_away(self) -> None:
        self._cluster.rename_database(self._name, f"{self._name}_aside")

    def put_back(self) -> None:
        if not self.exists():
            self._cluster.rename_database(f"{self._name}_aside", self._name)

    def make_another(self) -> None:
        self._cluster.new_database(name=self._name)
        other = open_engine(self._url)
        upgrade(other)
        other.dispose()

    def remove(self) -> None:
        self._cluster.drop_database(self._name)
