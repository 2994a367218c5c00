"""A very small province for the feeds' tests: six villages, five endpoints, two centres, three operators."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from feeds.cli import main
from feeds.default.init import init_province
from store.engine import open_engine
from store.schema import centres, endpoints, meta, operators, place_units, technologies, villages
from store.schema_version import upgrade
from store.write import upsert, writing

Tried = Callable[..., dict[str, Any]]
ROOT = Path(__file__).resolve().parents[2]
START = datetime(2022, 4, 30, tzinfo=UTC)
OLD, NEW = date(2004, 8, 31), date(2025, 7, 1)


@pytest.fixture
def province(engine: Engine) -> Engine:
    """The store of `engine` with the small province in it."""
    fill(engine)
    return engine


def fill(engine: Engine, addresses: dict[str, str] | None = None) -> None:
    """Write the small province. addresses: endpoint id → host:port; endpoints E11-001 … E11-005."""
    where = addresses or {}
    with writing(engine) as connection:
        names = ("id", "name", "search_key", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
        rows = [(f"V11-000{n}", f"Bản mẫu 000{n}", f"ban mau 000{n}", 103.0, 21.0, OLD, "mẫu", True, START) for n in range(1, 7)]
        upsert(connection, villages, names, rows)
        upsert(
            connection,
            operators,
            ("key", "name", "position", "synthetic", "stored_at"),
            [(f"op-{letter}", f"Nhà mạng mẫu {letter.upper()}", n, True, START) for n, letter in enumerate("abc")],
        )
        service = {"2g": (None, date(2026, 9, 15)), "4g": (None, None), "5g": (date(2024, 1, 1), None), "broadband": (None, None)}
        upsert(
            connection,
            technologies,
            ("key", "name", "kind", "position", "valid_from", "valid_to", "source", "stored_at"),
            [(key, key.upper(), "mobile", n, start, end, "mẫu", START) for n, (key, (start, end)) in enumerate(service.items())],
        )
        upsert(
            connection,
            endpoints,
            ("id", "name", "search_key", "level", "lon", "lat", "address", "valid_from", "source", "synthetic", "stored_at"),
            [
                (f"E11-00{n}", f"Điểm cầu {n}", f"diem cau {n}", "commune", 103.0, 21.0, where.get(f"E11-00{n}"), OLD, "mẫu", True, START)
                for n in range(1, 6)
            ],
        )
        upsert(
            connection,
            centres,
            ("id", "name", "search_key", "kind", "lon", "lat", "valid_from", "source", "synthetic", "stored_at"),
            [(f"C11-00{n}", f"Trung tâm {n}", f"trung tam {n}", "one_stop", 103.0, 21.0, OLD, "mẫu", True, START) for n in (1, 2)],
        )
        upsert(
            connection,
            place_units,
            ("place_kind", "place_id", "unit_valid_from", "unit_code", "unit_valid_to", "stored_at"),
            [
                ("centre", f"C11-00{n}", start, code, end, START)
                for n in (1, 2)
                for start, code, end in ((OLD, f"0310{n}", date(2025, 6, 30)), (NEW, f"0320{n}", None))
            ],
        )
        upsert(connection, meta, ("key", "value"), [("province", "11"), ("metric_crs", "EPSG:9205")], ignore=())


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Initialised SQLite stores by province, made once and copied."""
    folder = tmp_path_factory.mktemp("provinces")

    def made(code: str) -> Path:
        path = folder / f"{code}.db"
        if not path.exists():
            engine = open_engine(f"sqlite:///{path}")
            upgrade(engine)
            init_province(engine, code, today=date(2026, 11, 21))
            engine.dispose()
        return path

    return made


@pytest.fixture
def open_store(stores: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    engines: list[Engine] = []

    def opened(code: str) -> Engine:
        path = tmp_path / f"store_{code}.db"
        shutil.copy(stores(code), path)
        engines.append(open_engine(f"sqlite:///{path}"))
        return engines[-1]

    yield opened
    for engine in engines:
        engine.dispose()


# ── Files as departments send them ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def cases() -> Path:
    folder = ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip(f"the files of departments are not part of the repository, and {folder} is not there")
    return folder


@pytest.fixture
def tried(stores: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tried:
    """(file, kind, …) → what `ioc feeds try FILE --kind KIND --set … --json` says of it in a store of province 11, which it only reads."""
    monkeypatch.setenv("IOC_HOME", str(tmp_path))
    monkeypatch.setenv("IOC_STORE", f"sqlite:///{stores('11')}")

    def tried(file: Path, kind: str, *said: str) -> dict[str, Any]:
        stated = [part for assignment in said for part in ("--set", assignment)]
        main(["feeds", "try", str(file), "--kind", kind, *stated, "--json"])
        (trial,) = json.loads(capsys.readouterr().out)
        return dict(trial)

    return tried
