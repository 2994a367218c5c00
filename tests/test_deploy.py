"""What `deploy/` and the offline installer promise: sound units, a proxy before two dashboards, an install from one folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import tomllib
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from store import transfer
from store.engine import open_engine
from store.write import bump, writing
from tests.ioc.conftest import _made_province
from tests.ioc.test_serve import Served
from tests.support.processes import wait_for

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*"))

__all__ = ["_made_province"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"needs {name}, which this machine does not have")
    return found


# ── systemd ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    there = []
    for unit in UNITS:
        name = unit.name.replace("@.", "@8050.")
        if name != unit.name:
            shutil.copy(unit, tmp_path / unit.name)
        (tmp_path / name).write_text(unit.read_text().replace("/opt/ioc/bin/ioc", "/bin/true"))
        there.append(str(tmp_path / name))
    done = subprocess.run([program("systemd-analyze"), "verify", "--man=no", *there], capture_output=True, text=True, timeout=60)
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "ioc-" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_a_service_runs_a_command_that_exists_and_may_write_its_own_folder_only(unit: Path) -> None:
    text = unit.read_text()
    (command,) = re.findall(r"^ExecStart=/opt/ioc/bin/ioc (\w+) ?(.*)$", text, re.MULTILINE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "ioc.cli", command[0], "--help"], capture_output=True, text=True, env=environment, timeout=60
    )
    assert shown.returncode == 0, shown.stderr
    assert all(option in shown.stdout for option in re.findall(r"--\w+", command[1]))
    assert {"ProtectSystem=strict", "StateDirectory=ioc", "NoNewPrivileges=yes", "User=ioc"} <= set(text.splitlines())


# ── Two dashboards behind nginx ──────────────────────────────────────────────────────────────────────────────────────────


class Proxied:
    """nginx with our configuration before two dashboards on one PostgreSQL store."""

    def __init__(self, engine: Engine, folder: Path, opened: ExitStack) -> None:
        self.engine = engine
        url = engine.url.render_as_string(hide_password=False)
        self.dashboards = [Served(url, folder / f"serve-{number}.log") for number in (1, 2)]
        for served in self.dashboards:
            opened.callback(served.end)
        for served in self.dashboards:
            wait_for(served.answers, 60)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.configuration = _nginx(folder, self.port, [served.port for served in self.dashboards])

    def start(self, opened: ExitStack) -> None:
        command = [program("nginx"), "-c", str(self.configuration), "-g", "daemon off;"]
        nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        opened.callback(lambda: (nginx.terminate(), nginx.wait(10)))
        wait_for(lambda: _answers(self.url), 20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _nginx(folder: Path, port: int, dashboards: list[int]) -> Path:
    """Our configuration with the test's ports, in a main file that needs no other folder of the system."""
    site = (DEPLOY / "nginx.conf").read_text()
    for usual, own in zip((8050, 8051), dashboards, strict=True):
        site = site.replace(f"server 127.0.0.1:{usual} ", f"server 127.0.0.1:{own} ")
    (folder / "ioc.conf").write_text(site.replace("listen 80;", f"listen 127.0.0.1:{port};"))
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    main = f"user {_user()};" if os.geteuid() == 0 else ""
    main += f"worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{ worker_connections 512; }}\n"
    main += f"http {{ access_log off; {temporary} include {folder}/ioc.conf; }}\n"
    (folder / "nginx.conf").write_text(main)
    return folder / "nginx.conf"


def _user() -> str:
    return "root"


@pytest.fixture(scope="module")
def proxied(
    _made_province: Path, _started_clusters: list[Any], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Proxied]:
    from tests.support.postgres import Cluster, PostgresMissing

    program("nginx")
    if not _started_clusters:
        try:
            _started_clusters.append(Cluster())
        except PostgresMissing as missing:
            pytest.skip(f"needs a real PostgreSQL with PostGIS: {missing}")
    cluster = _started_clusters[0]
    with ExitStack() as opened:
        name = cluster.new_database()
        opened.callback(cluster.drop_database, name)
        engine, source = open_engine(cluster.url(name)), open_engine(f"sqlite:///{_made_province}")
        opened.callback(engine.dispose)
        transfer.copy(source, engine)
        source.dispose()
        made = Proxied(engine, tmp_path_factory.mktemp("proxied"), opened)
        made.start(opened)
        yield made


@pytest.mark.postgres
def test_nginx_accepts_the_configuration(proxied: Proxied) -> None:
    done = subprocess.run([program("nginx"), "-t", "-c", str(proxied.configuration)], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


@pytest.mark.postgres
def test_both_dashboards_give_the_same_pages_and_files(proxied: Proxied) -> None:
    pages = [httpx.get(f"{served.url}/map", timeout=20).text for served in proxied.dashboards]
    files = [sorted(set(re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', page))) for page in pages]
    assert files[0] == files[1] != []
    for path in files[0]:
        sums = {hashlib.sha256(httpx.get(f"{url}{path}", timeout=20).content).hexdigest() for url in _both(proxied)}
        assert len(sums) == 1, path
    with httpx.Client(base_url=proxied.url, timeout=20) as client:
        answers = [client.get("/api/v1/summary?unit=11").json()["figures"] for _ in range(6)]
        figures = [[figure | {"age_s": None} for figure in answer] for answer in answers]  # a second may pass between two answers
        assert all(same == figures[0] for same in figures)
        assert client.get("/metrics").status_code == 404
    assert not httpx.get(f"{proxied.url}/map", timeout=20).cookies


def _both(proxied: Proxied) -> list[str]:
    return [served.url for served in proxied.dashboards] + [proxied.url]


class Stream(threading.Thread):
    """One open page's live stream; every line with the time it came."""

    def __init__(self, url: str, last: str | None = None) -> None:
        super().__init__(daemon=True)
        self.lines: list[tuple[float, str]] = []
        self._url, self._last = url, last
        self.start()

    def run(self) -> None:
        headers = {"Last-Event-ID": self._last} if self._last else {}
        try:
            with httpx.stream("GET", f"{self._url}/api/v1/live", headers=headers, timeout=60) as stream:
                for line in stream.iter_lines():
                    self.lines.append((time.monotonic(), line))
        except httpx.HTTPError:
            return

    def has(self, text: str) -> bool:
        return any(text in line for _, line in self.lines)


def _down(engine: Engine) -> float:
    """Let one endpoint go down or up again; when that was committed."""
    with writing(engine) as connection:
        statement = "UPDATE endpoint_state SET state = CASE state WHEN 'down' THEN 'up' ELSE 'down' END WHERE endpoint_id = 'E-live'"
        assert connection.exec_driver_sql(statement).rowcount == 1
        bump(connection, "endpoint_state")
    return time.monotonic()


@pytest.fixture
def endpoint(proxied: Proxied) -> None:
    with writing(proxied.engine) as connection:
        connection.exec_driver_sql("DELETE FROM endpoint_state WHERE endpoint_id = 'E-live'")
        connection.exec_driver_sql(
            "INSERT INTO endpoint_state (endpoint_id, state, since_at, observed_at, reported_at, stored_at, source, synthetic)"
            " SELECT 'E-live', 'up', now(), now(), now(), now(), 'test', true"
        )
        bump(connection, "endpoint_state")


@pytest.mark.postgres
def test_an_event_reaches_pages_of_both_dashboards_through_the_proxy_unbuffered(proxied: Proxied, endpoint: None) -> None:
    pages = [Stream(proxied.url) for _ in range(6)]
    wait_for(lambda: all(page.has("event: state") for page in pages), 20)
    runs = {line.removeprefix("id: ").partition("-")[0] for page in pages for _, line in page.lines if line.startswith("id: ")}
    assert len(runs) == 2  # the six streams hang on both dashboards
    time.sleep(0.5)
    seen = [len(page.lines) for page in pages]
    committed_at = _down(proxied.engine)
    wait_for(lambda: all(any("event: change" in line for _, line in page.lines[n:]) for page, n in zip(pages, seen, strict=True)), 15)
    first = [next(at for at, line in page.lines[n:] if "event: change" in line) for page, n in zip(pages, seen, strict=True)]
    assert max(first) - committed_at < 10


@pytest.mark.postgres
def test_nginx_passes_on_whose_page_asks_and_stops_what_is_too_large_or_too_much(proxied: Proxied) -> None:
    with httpx.Client(base_url=proxied.url, timeout=20) as client:
        assert client.get("/map", headers={"Host": "evil.example"}).status_code == 421
        own = client.post("/_dash-update-component", json={}, headers={"Origin": proxied.url, "Sec-Fetch-Site": "same-origin"})
        assert own.json()["detail"]["code"] == "refused.post"
        foreign = client.post("/_dash-update-component", json={}, headers={"Origin": "http://evil.example"})
        assert foreign.json()["detail"]["code"] == "refused.origin"
        assert client.post("/_dash-update-component", content=b" " * 61_000_000).status_code == 413
        assert "frame-ancestors 'none'" in client.get("/map").headers["content-security-policy"]
    assert {"client_header_timeout 10s;", "limit_conn ioc_streams 500;"} <= {
        line.strip() for line in (DEPLOY / "nginx.conf").read_text().splitlines()
    }
    page, burst = f"{proxied.url}/api/nothing", 800
    with ThreadPoolExecutor(16) as threads, httpx.Client(timeout=60, limits=httpx.Limits(max_connections=16)) as client:
        statuses = set(threads.map(lambda _: client.get(page).status_code, range(burst)))
    assert statuses <= {404, 429}  # a machine that asks slower than the limit meets 404 only


@pytest.mark.postgres
def test_a_page_whose_dashboard_dies_goes_on_with_the_other(proxied: Proxied) -> None:
    page = Stream(proxied.url)
    wait_for(lambda: page.has("event: state"), 20)
    last = next(line.removeprefix("id: ") for _, line in page.lines if line.startswith("id: "))
    ids = {served: _run_of(served.url) for served in proxied.dashboards}
    dead = next(served for served, run in ids.items() if last.startswith(run))
    dead.process.kill()
    page.join(20)
    assert not page.is_alive()
    again = Stream(proxied.url, last)
    wait_for(lambda: again.has("event: state"), 20)  # the other does not know that event, so it sends everything
    assert all(httpx.get(f"{proxied.url}/healthz", timeout=10).status_code == 200 for _ in range(10))


def _run_of(url: str) -> str:
    return httpx.get(f"{url}/api/v1/state", timeout=10).headers["etag"].strip('"').partition("-")[0]


# ── Containers and database ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_compose_file_starts_what_the_guide_says() -> None:
    yaml = pytest.importorskip("yaml", reason="needs PyYAML to read the compose file")
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert set(services) == {"database", "worker", "dashboard-1", "dashboard-2", "proxy"}
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["dashboard-2"]["command"] == ["ioc", "serve", "--port", "8050"]


@pytest.mark.postgres
def test_postgresql_accepts_the_settings(cluster: Any) -> None:
    lines = [line.partition("#")[0].strip() for line in (DEPLOY / "postgresql.conf").read_text().splitlines()]
    options = [f"--{name.strip()}={value.strip()}" for name, _, value in (line.partition("=") for line in lines if line)]
    command = [str(cluster.binaries / "postgres"), "-D", str(cluster.folder / "data"), *options, "-C", "shared_buffers"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cluster.folder, timeout=20, **cluster._account)
    assert done.returncode == 0, done.stderr
    assert len(options) > 10


# ── Without the internet ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def one_wheel(tmp_path: Path) -> dict[str, str]:
    """A package index of one tiny wheel and a lock file that names it: the environment for pip without a network."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny.py", "")
        file.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        file.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\n")
    lock = tmp_path / "tiny.lock"
    lock.write_text(f"tiny==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**environment, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "IOC_LOCK": str(lock)}


def offline(script: Path, *arguments: str, environment: dict[str, str], expect: int = 0) -> str:
    done = subprocess.run([str(script), *arguments], capture_output=True, text=True, env=environment, timeout=170)
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_one_folder_carries_the_product_to_a_machine_without_a_network(one_wheel: dict[str, str], tmp_path: Path) -> None:
    folder, target = tmp_path / "carried", tmp_path / "opt" / "ioc"
    offline(ROOT / "install/offline.sh", "collect", str(folder), environment=one_wheel)
    assert {path.name.split("-")[0] for path in folder.glob("*.whl")} == {"tiny", "ioc"}
    closed = {name: value for name, value in one_wheel.items() if not name.startswith(("PIP_", "IOC_"))}
    closed |= {
        "PYTHON": os.path.realpath(ROOT / ".venv/bin/python"),
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for _ in range(2):  # the second time is an upgrade
        assert f"ioc {version}" in offline(folder / "offline.sh", "install", str(target), environment=closed)
    assert (target / "share/deploy/systemd/ioc-worker.service").is_file()
    assert (target / "share/docs/administrator.md").is_file()
    wheel = next(folder.glob("tiny-*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:-1])
    refused = offline(folder / "offline.sh", "install", str(target), environment=closed, expect=1)
    assert "carry it over again" in refused


def test_another_python_than_the_one_that_collected_is_named(tmp_path: Path) -> None:
    shutil.copy(ROOT / "install/offline.sh", tmp_path)
    (tmp_path / "python-version").write_text("2.7\n")
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(b'2.7' + bytes([10])).hexdigest()}  ./python-version\n")
    assert "Python 2.7 is needed" in offline(
        tmp_path / "offline.sh", "install", str(tmp_path / "x"), environment=dict(os.environ), expect=1
    )
    assert "Usage" in offline(tmp_path / "offline.sh", "fetch", environment=dict(os.environ), expect=1)
