"""A backup that somebody made up: nothing of it runs, nothing lies outside of its place, and what is left out is named."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.feeds.test_cli_store import typed
from tests.support.backups import digest, forged

EVIL = b"import os\nos.system('touch owned')\n"


@pytest.fixture
def sound(province: Engine, store_url: str, tmp_path: Path) -> Path:
    home = tmp_path / "source"
    (home / "plugins" / "kinds").mkdir(parents=True)
    (home / "feeds.toml").write_text("# khai báo\n", encoding="utf-8")
    typed(store_url, home, "backup", "a.zip", "--with-config")
    return home / "a.zip"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


LEFT_OUT = (
    *("plugins/kinds/x.py", "plugins/connectors/x.py", "plugins/kinds/sub/x.py", "plugins/sitecustomize.py", "sitecustomize.py"),
    *("ioc.db", ".bashrc", "spool2/x", "spool", "C:\\x", "spool/a\\..\\x"),
)


def test_what_is_no_configuration_is_left_out_and_named(sound: Path, store_url: str, home: Path) -> None:
    said = typed(store_url, home, "restore", str(forged(sound, dict.fromkeys(LEFT_OUT, EVIL))), "--replace", "--with-config")
    assert [name for name in LEFT_OUT if name not in said] == []
    assert (home / "feeds.toml").is_file()
    assert not [path for path in home.rglob("*") if path.is_file() and path.suffix != ".zip" and path.read_bytes() == EVIL]


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "spool/../../outside"])
def test_a_name_outside_of_its_folder_makes_it_no_backup(sound: Path, store_url: str, home: Path, name: str) -> None:
    typed(store_url, home, "restore", str(forged(sound, {name: EVIL})), "--replace", "--with-config", expect=2)
    assert not (home / "feeds.toml").exists()


def test_plug_ins_need_a_flag_and_the_digest_of_the_file(sound: Path, store_url: str, home: Path) -> None:
    backup = forged(sound, {"plugins/kinds/x.py": b"# of ours\n"})
    command = ["restore", str(backup), "--replace", "--with-config", "--with-plugins"]
    typed(store_url, home, *command, expect=2)
    typed(store_url, home, *command, "--sha256", "0" * 64, expect=2)
    assert not (home / "plugins").exists()
    assert digest(backup) in typed(store_url, home, *command, "--sha256", digest(backup))
    assert (home / "plugins" / "kinds" / "x.py").read_bytes() == b"# of ours\n"


def test_another_file_than_the_one_meant_is_refused(sound: Path, store_url: str, home: Path) -> None:
    typed(store_url, home, "restore", str(forged(sound, {})), "--check", "--sha256", digest(sound), expect=2)
    typed(store_url, home, "restore", str(sound), "--check", "--sha256", digest(sound).upper())


def test_a_link_in_the_home_is_not_written_through(sound: Path, store_url: str, home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (home / "spool").symlink_to(elsewhere)
    said = typed(store_url, home, "restore", str(forged(sound, {"spool/x/y": b"1"})), "--replace", "--with-config")
    assert "spool/x/y" in said
    assert list(elsewhere.iterdir()) == []


def test_a_bomb_fills_no_disk(sound: Path, store_url: str, home: Path) -> None:
    bomb = forged(sound, {"spool/big": bytes(101_000_000)})
    typed(store_url, home, "restore", str(bomb), "--replace", "--with-config", expect=2)
    assert not (home / "spool" / "big").exists()


def test_a_manifest_that_unpacks_for_ever_is_refused(sound: Path, store_url: str, home: Path) -> None:
    bomb = sound.with_name("bomb.zip")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("manifest.json", bytes(65_000_000))
    assert "bomb.zip" in typed(store_url, home, "restore", str(bomb), "--check", expect=2)
