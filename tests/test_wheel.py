"""The wheel that an administrator carries to a machine without a network holds everything that the checkout does."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.support.processes import wait_for

ROOT = Path(__file__).parent.parent
PACKAGES = ("assets", "feeds", "geo", "ioc", "store")


def tracked() -> set[str]:
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True)
    return {path for path in listed.stdout.splitlines() if (ROOT / path).exists()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy of what the repository tracks, as `pip wheel` in the administrator's guide does."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheelhouse")
    for path in [*tracked(), "pyproject.toml", "README.md", "LICENSE"]:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        folder,
        source,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (made,) = folder.glob("ioc-*.whl")
    return made


def test_every_file_of_the_packages_is_in_it_and_none_other(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == tracked()


def test_the_licence_is_in_it(wheel):
    assert any(name.endswith("licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_what_was_installed_from_it_makes_and_shows_a_province(wheel, tmp_path):
    """In an environment of its own, whose only other packages are those that the tests run on."""
    place = tmp_path / "place"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True, timeout=60)
    python = place / "bin/python"
    (site,) = place.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "others.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IOC_", "PYTHON"))}

    def run(*arguments: str) -> str:
        ended = subprocess.run([python, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert str(site) in run("-c", "import ioc; print(ioc.__file__)")
    run("-m", "ioc.cli", "init", "--province", "11")
    run("-m", "ioc.cli", "feeds", "check")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with subprocess.Popen([python, "-m", "ioc.cli", "serve", "--port", str(port)], cwd=tmp_path, env=environment) as dashboard:
        try:
            wait_for(lambda: status(port, "/healthz") == 200, 60)
            paths = ("/map", "/api/docs", "/api/v1/summary?unit=11")
            assert {path: status(port, path) for path in paths} == dict.fromkeys(paths, 200)
        finally:
            dashboard.terminate()


def status(port: int, path: str) -> int | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10).status_code
    except httpx.HTTPError:
        return None
