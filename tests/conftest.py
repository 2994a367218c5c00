"""Fixtures that every test may ask for: stores on both databases, and the real boundaries kept beside the repository.

`store_url` and `engine` run a test twice, on SQLite and on PostgreSQL. A PostgreSQL cluster is started by the first test that
needs one, once per test process; every test gets a database of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from store.engine import open_engine
from store.schema_version import upgrade
from tests.support import browser as chromium
from tests.support.postgres import Cluster, PostgresMissing

ROOT = Path(__file__).parent.parent
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
_MIGRATED = "migrated"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "long" not in item.keywords)


@pytest.fixture(scope="session")
def _started_clusters() -> Iterator[list[Cluster]]:
    clusters: list[Cluster] = []
    yield clusters
    for cluster in clusters:
        cluster.remove()


@pytest.fixture
def cluster(_started_clusters: list[Cluster]) -> Cluster:
    """The running PostgreSQL cluster; the test is skipped, saying why, where this machine has none."""
    if not _started_clusters:
        try:
            _started_clusters.append(Cluster())
        except PostgresMissing as missing:
            pytest.skip(f"needs a real PostgreSQL with PostGIS: {missing}")
    return _started_clusters[0]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """sqlite or postgresql: a test that asks for it, or for `store_url` or `engine`, runs on both."""
    return str(request.param)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A SQLite store that nobody has made yet."""
    return f"sqlite:///{tmp_path / 'empty' / 'ioc.db'}"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "ioc.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A SQLite store with the newest schema and no rows."""
    path = tmp_path / "store" / "ioc.db"
    path.parent.mkdir()
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_postgres_url(cluster: Cluster) -> Iterator[str]:
    """A PostgreSQL database with PostGIS and nothing else."""
    name = cluster.new_database()
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def postgres_url(cluster: Cluster) -> Iterator[str]:
    """A PostgreSQL store with the newest schema and no rows."""
    name = cluster.new_database(_migrated_template(cluster))
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def empty_store_url(database: str, request: pytest.FixtureRequest) -> str:
    """On both databases: a store without a schema, on SQLite an empty file."""
    if database == "postgresql":
        return str(request.getfixturevalue("empty_postgres_url"))
    url = str(request.getfixturevalue("empty_sqlite_url"))
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir()
    path.touch()
    return url


@pytest.fixture
def store_url(database: str, request: pytest.FixtureRequest) -> str:
    """On both databases: a store with the newest schema and no rows."""
    return str(request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_url"))


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """An engine on `store_url`."""
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium, started by the first test that needs it."""
    yield from chromium.launched()


@pytest.fixture(scope="session")
def shared_boundaries() -> Path:
    """The folder of real outlines beside the repository; they may not be redistributed, so a clone does not have them."""
    folder = ROOT.parent / "shared" / "data" / "boundaries"
    if not folder.is_dir():
        pytest.skip(f"real outlines are not part of the repository, and {folder} is not there")
    return folder


def _migrated_template(cluster: Cluster) -> str:
    if _MIGRATED not in cluster.databases:
        cluster.new_database(name=_MIGRATED)
        _migrate(cluster.url(_MIGRATED))
    return _MIGRATED


def _migrate(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
