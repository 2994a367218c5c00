"""Engines open what they should, the way they should."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.engine import make_file, open_engine, shown_url
from store.errors import StoreUnavailableError


def test_a_new_store_can_be_opened_by_several_at_the_same_moment(tmp_path: Path) -> None:
    def open_together(path: Path) -> list[str]:
        ready = threading.Barrier(4)

        def one(_: int) -> str:
            engine = open_engine(f"sqlite:///{path}")
            make_file(engine)
            ready.wait()
            with engine.connect() as connection:
                mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            engine.dispose()
            return str(mode)

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(one, range(4)))

    modes = [mode for number in range(40) for mode in open_together(tmp_path / f"{number}.db")]
    assert modes == ["wal"] * 160


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a' / 'b' / 'ioc.db'}")
    make_file(engine)
    engine.connect().close()
    engine.dispose()
    assert (tmp_path / "a" / "b" / "ioc.db").is_file()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnavailableError, match="file"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'ioc.db'}")


@pytest.mark.parametrize("url", ["mysql://localhost/ioc", "not a url", ""])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StoreUnavailableError):
        open_engine(url)


def test_a_url_is_shown_without_its_password() -> None:
    assert shown_url("postgresql+psycopg://ioc:secret@db/ioc") == "postgresql+psycopg://ioc:***@db/ioc"
    assert shown_url("sqlite:///var/ioc.db") == "sqlite:///var/ioc.db"


@pytest.mark.postgres
def test_postgresql_starts_no_helpers_for_a_short_read(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        told = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("max_parallel_workers_per_gather", "jit")]
    engine.dispose()
    assert told == ["0", "off"]
