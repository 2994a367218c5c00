"""A store copied, backed up and restored is the same store, whatever is in it, on whichever database; and nothing is lost on the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import shapely
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, inspect, select

from feeds.default.init import init_province
from store import portable, schema_version, transfer
from store.archive import Archive, writing_archive
from store.engine import make_file, open_engine
from store.errors import (
    BackupError,
    ContentDiffersError,
    RowsRefusedError,
    StoreDamagedError,
    StoreEmptyError,
    StoreNewerError,
    StoreNotEmptyError,
)
from store.schema import coverage, feed_runs, meta, metadata, units, versions
from store.transactions import reading
from store.write import bump, writing
from tests.store import odd
from tests.support.postgres import Cluster
from tests.support.programs import wait_until

Stores = Callable[[str], Engine]


@pytest.fixture
def stores(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Makes empty databases: "sqlite" or "postgresql"."""
    with ExitStack() as opened:

        def make(database: str) -> Engine:
            if database == "sqlite":
                url = f"sqlite:///{tmp_path}/made-{uuid4().hex}/ioc.db"
            else:
                cluster: Cluster = request.getfixturevalue("cluster")
                name = cluster.new_database()
                opened.callback(cluster.drop_database, name)
                url = cluster.url(name)
            engine = open_engine(url)
            make_file(engine)
            opened.callback(engine.dispose)
            return engine

        yield make


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province as `ioc init` makes it."""
    path = tmp_path_factory.mktemp("demo") / "ioc.db"
    engine = open_engine(f"sqlite:///{path}")
    init_province(engine, "11", today=date(2026, 11, 21))
    engine.dispose()
    return path


def contents(engine: Engine, *, without: tuple[str, ...] = (versions.name,)) -> dict[str, tuple[int, str]]:
    """Rows and sum of every table; versions are raised by every move."""
    with reading(engine) as connection:
        found = {shape.name: portable.content_of(connection, shape) for shape in portable.shapes(connection)}
    return {name: (content.rows, content.sum) for name, content in found.items() if name not in without}


def plain_rows(engine: Engine) -> dict[str, list[str]]:
    """Every row as the rest of the software reads it, to see that equal sums mean equal rows."""
    found = {}
    with reading(engine) as connection:
        for table in metadata.sorted_tables:
            if table is not versions:
                found[table.name] = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
    return found


@pytest.mark.postgres
def test_a_province_goes_to_postgresql_and_back_table_by_table(demo: Path, stores: Stores) -> None:
    first, there, back = open_engine(f"sqlite:///{demo}"), stores("postgresql"), stores("sqlite")
    moved = transfer.copy(first, there)
    assert moved.province == "11"
    assert moved.rows > 20_000
    assert moved.tables == len(metadata.tables)
    transfer.copy(there, back)
    assert contents(first) == contents(there) == contents(back)
    assert plain_rows(first) == plain_rows(back)
    schema_version.check(there)
    first.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("way", [("sqlite", "postgresql", "sqlite"), ("postgresql", "sqlite", "postgresql")])
def test_odd_values_survive_the_round_trip(stores: Stores, way: tuple[str, ...]) -> None:
    first, there, back = map(stores, way)
    schema_version.upgrade(first)
    odd.fill(first)
    transfer.copy(first, there)
    transfer.copy(there, back)
    assert contents(first) == contents(there) == contents(back)
    assert contents(first)["units"][0] == len(odd.OUTLINES)
    if way[0] == "sqlite":
        with reading(first) as one, reading(back) as other:
            for table in ("units", "meta", "feed_runs", "series_samples"):
                query = f"SELECT * FROM {table} ORDER BY 1, 2"
                assert list(one.exec_driver_sql(query)) == list(other.exec_driver_sql(query)), table


@pytest.mark.parametrize("table", [units, meta, feed_runs])
def test_the_sum_sees_a_single_value_that_differs(engine: Engine, table: object) -> None:
    odd.fill(engine)
    before = contents(engine)
    with writing(engine) as connection:
        statement = {
            "units": "UPDATE units SET area_km2 = area_km2 + 0.5 WHERE code = 'U0'",
            "meta": "UPDATE meta SET value = ' ' WHERE key = 'note'",
            "feed_runs": "UPDATE feed_runs SET error_args = 'null' WHERE id = 7",
        }[table.name]  # type: ignore[attr-defined]
        assert connection.exec_driver_sql(statement).rowcount == 1
    after = contents(engine)
    assert {name for name in before if before[name] != after[name]} == {table.name}  # type: ignore[attr-defined]


def test_ids_go_on_after_the_greatest_one(engine: Engine, stores: Stores, database: str) -> None:
    odd.fill(engine)
    target = stores(database)
    transfer.copy(engine, target)
    now = datetime.now(UTC)
    with writing(target) as connection:
        row = {"feed": "f", "started_at": now, "finished_at": now, "state": "ok", "worker": "w"}
        assert connection.execute(insert(feed_runs).values(**row).returning(feed_runs.c.id)).scalar_one() > 77


def test_versions_are_higher_than_they_ever_were_on_either_side(engine: Engine, tmp_path: Path) -> None:
    odd.fill(engine)
    transfer.back_up(engine, tmp_path / "a.zip", "1")
    with writing(engine) as connection:
        for _ in range(20):
            bump(connection, coverage.name, "only-here")
    transfer.restore(engine, Archive(tmp_path / "a.zip"), replace=True)
    with reading(engine) as connection:
        found = {row.layer: row.version for row in connection.execute(select(versions))}
    assert found["only-here"] > 20
    assert found["units"] > 20
    assert found["all"] > 21


def test_a_store_that_holds_a_province_is_not_written_over(engine: Engine, stores: Stores, database: str, tmp_path: Path) -> None:
    odd.fill(engine)
    other = stores(database)
    transfer.copy(engine, other)
    transfer.back_up(engine, tmp_path / "a.zip", "1")
    before = contents(other, without=())
    for attempt in (lambda: transfer.copy(engine, other), lambda: transfer.restore(other, Archive(tmp_path / "a.zip"))):
        with pytest.raises(StoreNotEmptyError):
            attempt()
    assert contents(other, without=()) == before


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "table"),
    [
        (f"UPDATE units SET outline = x'{shapely.Point(103, 21, 1234.5).wkb_hex}' WHERE code = 'U2'", "units"),
        ("UPDATE meta SET value = char(0) WHERE key = 'note'", "meta"),
        ("UPDATE series_samples SET latency_us = 9000000000000000000 WHERE ts = 0", "series_samples"),
    ],
)
def test_what_the_other_database_cannot_hold_is_named_and_nothing_is_copied(stores: Stores, statement: str, table: str) -> None:
    source, target = stores("sqlite"), stores("postgresql")
    schema_version.upgrade(source)
    odd.fill(source)
    with writing(source) as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0
    with pytest.raises(RowsRefusedError) as caught:
        transfer.copy(source, target)
    assert caught.value.args_["table"] == table
    with target.connect() as connection:
        assert inspect(connection).get_table_names() == ["spatial_ref_sys"]


@pytest.mark.postgres
def test_other_peoples_tables_in_the_database_are_let_be(stores: Stores, sqlite_url: str) -> None:
    source, target = open_engine(sqlite_url), stores("postgresql")
    odd.fill(source)
    with target.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE theirs AS SELECT 1 AS one")
    transfer.copy(source, target)
    with target.connect() as connection:
        assert connection.exec_driver_sql("SELECT one FROM theirs").scalar() == 1
    source.dispose()


def test_every_table_that_a_revision_had_is_known(empty_sqlite_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema_version.MIGRATIONS))
    engine = open_engine(empty_sqlite_url)
    make_file(engine)
    for script in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
        with writing(engine) as connection:
            schema_version.migrate(connection, script.revision)
            there = set(inspect(connection).get_table_names())
            assert there - {"alembic_version", "sqlite_sequence"} <= set(metadata.tables) | portable.FORMER_TABLES, script.revision
    engine.dispose()


# ── Backups ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_restored_is_what_was_backed_up(engine: Engine, stores: Stores, database: str, tmp_path: Path) -> None:
    odd.fill(engine)
    manifest = transfer.back_up(engine, tmp_path / "a.zip", "0.9")
    assert (manifest.province, manifest.software, manifest.database) == ("11", "0.9", database)
    assert manifest.revision == schema_version.newest()
    archive = Archive(tmp_path / "a.zip")
    archive.verify()
    for other in ("sqlite", database):
        target = stores(other)
        assert transfer.restore(target, archive).rows == manifest.rows
        assert contents(target) == contents(engine)


def test_a_backup_is_of_one_moment_while_others_write(engine: Engine, stores: Stores, tmp_path: Path) -> None:
    odd.fill(engine)
    stop, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            with writing(engine) as connection:  # the pair is written together or not at all
                for name in ("pair-one", "pair-two"):
                    connection.exec_driver_sql(f"DELETE FROM meta WHERE key = '{name}'")
                    connection.execute(insert(meta).values(key=name, value=str(written)))
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: written > 3)
        for number in range(5):
            begun = written
            transfer.back_up(engine, tmp_path / f"{number}.zip", "1")
            wait_until(lambda begun=begun: written > begun)  # nobody had to wait for the backup's end  # type: ignore[misc]
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        lines = [row for batch in Archive(tmp_path / f"{number}.zip").rows_of("meta") for row in batch]
        pair = {value for name, value in lines if name.startswith("pair-")}
        assert len(pair) == 1


def test_a_writer_is_not_held_up_by_a_backup_in_the_middle(engine: Engine) -> None:
    odd.fill(engine)
    with reading(engine) as connection:
        batches = portable.rows_of(connection, next(shape for shape in portable.shapes(connection) if shape.name == "meta"))
        next(batches)
        with writing(engine) as other:
            bump(other, "units")
        batches.close()  # type: ignore[attr-defined]


def test_an_older_schema_is_backed_up_as_it_is_and_upgraded_when_it_is_restored(stores: Stores, database: str, tmp_path: Path) -> None:
    engine, target = stores(database), stores(database)
    with writing(engine) as connection:
        schema_version.migrate(connection, "0001")
        connection.execute(insert(meta).values(key="province", value="11"))
        samples = "(1763683200, 'E1', NULL, NULL), (1763683230, 'E1', true, 1.5)"
        connection.exec_driver_sql(f"INSERT INTO endpoint_samples (ts, endpoint_id, up, latency_ms) VALUES {samples}")
    manifest = transfer.back_up(engine, tmp_path / "a.zip", "0.1")
    assert manifest.revision == "0001"
    moved = transfer.restore(target, Archive(tmp_path / "a.zip"))
    assert moved.revision == "0001"
    schema_version.check(target)
    with reading(target) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM series_samples").scalar() == 2


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """A copy of a backup with its members changed, as a zip whose own check sums are right."""
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as out:
        for name in source.namelist():
            out.writestr(name, change(name, source.read(name)))
    return target


def test_a_backup_of_a_newer_schema_is_refused(engine: Engine, tmp_path: Path) -> None:
    odd.fill(engine)
    transfer.back_up(engine, tmp_path / "a.zip", "1")

    def newer(name: str, data: bytes) -> bytes:
        return json.dumps(json.loads(data) | {"revision": "9999"}).encode() if name == "manifest.json" else data

    before = contents(engine, without=())
    with pytest.raises(StoreNewerError):
        transfer.restore(engine, Archive(rewritten(tmp_path / "a.zip", newer)), replace=True)
    assert contents(engine, without=()) == before


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_backup_that_is_cut_short_is_refused(sqlite_url: str, tmp_path: Path, share: float) -> None:
    engine = open_engine(sqlite_url)
    odd.fill(engine)
    path = tmp_path / "a.zip"
    transfer.back_up(engine, path, "1")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(BackupError) as caught:
        Archive(path).verify()
    assert caught.value.code == "backup.damaged"
    engine.dispose()


def test_no_damaged_byte_goes_unnoticed(sqlite_url: str, tmp_path: Path) -> None:
    """Every 97th byte is flipped; each time it is refused, or what is restored is right all the same (a time stamp of the zip)."""
    engine = open_engine(sqlite_url)
    odd.fill(engine)
    path, bad = tmp_path / "a.zip", tmp_path / "bad.zip"
    transfer.back_up(engine, path, "1")
    sound, refused = path.read_bytes(), 0
    expected = Archive(path).manifest
    for place in range(0, len(sound), 97):
        bad.write_bytes(sound[:place] + bytes([sound[place] ^ 0xFF]) + sound[place + 1 :])
        try:
            archive = Archive(bad)
            archive.verify()
            assert archive.manifest == expected
        except BackupError:
            refused += 1
    assert refused > len(sound) / 97 / 2
    engine.dispose()


def test_rows_changed_behind_the_check_sums_are_found_while_restoring(engine: Engine, tmp_path: Path) -> None:
    odd.fill(engine)
    transfer.back_up(engine, tmp_path / "a.zip", "1")
    changed = rewritten(tmp_path / "a.zip", lambda name, data: data.replace(b'["note",""]', b'["note","x"]'))
    before = contents(engine, without=())
    with pytest.raises(BackupError):
        Archive(changed).verify()
    with pytest.raises(ContentDiffersError):
        transfer.restore(engine, Archive(changed), replace=True)
    assert contents(engine, without=()) == before


@pytest.mark.parametrize("text", ["", "not a zip", "PK\x05\x06" + "\0" * 18])
def test_what_is_no_backup_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.zip").write_text(text)
    with pytest.raises(BackupError) as caught:
        Archive(tmp_path / "a.zip")
    assert caught.value.code == "backup.damaged"
    with pytest.raises(BackupError) as caught:
        Archive(tmp_path / "absent.zip")
    assert caught.value.code == "backup.unreadable"


def test_a_file_that_would_leave_its_folder_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    odd.fill(engine)
    transfer.back_up(engine, tmp_path / "a.zip", "1")

    def outside(name: str, data: bytes) -> bytes:
        return json.dumps(json.loads(data) | {"files": {"../x": ""}}).encode() if name == "manifest.json" else data

    with pytest.raises(BackupError):
        Archive(rewritten(tmp_path / "a.zip", outside))
    engine.dispose()


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path, stores: Stores) -> None:
    with pytest.raises(ZeroDivisionError), writing_archive(tmp_path / "a.zip"):
        _ = 1 / 0
    with pytest.raises(StoreEmptyError):
        transfer.back_up(stores("sqlite"), tmp_path / "b.zip", "1")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_a_backup_does_not_write_over_a_file(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("dear")
    engine = open_engine(sqlite_url)
    with pytest.raises(BackupError) as caught:
        transfer.back_up(engine, tmp_path / "a.zip", "1")
    assert caught.value.code == "backup.exists"
    assert (tmp_path / "a.zip").read_text() == "dear"
    engine.dispose()


def test_a_backup_that_is_killed_leaves_no_file_under_the_final_name(demo: Path, tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from store import transfer\n"
        "from store.archive import Writer\n"
        "from store.engine import make_file, open_engine\n"
        "from pathlib import Path\n"
        "write = Writer.table\n"
        "def then_die(self, shape, batches):\n"
        "    write(self, shape, batches)\n"
        "    if shape.name == 'coverage': os.kill(os.getpid(), 9)\n"
        "Writer.table = then_die\n"
        f"transfer.back_up(open_engine('sqlite:///{demo}'), Path('a.zip'), '1')\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment).returncode == -9
    assert not (tmp_path / "a.zip").exists()
    engine = open_engine(f"sqlite:///{demo}")
    transfer.back_up(engine, tmp_path / "a.zip", "1")
    Archive(tmp_path / "a.zip").verify()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    engine.dispose()


def test_a_damaged_sqlite_file_is_not_backed_up_as_if_it_were_sound(demo: Path, tmp_path: Path) -> None:
    path = tmp_path / "ioc.db"
    shutil.copy(demo, path)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * 40_000)
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(StoreDamagedError):
        transfer.back_up(engine, tmp_path / "a.zip", "1")
    assert not (tmp_path / "a.zip").exists()
    engine.dispose()


def test_readers_see_the_old_store_until_the_new_one_is_complete(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    odd.fill(engine)
    transfer.back_up(engine, tmp_path / "a.zip", "1")
    with reading(engine) as connection:
        before = portable.content_of(connection, portable.shapes(connection)[0])
        transfer.restore(engine, Archive(tmp_path / "a.zip"), replace=True)
        assert portable.content_of(connection, portable.shapes(connection)[0]) == before
    engine.dispose()
