"""A worker whose store is deleted or replaced under it writes nothing, says so, keeps the files, and goes on when the store is back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from store import schema
from store.engine import open_engine
from store.transactions import reading
from tests.feeds.conftest import fill
from tests.support.programs import Program, run, wait_until
from tests.support.store_place import StorePlace, place_of

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
    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        self.environment = {"IOC_STORE": url, "IOC_HOME": str(home)}
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

    def rows(self) -> int:
        engine = open_engine(self.url)
        with reading(engine) as connection:
            count = connection.scalar(select(func.count()).select_from(schema.dossiers))
        engine.dispose()
        return int(count or 0)

    def doctor(self) -> list[str]:
        return [finding["code"] for finding in json.loads(run(["doctor", "--json"], self.environment, self.home).stdout)]


@pytest.fixture
def installation(tmp_path: Path, store_url: str) -> Installation:
    engine = open_engine(store_url)
    fill(engine)
    engine.dispose()
    return Installation(tmp_path, store_url)


@pytest.fixture
def place(store_url: str, request: pytest.FixtureRequest) -> StorePlace:
    return place_of(store_url, None if store_url.startswith("sqlite") else request.getfixturevalue("cluster"))


@pytest.fixture
def worker(installation: Installation, tmp_path: Path) -> Iterator[Program]:
    program = Program(["worker"], installation.environment, tmp_path / "worker.log")
    installation.drop()
    wait_until(lambda: installation.runs() == 1, 60, lambda: program.output)
    yield program
    program.kill()


@pytest.mark.parametrize(("replaced", "files"), [(False, 3), (True, 3), (True, 1)])
def test_files_wait_until_the_right_store_is_back(
    installation: Installation, place: StorePlace, worker: Program, database: str, replaced: bool, files: int
) -> None:
    place.take_away()
    if replaced:
        place.make_another()
    missing = "store.gone" if database == "sqlite" else "store.unavailable"
    dropped = [installation.drop() for _ in range(files)]
    worker.wait_for("store.replaced" if replaced else missing, 60)
    wait_until(lambda: "doctor.worker_cannot_write" in installation.doctor(), 60, lambda: worker.output)
    assert all(path.exists() for path in dropped)
    if replaced:
        assert installation.rows() == 0
        place.remove()
    assert not place.exists()
    assert "recovered subject=store" not in worker.output
    place.put_back()
    wait_until(lambda: installation.rows() == 1 + files, 60, lambda: worker.output)
    wait_until(lambda: not any(path.exists() for path in dropped), 60, lambda: worker.output)  # put away once they are stored
    wait_until(lambda: "doctor.worker_cannot_write" not in installation.doctor(), 60)
    assert worker.end() == 0
    assert "Traceback" not in worker.output


def test_a_worker_does_not_make_a_store(tmp_path: Path) -> None:
    installation = Installation(tmp_path, f"sqlite:///{tmp_path / 'ioc.db'}")
    ended = run(["worker"], installation.environment, installation.home)
    assert ended.returncode == 2
    assert "ioc init" in ended.stderr
    assert not (tmp_path / "ioc.db").exists()
