"""What others may not read through us: links in drop folders, files of the store, passwords in messages."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.databases import database_url, shown_database
from feeds.drops import Drop, look, put_away, read_drop
from store.engine import make_file, open_engine, shown_url
from store.errors import StoreUnavailableError

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
SECRET = "mật/khẩu"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").mkdir()
    for name in ("key.csv", "thon.shp", "thon.shx", "thon.dbf"):
        (tmp_path / "secret" / name).write_text("a;b\n1;2\n", encoding="utf-8")
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def seen(folder: Path, pattern: str = "**/*") -> list[str]:
    return [drop.path.name for drop in look(folder, pattern, NOW)]


def test_a_link_is_not_a_dropped_file(folder: Path) -> None:
    (folder / "real.csv").write_text("a\n", encoding="utf-8")
    (folder / "link.csv").symlink_to(folder.parent / "secret" / "key.csv")
    assert seen(folder) == ["real.csv"]


def test_a_linked_folder_named_by_the_pattern_is_not_followed(folder: Path) -> None:
    (folder / "sub").symlink_to(folder.parent / "secret")
    assert seen(folder, "*/*.csv") == []
    assert seen(folder, "sub/*.csv") == []


def test_linked_side_files_do_not_belong_to_a_shapefile(folder: Path) -> None:
    (folder / "thon.shp").write_text("x", encoding="utf-8")
    for ending in ("shx", "dbf"):
        (folder / f"thon.{ending}").symlink_to(folder.parent / "secret" / f"thon.{ending}")
    (drop,) = look(folder, "*.shp", datetime(2100, 1, 1, tzinfo=UTC))
    assert [part.name for part in drop.parts] == ["thon.shp"]


def test_a_file_that_becomes_a_link_after_it_was_seen_is_not_read(folder: Path) -> None:
    path = folder / "a.csv"
    path.write_text("a\n", encoding="utf-8")
    (drop,) = look(folder, "*.csv", NOW)
    path.unlink()
    path.symlink_to(folder.parent / "secret" / "key.csv")
    with pytest.raises(OSError, match=r"symbolic links|Too many levels"):
        read_drop(drop, 100)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a link to somebody else")
def test_nothing_is_put_away_through_a_link_of_somebody_else(folder: Path) -> None:
    path = folder / "a.csv"
    path.write_text("a\n", encoding="utf-8")
    (folder / "archive").symlink_to(folder.parent / "secret")
    os.lchown(folder / "archive", 65534, 65534)
    assert not put_away(Drop(path, (path,), 2, 0, 0), "archive", "")
    assert path.exists()


def test_a_new_store_in_a_folder_of_a_group_is_the_groups(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    make_file(open_engine(f"sqlite:///{tmp_path / 'ioc.db'}"))
    assert (tmp_path / "ioc.db").stat().st_mode & 0o777 == 0o660


def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        engine = open_engine(f"sqlite:///{tmp_path / 'ioc.db'}")
        make_file(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE a (b)")
            assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
        engine.dispose()
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    "url",
    [
        f"mariadb://ss:1{SECRET}@db.example.vn/x",
        f"mariadb://ss:1/{SECRET}@db.example.vn/x",
        f"postgresql+psycopg://ioc:{SECRET}@db.example.vn/ioc",
        f"postgresql://ioc:a@{SECRET}@db/ioc",
        f"postgresql+psycopg://db/ioc?user=ioc&password={SECRET}",
        f"postgresql+psycopg://ioc:{SECRET}@db:port/ioc",
        f"{SECRET}",
        f"://{SECRET}@",
    ],
)
def test_no_part_of_a_password_is_shown(url: str) -> None:
    shown = shown_url(url)
    assert not [part for part in SECRET.split("/") if part in shown], shown
    try:
        open_engine(url).dispose()
    except StoreUnavailableError as error:
        told = f"{error} {error.args_}"
        assert not [part for part in SECRET.split("/") if part in told], told


def test_nor_of_a_feeds_database() -> None:
    shown = shown_database(database_url(f"mariadb://ss:1/{SECRET}@db/x"))
    assert "mật" not in shown
    assert "khẩu" not in shown
