"""A worker whose store is deleted or replaced under it writes nothing, says so, keeps the files, and goes on when the store is back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from store import identity, schema, schema_version
from store.engine import open_engine
from store.transactions import reading, writing
from tests.feeds.conftest import fill
from tests.support.programs import Program, run, wait_until

pytestmark = pytest.mark.long

FEED = """[feeds.drop]
title = "Tệp"
title_en = "Files"
connector = "folder"
kind = "dossiers"
folder = "drop"
pattern = "*.csv"
settle_s = 0
source = "mẫu"
every_s = 1
late_after_s = 60
stale_after_s = 600
retries = 0
timeout_s = 5
"""
HEAD = "centre_id,period,received,in_progress,due,on_time,overdue,online\n"


class Installation:
    def __init__(self, home: Path) -> None:
        self.home, self.path = home, home / "ioc.db"
        self.url = f"sqlite:///{self.path}"
        self.environment = {"IOC_STORE": self.url, "IOC_HOME": str(home)}
        (home / "feeds.toml").write_text(FEED, encoding="utf-8")
        (home / "drop").mkdir()
        self.count = 0

    def drop(self) -> Path:
        self.count += 1
        path = self.home / "drop" / f"{self.count}.csv"
        path.with_suffix(".part").write_text(f"{HEAD}C11-001,2026-{self.count:02d},{self.count},0,0,0,0,0\n", encoding="utf-8")
        return path.with_suffix(".part").rename(path)

    def runs(self) -> int:
        engine = open_engine(self.url)
        with reading(engine) as connection:
            count = connection.scalar(select(func.count()).select_from(schema.feed_runs).where(schema.feed_runs.c.state == "ok"))
        engine.dispose()
        return int(count or 0)

    def rows(self, path: Path) -> int:
        engine = open_engine(f"sqlite:///{path}")
        with reading(engine) as connection:
            count = connection.scalar(select(func.count()).select_from(schema.dossiers))
        engine.dispose()
        return int(count or 0)

    def move(self, path: Path, target: Path) -> None:
        for ending in ("", "-wal", "-shm"):
            if Path(f"{path}{ending}").exists():
                os.replace(f"{path}{ending}", f"{target}{ending}")

    def doctor(self) -> list[str]:
        return [finding["code"] for finding in json.loads(run(["doctor", "--json"], self.environment, self.home).stdout)]


@pytest.fixture
def installation(tmp_path: Path, migrated_sqlite: Path) -> Installation:
    made = Installation(tmp_path)
    shutil.copy(migrated_sqlite, made.path)
    engine = open_engine(made.url)
    fill(engine)
    engine.dispose()
    return made


@pytest.fixture
def worker(installation: Installation, tmp_path: Path) -> Iterator[Program]:
    program = Program(["worker"], installation.environment, tmp_path / "worker.log")
    installation.drop()
    wait_until(lambda: installation.runs() == 1, 60, lambda: program.output)
    yield program
    program.kill()


@pytest.mark.parametrize("replaced", [False, True])
def test_files_wait_until_the_right_store_is_back(
    installation: Installation, worker: Program, tmp_path: Path, migrated_sqlite: Path, replaced: bool
) -> None:
    aside, other = tmp_path / "aside.db", tmp_path / "other.db"
    installation.move(installation.path, aside)
    if replaced:
        shutil.copy(migrated_sqlite, other)
        _give_another_id(other)
        installation.move(other, installation.path)
    code = "store.replaced" if replaced else "store.gone"
    dropped = [installation.drop() for _ in range(3)]
    worker.wait_for(code, 60)
    wait_until(lambda: "doctor.worker_cannot_write" in installation.doctor(), 60, lambda: worker.output)
    assert all(path.exists() for path in dropped)
    if replaced:
        assert installation.rows(installation.path) == 0
        installation.move(installation.path, other)
    assert not installation.path.exists()
    installation.move(aside, installation.path)
    wait_until(lambda: installation.rows(installation.path) == 4, 60, lambda: worker.output)
    assert not any(path.exists() for path in dropped)
    wait_until(lambda: "doctor.worker_cannot_write" not in installation.doctor(), 60)
    assert worker.end() == 0
    assert "Traceback" not in worker.output


def test_a_worker_does_not_make_a_store(installation: Installation) -> None:
    installation.path.unlink()
    ended = run(["worker"], installation.environment, installation.home)
    assert ended.returncode == 2
    assert "ioc init" in ended.stderr
    assert not installation.path.exists()


def _give_another_id(path: Path) -> None:
    engine = open_engine(f"sqlite:///{path}")
    fill(engine)
    with writing(engine) as connection:
        identity.settle(connection, "11111111-2222-3333-4444-555555555555")
    schema_version.check(engine)
    engine.dispose()
