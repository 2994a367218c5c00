"""The command line as a person types it: what works says what it did, what does not is one sentence in two languages and exit code 2."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from feeds.cli_province import TEMPLATE
from feeds.config import load
from feeds.texts import CATALOGUE
from store.catalogue import LANGUAGES
from tests.feeds.conftest import fill
from tests.feeds.test_pipeline import answer, dossier
from tests.support.programs import run
from tests.support.sources import body, web


@pytest.fixture
def filled_url(sqlite_url: str) -> str:
    from store.engine import open_engine

    engine = open_engine(sqlite_url)
    fill(engine)
    engine.dispose()
    return sqlite_url


def refused(folder: Path, *arguments: str, **environment: str) -> str:
    """The one sentence that a command is refused with."""
    done = run(arguments, {"IOC_HOME": str(folder / "home")} | environment, folder)
    assert done.returncode == 2, done
    assert "Traceback" not in done.stdout
    (line,) = done.stderr.splitlines()
    vietnamese, english = line.split("  /  ")
    assert vietnamese != english
    assert "{" not in line
    return line


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "COMMAND"),
        (("nonsense",), "nonsense"),
        (("init",), "--province"),
        (("init", "--province", "11", "--seed", "x"), "--seed"),
        (("init", "--province", "11", "--probe-base-port", "70000"), "70000"),
        (("init", "--prov", "11"), "--province"),
        (("simulate", "--port", "http"), "http"),
        (("simulate", "--faults", "2"), "2"),
        (("simulate", "--update-every", "soon"), "soon"),
        (("feeds", "run"), "key"),
        (("worker", "--fast"), "--fast"),
        (("import", "boundaries", "a.gpkg", "--level", "village"), "village"),
        (("import", "boundaries", "a.gpkg", "--level", "commune", "--valid-from", "1.7.2025"), "1.7.2025"),
    ],
)
def test_bad_arguments_are_named(tmp_path: Path, arguments: tuple[str, ...], named: str) -> None:
    assert named in refused(tmp_path, *arguments)


@pytest.mark.parametrize("command", [("worker",), ("simulate",), ("feeds", "run", "dossiers")])
def test_a_store_that_is_not_there_sends_to_init(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "home" / "drop").mkdir(parents=True)
    shutil.copy(TEMPLATE, tmp_path / "home" / "feeds.toml")
    assert "ioc init --province 11" in refused(tmp_path, *command)


def test_a_store_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    line = refused(tmp_path, "worker", IOC_STORE="postgresql+psycopg://nobody:secret@127.0.0.1:1/ioc")
    assert "127.0.0.1:1/ioc" in line
    assert "secret" not in line


@pytest.mark.parametrize("command", [("worker",), ("simulate",), ("init", "--province", "11")])
def test_a_store_of_a_newer_version_is_refused(tmp_path: Path, filled_url: str, command: tuple[str, ...]) -> None:
    from store.engine import open_engine

    engine = open_engine(filled_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    assert "9999" in refused(tmp_path, *command, IOC_STORE=filled_url)


@pytest.mark.parametrize("command", [("init", "--province", "11"), ("simulate",)])
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, filled_url: str, command: tuple[str, ...]) -> None:
    (tmp_path / "home").write_text("a file is in the way")
    assert str(tmp_path / "home") in refused(tmp_path, *command, IOC_STORE=filled_url)


def test_a_worker_without_a_feeds_file_says_so(tmp_path: Path, filled_url: str) -> None:
    assert "feeds.toml" in refused(tmp_path, "worker", IOC_STORE=filled_url)


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    assert "IOC_LOG_LEVEL" in refused(tmp_path, "worker", IOC_LOG_LEVEL="loud")


def test_a_busy_port_is_named(tmp_path: Path, filled_url: str) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        assert port in refused(tmp_path, "simulate", "--port", port, IOC_STORE=filled_url)


def test_check_names_every_mistake_by_file_and_line_and_finds_a_good_file_good(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    (tmp_path / "drop").mkdir()
    text = TEMPLATE.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    done = run(("feeds", "check", str(path)), {}, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "9 nguồn tin" in done.stdout
    path.write_text(text.replace('"tcp"', '"tpc"').replace("retries", "x") + "\n[feeds.x]\n", encoding="utf-8")
    done = run(("feeds", "check", str(path)), {}, tmp_path)
    assert done.returncode == 1
    line = text.splitlines().index('connector = "tcp"') + 1
    assert done.stdout.splitlines()[0].startswith(f"{path}:{line}: không có cách kết nối 'tpc'; có phải là 'tcp'?")
    assert len(done.stdout.splitlines()) == 3


def test_list_and_run_show_the_feeds_and_what_a_run_did(tmp_path: Path, filled_url: str) -> None:
    from tests.feeds.test_worker import declare

    with web() as server:
        server.answers["/"] = body(answer(dossier(1), dossier(2, dung_han=99)))
        declare(tmp_path, server.url())
        environment = {"IOC_HOME": str(tmp_path), "IOC_STORE": filled_url}
        assert "dossiers" in run(("feeds", "list"), environment, tmp_path).stdout
        done = run(("feeds", "run", "dossiers"), environment, tmp_path)
        assert done.returncode == 0
        assert "một phần; đọc 2, mới 1, đổi 0, giữ nguyên 0, loại 1 dòng" in done.stdout
        assert "2: Cột 'dung_han' ghi 99, lớn hơn cột 'due' (8)" in done.stdout
        server.answers["/"] = body(b"", 404)
        done = run(("feeds", "run", "dossiers"), environment, tmp_path)
        assert done.returncode == 1
        assert "(mã 404)" in done.stdout
    assert "dossiers" in refused(tmp_path, "feeds", "run", "dosiers", IOC_HOME=str(tmp_path), IOC_STORE=filled_url)


def test_init_makes_a_province_and_a_feeds_file_that_is_right_and_leaves_both_the_second_time(tmp_path: Path) -> None:
    environment = {"IOC_HOME": str(tmp_path / "home")}
    done = run(("init", "--province", "11"), environment, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "[8/8]" in done.stdout
    path = tmp_path / "home" / "feeds.toml"
    assert len(load(path, {})) == 9
    path.write_text("# mine\n", encoding="utf-8")
    again = run(("init", "--province", "11"), environment, tmp_path)
    assert again.returncode == 0
    assert "không có gì thay đổi" in again.stdout
    assert path.read_text(encoding="utf-8") == "# mine\n"
    assert "99" in refused(tmp_path, "init", "--province", "99", IOC_STORE=f"sqlite:///{tmp_path}/other.db").split("'")[1]


def test_both_languages_have_the_same_texts() -> None:
    assert CATALOGUE.keys("vi") == CATALOGUE.keys("en")
    assert all(CATALOGUE.text(language, key) for language in LANGUAGES for key in CATALOGUE.keys(language))
