"""The Makefile and its shell: what a newcomer's first command does, on this machine and with real pip, without a network."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.processes import cpu_of_children_s

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"^([a-z0-9-]+)==([^ ]+)", re.MULTILINE)
NOBODY = 65534


def pins(lock: str) -> set[tuple[str, str]]:
    return set(PINNED.findall((ROOT / lock).read_text()))


def run(*command: str | Path, cwd: Path = ROOT, as_nobody: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
    other = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody and os.geteuid() == 0 else {}
    return subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, **other)


# ── Lock files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_developers_lock_is_the_products_lock_and_more():
    assert pins("requirements.lock") < pins("requirements-dev.lock")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_a_hash(lock):
    for entry in re.split(r"\n(?=[a-z])", (ROOT / lock).read_text().strip()):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_lock_holds_every_declared_dependency_and_the_build_backend():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = project["project"]["dependencies"] + project["build-system"]["requires"] + ["editables"]
    names = {re.match(r"[\w.-]+", requirement)[0].replace("_", "-") for requirement in declared}
    assert names <= {name for name, _ in pins("requirements.lock")}


def test_the_lock_leaves_out_the_gpl_transliterator_and_the_geocoder():
    names = {name for name, _ in pins("requirements-dev.lock")}
    assert names.isdisjoint({"unidecode", "geopy", "geographiclib"})


def test_the_tests_run_on_the_locked_versions():
    wrong = {
        name: (locked, version(name))
        for name, locked in pins("requirements.lock")
        if name in {"dash", "fastapi", "uvicorn", "pyogrio"} and version(name) != locked
    }
    assert wrong == {}


# ── Python ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_an_old_python_is_refused_by_name_and_with_the_way_out(tmp_path):
    old = executable(tmp_path / "python3.9", '#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2\nexit 1\n')
    ended = run("install/python.sh", PYTHON=str(old))
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert f"Python 3.9.2 ({old})" in ended.stderr
    assert "Python 3.11 or newer is needed" in ended.stderr
    assert "Cần Python 3.11 trở lên" in ended.stderr


def test_no_python_at_all_says_what_to_install():
    ended = run("install/python.sh", PYTHON="no-such-python")
    assert ended.returncode != 0
    assert "apt-get install python3 python3-venv" in ended.stderr


def test_a_new_enough_python_is_found():
    path = run("install/python.sh").stdout.strip()
    assert subprocess.run([path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).returncode == 0


# ── System packages ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def public_copy() -> Iterator[Path]:
    """The scripts where every user of the machine can read them."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    shutil.copytree(ROOT / "install", folder / "install")
    yield folder
    shutil.rmtree(folder)


def test_somebody_who_is_not_root_is_told_what_to_type(public_copy):
    ended = run("install/packages.sh", "test", cwd=public_copy, as_nobody=True, IOC_TEST_BROWSER="no-such-browser")
    assert ended.returncode != 0
    ubuntu = "ID=ubuntu" in Path("/etc/os-release").read_text()
    expected = r"Chromium \.deb" if ubuntu else r"sudo apt-get update && sudo apt-get install -y .*\bchromium\b"
    assert re.search(expected, ended.stderr)


def test_a_browser_that_is_only_a_stub_for_a_snap_is_not_taken(tmp_path):
    stub = executable(tmp_path / "chromium", '#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
    assert run("install/browser.sh", IOC_TEST_BROWSER=str(stub)).returncode == 1
    real = executable(tmp_path / "chrome", "#!/bin/sh\nexec /opt/chrome/chrome\n")
    assert run("install/browser.sh", IOC_TEST_BROWSER=f"{stub} {real}").stdout.strip() == str(real)


# ── The virtual environment ──────────────────────────────────────────────────────────────────────────────────────────────

BACKEND = """
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "sample-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("sample.pth", __file__.rsplit("/", 1)[0])
        wheel.writestr("sample-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: sample\\nVersion: 1\\n")
        wheel.writestr("sample-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("sample-1.dist-info/RECORD", "")
    return name
"""


class Sample:
    """A small project with a lock file and the wheels it names, for pip without a network."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder, folder / "wheels"
        self.wheels.mkdir(parents=True)
        shutil.copytree(ROOT / "install", folder / "install")
        (folder / "backend.py").write_text(BACKEND)
        (folder / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n')
        self.lock("1.0")
        (folder / "requirements-dev.lock").write_text((folder / "requirements.lock").read_text())

    def lock(self, release: str) -> None:
        path = self.wheels / f"leaf-{release}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("leaf.py", f"RELEASE = {release!r}\n")
            wheel.writestr(f"leaf-{release}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: leaf\nVersion: {release}\n")
            wheel.writestr(f"leaf-{release}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"leaf-{release}.dist-info/RECORD", "")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (self.folder / "requirements.lock").write_text(f"leaf=={release} \\\n    --hash=sha256:{digest}\n")

    def install(self, what: str = "run") -> subprocess.CompletedProcess[str]:
        return run("install/venv.sh", what, cwd=self.folder, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.wheels))

    def installed(self) -> str:
        return run(self.folder / ".venv/bin/python", "-c", "import leaf, backend; print(leaf.RELEASE)").stdout.strip()


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Sample:
    made = Sample(tmp_path_factory.mktemp("sample") / "project")
    first = made.install()
    assert first.returncode == 0, first.stderr
    return made


def test_the_first_call_installs_the_lock_and_the_project(sample):
    assert sample.installed()


def test_the_second_call_does_nothing_and_is_instant(sample):
    assert sample.install().returncode == 0
    before = cpu_of_children_s()
    again = sample.install()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert cpu_of_children_s() - before < 0.5


def test_a_changed_lock_is_installed_again(sample):
    sample.lock("2.0")
    assert sample.install().returncode == 0
    assert sample.installed() == "2.0"


def test_a_developers_installation_serves_the_demo_too(sample):
    sample.lock("2.1")
    (sample.folder / "requirements-dev.lock").write_text((sample.folder / "requirements.lock").read_text())
    assert sample.install("dev").returncode == 0
    assert sample.install("run").stdout == ""


def test_a_package_that_differs_from_its_hash_is_refused_and_nothing_counts_as_installed(sample):
    before = sample.installed()
    sample.lock("3.0")
    lock = sample.folder / "requirements.lock"
    lock.write_text(re.sub(r"sha256:.{4}", "sha256:0000", lock.read_text()))
    refused = sample.install()
    assert refused.returncode != 0
    assert ".venv/install.log" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert sample.installed() == before
    assert sample.install().returncode != 0, "a failed installation must not count"


# ── Make ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_make_alone_lists_what_there_is():
    listed = {line.split()[0] for line in run("make", "--no-print-directory").stdout.splitlines()}
    assert {"demo", "test", "check", "bench", "lock", "clean", "install"} <= listed


def test_continuous_integration_runs_make_test():
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "make test" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        ([], "ioc demo"),
        (["PROVINCE=40", "PORT=8051"], "ioc demo --province 40 --port 8051"),
        (["ARGS=--home var-40"], "ioc demo --home var-40"),
    ],
)
def test_make_demo_hands_on_what_it_was_told_and_nothing_else(variables, command):
    outside = {"ARGS": "", "PROVINCE": "", "PORT": "", "MAKEFLAGS": ""}  # this may itself be run by make, with other wishes
    shown = run("make", "--dry-run", "--no-print-directory", "demo", *variables, **outside).stdout.splitlines()[-1]
    assert shown.removeprefix("exec .venv/bin/").split() == command.split()


def test_make_bench_runs_every_benchmark():
    (listed,) = re.findall(r"^BENCH \?= (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    programs = {path.stem for path in (ROOT / "bench").glob("*.py") if '__name__ == "__main__"' in path.read_text()}
    assert set(listed.split()) == programs - {"leaflet_page"}, "leaflet_page is the peer that paint starts"


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "install").iterdir()))
def test_the_shell_is_sound(script):
    assert run("bash", "-n", f"install/{script}").stderr == ""
