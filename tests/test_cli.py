"""The command line as people meet it: real processes, one clear sentence in two languages, an exit code, no traceback."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest
from sqlalchemy import text

from ioc.cli import DELEGATED
from ioc.cli_terminal import TEXT
from store.engine import open_engine
from store.schema_version import upgrade
from tests.support.processes import cpu_of_children_s

ROOT = Path(__file__).parent.parent
IOC = Path(sys.executable).with_name("ioc")
NOBODY = 65534


def ioc(*arguments: str | Path, home: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command with nothing of ours in the environment but what the test says."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
    told = bare | ({"IOC_HOME": str(home)} if home else {}) | environment
    return subprocess.run([IOC, *map(str, arguments)], env=told, capture_output=True, text=True, timeout=60)


def assert_one_sentence(ended: subprocess.CompletedProcess[str], code: str, exit_code: int = 1, **values: object) -> None:
    assert ended.stderr == TEXT.both(code, **values) + "\n"
    assert ended.returncode == exit_code


def made_store(home: Path, revision: str | None = None) -> str:
    """A store with a schema and a province's code, marked with another schema version when one is given."""
    url = f"sqlite:///{home / 'ioc.db'}"
    engine = open_engine(url)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('province', '11')"))
        if revision:
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()
    return url


# ── Help and version ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_help_comes_at_once_and_names_every_command():
    before = cpu_of_children_s()
    ended = ioc("--help")
    assert cpu_of_children_s() - before < 0.3
    assert ended.returncode == 0
    assert set(re.findall(r"^    (\w+) ", ended.stdout, re.MULTILINE)) == {"demo", "serve", *DELEGATED}


def test_help_needs_none_of_the_heavy_packages():
    code = "import sys; from ioc.cli import _parser; _parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "sqlalchemy", "pandas", "dash", "fastapi", "shapely"} & set(loaded)


def test_version():
    assert ioc("--version").stdout == f"ioc {version('ioc')}\n"


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_every_command_of_the_dashboard_explains_its_arguments(command):
    ended = ioc(command, "--help")
    assert ended.returncode == 0
    assert {"--host", "--port"} <= set(re.findall(r"--\w+", ended.stdout))


@pytest.mark.parametrize("command", DELEGATED)
def test_every_command_of_the_worker_explains_its_arguments(command):
    ended = ioc(command, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"usage: ioc {command} ")


# ── The worker's commands ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_workers_commands_see_the_same_home_and_hand_back_their_exit_code(tmp_path):
    assert ioc("init", "--province", "11", home=tmp_path / "var").returncode == 0
    assert {"drop", "feeds.toml", "ioc.db"} <= {path.name for path in (tmp_path / "var").iterdir()}
    assert ioc("feeds", "check", home=tmp_path / "var").returncode == 0
    (tmp_path / "var" / "feeds.toml").write_text("[feeds.mcu]\n")
    assert ioc("feeds", "check", home=tmp_path / "var").returncode == 1


def test_a_file_that_bears_a_packages_name_in_the_working_folder_does_no_harm(tmp_path):
    (tmp_path / "feeds.py").write_text("raise SystemExit('taken for the package')")
    ended = subprocess.run([IOC, "init", "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


# ── Bad arguments ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_command():
    ended = ioc()
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "demo, serve, init" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["sevre"], "sevre"),
        (["serve", "--prot", "1"], "--prot"),
        (["serve", "--port", "70000"], "70000"),
        (["serve", "--port", "tám"], "tám"),
        (["serve", "--port"], "--port"),
        (["demo", "extra"], "extra"),
    ],
)
def test_a_wrong_argument_is_named_in_one_line_of_both_languages(arguments, word):
    ended = ioc(*arguments)
    assert ended.returncode == 2
    assert ended.stdout == ""
    vietnamese, english = ended.stderr.rstrip("\n").split("  /  ")
    assert word in vietnamese
    assert word in english


def test_a_wrong_environment_variable_is_named():
    ended = ioc("serve", IOC_PORT="x1")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "IOC_PORT" in ended.stderr
    assert "'x1'" in ended.stderr


# ── The store and the folder ─────────────────────────────────────────────────────────────────────────────────────────────


def test_serving_without_a_store_says_how_to_make_one_and_makes_nothing(tmp_path):
    assert_one_sentence(ioc("serve", home=tmp_path / "var"), "store.empty")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_store_of_a_newer_version_is_left_alone(tmp_path, command):
    made_store(tmp_path, revision="9999")
    ended = ioc(command, "--port", str(free_port()), home=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "9999" in ended.stderr


def test_a_database_server_that_is_away_is_named_without_its_password(tmp_path):
    url = f"postgresql+psycopg://ioc:secret-word@127.0.0.1:{free_port()}/ioc"
    ended = ioc("serve", home=tmp_path, IOC_STORE=url)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "secret-word" not in ended.stderr


def test_a_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "var"
    assert_one_sentence(ioc("demo", "--home", home), "cli.home_unwritable", home=home, detail="Not a directory")


def test_a_folder_without_the_right_to_write_is_refused():
    """Root may write everywhere, so a process of root first becomes somebody who may not."""
    home = Path(tempfile.mkdtemp(dir="/tmp"))
    home.chmod(0o555)
    code = f"""
import os, sys
import ioc.cli, ioc.demo
if os.geteuid() == 0:
    os.setuid({NOBODY})
sys.exit(ioc.cli.main(["demo", "--home", {str(home)!r}]))
"""
    try:
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    finally:
        home.rmdir()
    assert_one_sentence(ended, "cli.home_unwritable", home=home, detail="Permission denied")


# ── The port ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_busy_port_is_named_with_the_way_out(tmp_path, command):
    made_store(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ended = ioc(command, "--port", str(port), home=tmp_path)
    assert_one_sentence(ended, "cli.port_busy", host="127.0.0.1", port=port, other=port + 1)


def test_an_address_of_another_machine_is_refused(tmp_path):
    made_store(tmp_path)
    ended = ioc("serve", "--host", "192.0.2.1", home=tmp_path)
    assert_one_sentence(ended, "cli.host_unknown", host="192.0.2.1", detail="Cannot assign requested address")


# ── The catalogue ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    assert TEXT.keys("vi") == TEXT.keys("en")
    for key in TEXT.keys("vi"):
        placeholders = [set(re.findall(r"{(\w+)}", TEXT.text(language, key))) for language in ("vi", "en")]
        assert placeholders[0] == placeholders[1], key


def test_every_text_that_the_code_asks_for_exists():
    asked = set()
    for path in (ROOT / "ioc").glob("*.py"):
        asked |= set(re.findall(r'(?:say|complain|both|tell|CommandError|ArgumentsError)\(\s*f?"([a-z_.]+)"', path.read_text()))
    assert {"cli.port_busy", "demo.ready", "demo.restart"} <= asked
    assert asked <= TEXT.keys("vi")
