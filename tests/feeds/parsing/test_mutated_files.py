"""Mutated files of ten formats through feeds, imports and the sheet of /entry: each is read or refused, and nothing else happens.

`python -m bench.hostile` does the same with five hundred and a real worker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from feeds.boundary_files import read_boundaries
from feeds.config import load
from feeds.entries import check_entries
from feeds.errors import CommandError
from feeds.worker import register
from store import manual
from store.transactions import reading, writing
from tests.feeds.test_pipeline import COVERAGE, make
from tests.support.hostile import hostile_files, sound_files
from tests.support.sources import Web, body, web

SEED, FILES = 7, 200
SECRET = "CANARY-4e8a"
BY_HAND = COVERAGE.replace('connector = "folder"', 'connector = "manual"').replace('folder = "drop"\nsettle_s = 0.02\n', "")


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inner") / "feeds.csv"
    path.write_text(f"khoa,lon,lat\n{SECRET},103,21\n")
    return path


@pytest.fixture(scope="module")
def trap() -> Iterator[Web]:
    with web() as served:
        served.answers["/"] = body(f'{{"type": "FeatureCollection", "name": "{SECRET}", "features": []}}'.encode())
        yield served


@pytest.fixture(scope="module")
def files(canary: Path, trap: Web) -> dict[str, bytes]:
    return dict(hostile_files(SEED, FILES, canary, trap.url()))


def test_the_files_are_the_same_for_the_same_seed(files: dict[str, bytes], canary: Path, trap: Web) -> None:
    again = dict(hostile_files(SEED, FILES, canary, trap.url()))
    assert [name for name in files if not name.endswith((".gpkg", ".zip", ".xlsx", ".ods"))] == [
        name for name in again if not name.endswith((".gpkg", ".zip", ".xlsx", ".ods"))
    ]
    assert {Path(name).suffix for name in files} <= {*sound_files(canary, trap.url())}
    assert any(str(canary).encode() in data for data in files.values())


def test_a_feed_takes_or_rejects_each_once(province: Engine, tmp_path: Path, files: dict[str, bytes], trap: Web) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    for name, data in files.items():
        (tmp_path / "drop" / name).write_bytes(data)
    runs = [run for run in pipeline.run() if run.item is not None]
    assert Counter(run.item for run in runs) == Counter(list(files))
    assert [run.item for run in runs if not (run.good or run.lasting)] == []
    assert [run for run in pipeline.run() if run.item is not None] == []
    assert trap.asked == []
    everywhere = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in everywhere if SECRET.encode() in path.read_bytes()] == []


def test_an_import_reads_or_refuses_each(tmp_path: Path, files: dict[str, bytes], trap: Web) -> None:
    for name, data in list(files.items())[: FILES // 2]:
        path = tmp_path / name
        path.write_bytes(data)
        try:
            said = repr(read_boundaries(path, layer=None, level="commune", day=date(2025, 7, 1), crs=None))
        except CommandError as error:
            said = repr((error.code, error.values))
        assert SECRET not in said
    assert trap.asked == []


def test_every_sheet_handed_over_is_checked(province: Engine, tmp_path: Path, files: dict[str, bytes]) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(BY_HAND, encoding="utf-8")
    feeds = load(path, {})
    register(province, feeds)
    sheets = [(name, data) for name, data in files.items() if name.endswith((".xlsx", ".csv", ".xls", ".ods")) and data][: FILES // 8]
    with writing(province) as connection:
        form = manual.forms_all(connection)["coverage"]
        for name, data in sheets:
            named = name if name.endswith((".xlsx", ".csv")) else f"{name}.xlsx"
            manual.submit(connection, form, "Lò Thị An", datetime.now(UTC), file_name=named, file=data)
    for _ in range(len(sheets)):  # some at a time
        check_entries(province, feeds)
    with reading(province) as connection:
        assert manual.to_check(connection) == []
