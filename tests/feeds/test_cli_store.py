"""Backup, restore, copy and upgrade as an administrator types them, on both databases, beside a worker that runs."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from store import schema_version
from store.archive import Archive
from store.engine import open_engine
from store.schema import meta
from store.write import writing
from tests.feeds.conftest import fill
from tests.feeds.test_worker import Start, declare, server, start
from tests.support.programs import run
from tests.support.sources import Web

pytestmark = pytest.mark.long

__all__ = ["server", "start"]


def typed(url: str, folder: Path, *arguments: str, expect: int = 0) -> str:
    """What a command said. Its last line is the refusal when one is expected."""
    done: subprocess.CompletedProcess[str] = run(arguments, {"IOC_STORE": url, "IOC_HOME": str(folder)}, folder, within_s=60)
    assert done.returncode == expect, done
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def note(engine: Engine, value: str | None = None) -> str | None:
    """Read the note that tells one state of the store from another; write it when given."""
    with writing(engine) as connection:
        if value is not None:
            connection.execute(text("DELETE FROM meta WHERE key = 'note'"))
            connection.execute(meta.insert().values(key="note", value=value))
        return connection.execute(select(meta.c.value).where(meta.c.key == "note")).scalar()


def test_backup_then_restore_in_place_of_what_came_after(province: Engine, store_url: str, tmp_path: Path) -> None:
    note(province, "then")
    said = typed(store_url, tmp_path, "backup", "kept/")
    (path,) = (tmp_path / "kept").iterdir()
    assert path.name.startswith("ioc-11-")
    assert path.stat().st_mode & 0o077 == 0
    assert f"kept/{path.name}" in said
    note(province, "later")
    assert "--replace" not in typed(store_url, tmp_path, "restore", str(path), "--check")
    assert "11" in typed(store_url, tmp_path, "restore", str(path), expect=2)
    assert note(province) == "later"
    typed(store_url, tmp_path, "restore", str(path), "--replace")
    assert note(province) == "then"
    (aside,) = (tmp_path / "backup").iterdir()
    typed(store_url, tmp_path, "restore", str(aside), "--replace")
    assert note(province) == "later"


def test_only_the_newest_backups_are_kept_and_nothing_else_is_touched(province: Engine, sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    theirs = ["ioc-15-20200101-000000.zip", "notes.txt", "ioc-11-20200101.zip"]
    ours = [f"ioc-11-202601{day:02d}-030000.zip" for day in range(1, 6)]
    for name in theirs + ours:
        (folder / name).write_text("x")
    url = str(province.url.render_as_string(hide_password=False))
    typed(url, tmp_path, "backup", str(folder), "--keep", "3")
    left = {path.name for path in folder.iterdir()}
    assert set(theirs) | set(ours[3:]) < left
    assert not set(ours[:3]) & left
    assert len(left) == len(theirs) + 3
    assert "--keep" in typed(url, tmp_path, "backup", "one.zip", "--keep", "3", expect=2)


def test_a_worker_that_runs_is_in_the_way_of_a_restore_and_not_of_a_backup(
    province: Engine, store_url: str, tmp_path: Path, server: Web, start: Start
) -> None:
    declare(tmp_path, server.url())
    worker = start()
    worker.wait_for("following")
    typed(store_url, tmp_path, "backup", "a.zip")
    refusal = typed(store_url, tmp_path, "restore", "a.zip", "--replace", expect=2)
    assert f"-{worker.process.pid}" in refusal
    assert worker.end() == 0
    typed(store_url, tmp_path, "restore", "a.zip", "--replace")


def test_a_backup_of_nothing_says_so(empty_store_url: str, tmp_path: Path) -> None:
    assert "ioc init" in typed(empty_store_url, tmp_path, "backup", "a.zip", expect=2)
    assert not (tmp_path / "a.zip").exists()


def test_a_folder_that_cannot_be_written_is_named(province: Engine, store_url: str, tmp_path: Path) -> None:
    assert "/proc/nowhere" in typed(store_url, tmp_path, "backup", "/proc/nowhere/", expect=2)
    assert "/proc/a.zip" in typed(store_url, tmp_path, "backup", "/proc/a.zip", expect=2)


def test_restore_makes_a_store_where_there_is_none(province: Engine, store_url: str, empty_store_url: str, tmp_path: Path) -> None:
    typed(store_url, tmp_path, "backup", "a.zip")
    typed(empty_store_url, tmp_path, "restore", "a.zip")
    assert "11" in typed(empty_store_url, tmp_path, "store", "status")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and then nothing"])
def test_what_is_no_backup_is_refused_and_the_store_stays(province: Engine, store_url: str, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    note(province, "dear")
    assert "a.zip" in typed(store_url, tmp_path, "restore", "a.zip", "--replace", expect=2)
    assert "b.zip" in typed(store_url, tmp_path, "restore", "b.zip", "--replace", expect=2)
    assert note(province) == "dear"
    assert not (tmp_path / "backup").exists()


def test_the_deployments_own_files_go_along_and_old_ones_are_kept(province: Engine, store_url: str, tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    for name, content in {"feeds.toml": "a", "plugins/kinds/x.py": "b", "spool/đợt 1/y.csv": "c", "ioc.db-not-this": "d"}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content)
    typed(store_url, home, "backup", "a.zip", "--with-config")
    with closing(Archive(home / "a.zip")) as archive:
        packed = set(archive.manifest.files)
    assert packed == {"feeds.toml", "plugins/kinds/x.py", "spool/đợt 1/y.csv"}
    other.mkdir()
    (other / "feeds.toml").write_text("old")
    typed(store_url, other, "restore", str(home / "a.zip"), "--replace")
    assert (other / "feeds.toml").read_text() == "old"
    typed(store_url, other, "restore", str(home / "a.zip"), "--replace", "--with-config")
    assert (other / "feeds.toml").read_text() == "a"
    assert (other / "spool/đợt 1/y.csv").read_text() == "c"
    (aside,) = other.glob("feeds.toml.before-*")
    assert aside.read_text() == "old"


@pytest.mark.postgres
def test_a_store_is_copied_and_compared_and_not_twice(sqlite_url: str, empty_postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    fill(engine)
    engine.dispose()
    said = typed(sqlite_url, tmp_path, "store", "copy", sqlite_url, empty_postgres_url)
    assert "11" in said
    assert "11" in typed(empty_postgres_url, tmp_path, "store", "status")
    for again in ((sqlite_url, empty_postgres_url), (sqlite_url, sqlite_url), (f"sqlite:///{tmp_path}/none.db", empty_postgres_url)):
        typed(sqlite_url, tmp_path, "store", "copy", *again, expect=2)


def test_an_upgrade_is_asked_for_and_done(empty_store_url: str, tmp_path: Path) -> None:
    engine = open_engine(empty_store_url)
    with writing(engine) as connection:
        schema_version.migrate(connection, "0001")
    behind = typed(empty_store_url, tmp_path, "store", "upgrade", "--check", expect=1)
    assert "0001" in behind
    assert schema_version.newest() in behind
    assert "0001" in typed(empty_store_url, tmp_path, "store", "status")
    typed(empty_store_url, tmp_path, "store", "upgrade")
    typed(empty_store_url, tmp_path, "store", "upgrade", "--check")
    engine.dispose()
