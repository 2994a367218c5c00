"""A process writes only to the store that it began with, and says so when that is gone or another has taken its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.exc import DBAPIError

from store import identity, schema, schema_version, transfer
from store.archive import Archive
from store.engine import make_file, open_engine
from store.errors import StoreEmptyError, StoreGoneError, StoreReplacedError, StoreUnavailableError
from store.schema import meta
from store.transactions import reading, writing
from tests.support.postgres import Cluster


def put(engine: Engine, key: str) -> None:
    with writing(engine) as connection:
        connection.execute(insert(meta).values(key=key, value="x"))


def keys(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.scalars(select(meta.c.key)))


def id_in(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return identity.id_of(connection)


@pytest.fixture
def used(engine: Engine) -> Engine:
    """A store with a province that a process has begun to work with."""
    put(engine, "province")
    schema_version.check(engine)
    return engine


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_url)
    put(engine, "province")
    schema_version.check(engine)
    yield engine
    engine.dispose()


def another(migrated_sqlite: Path, path: Path) -> None:
    """A store of somebody else's, with the same schema."""
    shutil.copy(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as connection:
        identity.settle(connection, "11111111-2222-3333-4444-555555555555")
    engine.dispose()


def move(path: Path, target: Path) -> None:
    """With its log, which a connection that is open keeps beside it."""
    for ending in ("", "-wal", "-shm"):
        if Path(f"{path}{ending}").exists():
            os.replace(f"{path}{ending}", f"{target}{ending}")


def test_every_store_has_an_id_of_its_own(empty_store_url: str, tmp_path: Path) -> None:
    engines = [open_engine(empty_store_url), open_engine(f"sqlite:///{tmp_path / 'other.db'}")]
    for engine in engines:
        schema_version.upgrade(engine)
    first, second = (id_in(engine) for engine in engines)
    assert first
    assert second
    assert first != second
    for engine in engines:
        engine.dispose()


def test_a_sqlite_file_is_made_on_purpose_only(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'ioc.db'}")
    with pytest.raises(StoreEmptyError), reading(engine):
        pass
    with pytest.raises(StoreEmptyError), writing(engine):
        pass
    assert list(tmp_path.iterdir()) == []
    make_file(engine)
    assert (tmp_path / "ioc.db").stat().st_mode & 0o007 == 0
    engine.dispose()


def test_a_deleted_file_takes_nothing_along(sqlite: Engine, path: Path) -> None:
    aside = path.with_suffix(".aside")
    path.rename(aside)
    with pytest.raises(StoreGoneError):
        put(sqlite, "b")
    with pytest.raises(StoreGoneError):
        keys(sqlite)
    assert not path.exists()
    aside.rename(path)
    put(sqlite, "c")
    assert keys(sqlite) == {"province", "c"}


def write_while(engine: Engine, happens: Callable[[], object]) -> None:
    with writing(engine) as connection:
        connection.execute(insert(meta).values(key="b", value="x"))
        happens()


def test_a_file_deleted_during_a_write_is_not_said_to_be_written(sqlite: Engine, path: Path) -> None:
    with pytest.raises(StoreGoneError):
        write_while(sqlite, path.unlink)


def test_a_file_replaced_during_a_write_is_not_said_to_be_written(sqlite: Engine, path: Path, migrated_sqlite: Path) -> None:
    new = path.with_suffix(".new")
    shutil.copy(migrated_sqlite, new)
    with pytest.raises(StoreReplacedError):
        write_while(sqlite, lambda: os.replace(new, path))


def test_another_store_in_its_place_is_not_written(sqlite: Engine, path: Path, migrated_sqlite: Path) -> None:
    aside = path.with_suffix(".aside")
    move(path, aside)
    another(migrated_sqlite, path)
    with pytest.raises(StoreReplacedError):
        put(sqlite, "b")
    other = open_engine(f"sqlite:///{path}")
    assert keys(other) == set()
    other.dispose()
    move(path, path.with_suffix(".other"))
    move(aside, path)
    put(sqlite, "c")
    assert keys(sqlite) == {"province", "c"}


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_a_file_that_is_no_store_is_not_written(sqlite: Engine, path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(content)
    os.replace(new, path)
    with pytest.raises(StoreUnavailableError):
        put(sqlite, "b")
    assert b"province" not in path.read_bytes()


def test_a_copy_of_the_same_store_is_the_same_store(sqlite: Engine, path: Path) -> None:
    sqlite.dispose()
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    os.replace(copy, path)
    put(sqlite, "b")
    assert keys(sqlite) == {"province", "b"}


def test_a_backup_put_back_where_a_store_was_lost_is_that_store(sqlite: Engine, path: Path, tmp_path: Path) -> None:
    transfer.back_up(sqlite, tmp_path / "a.zip", "1")
    path.unlink()
    with pytest.raises(StoreGoneError):
        put(sqlite, "b")
    fresh = open_engine(f"sqlite:///{path}")
    transfer.restore(fresh, Archive(tmp_path / "a.zip"))
    fresh.dispose()
    put(sqlite, "c")
    assert keys(sqlite) == {"province", "c"}


def test_a_store_written_over_by_a_restore_keeps_its_id(used: Engine, tmp_path: Path, migrated_sqlite: Path) -> None:
    before = id_in(used)
    other_path = tmp_path / "elsewhere" / "ioc.db"
    other_path.parent.mkdir()
    another(migrated_sqlite, other_path)
    other = open_engine(f"sqlite:///{other_path}")
    put(other, "province")
    put(other, "from elsewhere")
    transfer.back_up(other, tmp_path / "b.zip", "1")
    other.dispose()
    transfer.restore(used, Archive(tmp_path / "b.zip"), replace=True)
    assert id_in(used) == before
    put(used, "d")
    assert keys(used) >= {"from elsewhere", "d"}


@pytest.mark.postgres
@pytest.mark.parametrize("schema", [True, False])
def test_a_database_that_was_made_anew_is_not_written(cluster: Cluster, schema: bool) -> None:
    name = cluster.new_database()
    engine = open_engine(cluster.url(name))
    schema_version.upgrade(engine)
    put(engine, "province")
    schema_version.check(engine)
    cluster.drop_database(name)
    with pytest.raises(StoreUnavailableError):
        put(engine, "b")
    cluster.new_database(name=name)
    if schema:
        fresh = open_engine(cluster.url(name))
        schema_version.upgrade(fresh)
        fresh.dispose()
    with pytest.raises(StoreReplacedError):
        put(engine, "c")
    engine.dispose()
    cluster.drop_database(name)


@pytest.mark.postgres
@pytest.mark.parametrize("table", [schema.villages, schema.name_waiting])
def test_a_read_of_an_empty_store_in_its_place_says_so(cluster: Cluster, table: Table) -> None:
    name = cluster.new_database()
    engine = open_engine(cluster.url(name))
    schema_version.upgrade(engine)
    put(engine, "province")
    schema_version.check(engine)
    cluster.drop_database(name)
    with pytest.raises(StoreUnavailableError), reading(engine) as connection:
        connection.execute(select(table)).all()
    cluster.new_database(name=name)
    with pytest.raises(StoreReplacedError), reading(engine) as connection:
        connection.execute(select(table)).all()
    engine.dispose()
    cluster.drop_database(name)


def test_a_table_that_is_missing_in_our_own_store_is_another_error(used: Engine) -> None:
    with pytest.raises((DBAPIError, StoreUnavailableError)) as caught, reading(used) as connection:
        connection.exec_driver_sql("SELECT 1 FROM no_such_table")
    assert caught.type is not StoreReplacedError
