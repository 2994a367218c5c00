"""`ioc doctor` on really sick installations: it names what is wrong, says what to type, and changes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from feeds.checks.a_machine import file_system_of
from feeds.texts import CATALOGUE
from store import runs
from store.schema import meta
from store.transactions import writing
from store.write import upsert
from tests.feeds.conftest import fill
from tests.feeds.test_worker import declare
from tests.support.programs import run
from tests.support.sources import Web, body, free_port, web

Doctor = Callable[..., dict[str, dict[str, Any]]]
MOUNTS = "/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/o\\040chung nfs4 rw 0 0\ntmpfs /mnt/o\\040chung/here tmpfs rw 0 0\n"


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


@pytest.fixture
def doctor(tmp_path: Path, store_url: str) -> Doctor:
    """Findings by code; the exit code is 1 exactly when one of them is wrong."""

    def examined(**environment: str) -> dict[str, dict[str, Any]]:
        told = {"IOC_STORE": store_url, "IOC_HOME": str(tmp_path), "IOC_PORT": str(free_port())} | environment
        done = run(["doctor", "--json"], told, tmp_path)
        findings = json.loads(done.stdout)
        assert done.stderr == ""
        assert done.returncode == int(any(finding["level"] == "wrong" for finding in findings))
        assert not any("{" in finding["vi"] + finding["en"] or finding["vi"] == finding["code"] for finding in findings)
        return {finding["code"]: finding for finding in findings}

    return examined


def beat(engine: Engine, ago: timedelta, leader: bool = True) -> None:
    at = datetime.now(UTC) - ago
    with writing(engine) as connection:
        runs.beat(connection, "máy-1", host="h", pid=1, leader=leader, started_at=at, at=at)


def test_a_sound_installation_is_said_to_be_so(engine: Engine, tmp_path: Path, server: Web, doctor: Doctor) -> None:
    fill(engine)
    beat(engine, timedelta(0))
    server.answers["/healthz"] = body(b'{"store": "ok"}')
    declare(tmp_path, server.url())
    found = doctor(IOC_PORT=str(server.port))
    assert {"doctor.home", "doctor.store", "doctor.worker", "config.ok", "doctor.dashboard"} <= found.keys()
    assert [code for code, finding in found.items() if finding["level"] == "wrong"] == []


def test_nothing_there_yet(tmp_path: Path, doctor: Doctor) -> None:
    found = doctor(IOC_HOME=str(tmp_path / "new"), IOC_STORE=f"sqlite:///{tmp_path}/new/ioc.db")
    assert found["doctor.store_absent"]["type"] == "ioc init --province 11"
    assert found["doctor.home_absent"]["level"] == "warning"
    assert "{path}" not in found["doctor.feeds_file_wrong"]["vi"]
    assert not (tmp_path / "new").exists(), "looking makes nothing"


def test_a_store_without_a_province(doctor: Doctor) -> None:
    assert doctor()["store.empty"]["type"] == "ioc init --province 11"


def test_a_server_that_does_not_answer(doctor: Doctor) -> None:
    found = doctor(IOC_STORE=f"postgresql+psycopg://ioc:geheim@127.0.0.1:{free_port()}/ioc")
    assert found["store.unavailable"]["level"] == "wrong"
    assert "geheim" not in json.dumps(found, ensure_ascii=False)


def test_a_damaged_file(sqlite_url: str, doctor: Doctor) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.write_bytes(b"not a database at all" * 1000)
    assert "ioc restore" in doctor(IOC_STORE=sqlite_url)["store.damaged"]["type"]


def test_workers_that_are_silent_or_do_not_lead(engine: Engine, doctor: Doctor) -> None:
    fill(engine)
    assert doctor()["doctor.no_worker"]["type"].startswith("sudo systemctl start ioc-worker")
    beat(engine, timedelta(minutes=5))
    assert doctor()["doctor.worker_silent"]["level"] == "wrong"
    beat(engine, timedelta(0), leader=False)
    assert "máy-1" in doctor()["doctor.nobody_leads"]["vi"]


def test_mistakes_of_the_feeds_file_have_their_line(engine: Engine, tmp_path: Path, doctor: Doctor) -> None:
    fill(engine)
    path = declare(tmp_path, "http://127.0.0.1:1/")
    path.write_text(path.read_text().replace('kind = "dossiers"', 'kind = "dossier"'))
    assert f"{path}:5: " in doctor()["doctor.feeds_file_wrong"]["vi"]


def test_a_folder_that_cannot_be_put_away_in(engine: Engine, tmp_path: Path, doctor: Doctor) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere; run as another user to see this")
    fill(engine)
    (tmp_path / "drop").mkdir(mode=0o500)
    text = declare(tmp_path, "x").read_text().split("[feeds.dossiers.columns]")[0]
    folder = text.replace('connector = "http"', 'connector = "folder"\nfolder = "drop"').replace('url = "x"\n', "")
    (tmp_path / "feeds.toml").write_text(folder)
    assert "setfacl" in doctor()["doctor.folder_unwritable"]["type"]


def test_a_failing_feed_says_why_in_both_languages(engine: Engine, tmp_path: Path, doctor: Doctor) -> None:
    fill(engine)
    declare(tmp_path, f"http://127.0.0.1:{free_port()}/")
    run(["feeds", "run", "dossiers"], {"IOC_STORE": engine.url.render_as_string(hide_password=False), "IOC_HOME": str(tmp_path)}, tmp_path)
    finding = doctor()["doctor.failing"]
    assert CATALOGUE.text("vi", "run.no_connection").split("{")[0] in finding["vi"]
    assert CATALOGUE.text("en", "run.no_connection").split("{")[0] in finding["en"]
    assert finding["type"] == "ioc feeds try dossiers"


def test_a_clock_that_went_back(engine: Engine, doctor: Doctor) -> None:
    fill(engine)
    later = datetime.now(UTC) + timedelta(hours=2)
    with writing(engine) as connection:
        runs.record_run(connection, feed="dossiers", started_at=later, finished_at=later, state="ok", worker="w")
    finding = doctor()["doctor.clock_back"]
    assert finding["level"] == "wrong"
    assert later.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).strftime("%d/%m/%Y %H:%M:%S") in finding["vi"]


def test_another_program_at_the_dashboards_port(engine: Engine, server: Web, doctor: Doctor) -> None:
    with writing(engine) as connection:
        upsert(connection, meta, ("key", "value"), [("province", "11")], ignore=())
    server.answers["/healthz"] = body(b"<html>", kind="text/html")
    assert str(server.port) in doctor(IOC_PORT=str(server.port))["doctor.other_program"]["type"]


@pytest.mark.parametrize(("path", "kind"), [("/var/x.db", "ext4"), ("/mnt/o chung/x.db", "nfs4"), ("/mnt/o chung/here/x.db", "tmpfs")])
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_a_person_reads_lines_with_what_to_type(tmp_path: Path) -> None:
    done = run(["doctor"], {"IOC_HOME": str(tmp_path / "new")}, tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert "    $ ioc init --province 11" in lines
    assert all(line.startswith(("✔ ", "! ", "✘ ", "    $ ")) for line in lines[:-1])
    assert all("  /  " in line for line in lines if not line.startswith("    $ "))


def test_files_that_every_account_can_read_are_named_with_the_command(engine: Engine, tmp_path: Path, doctor: Doctor) -> None:
    fill(engine)
    (tmp_path / "feeds.toml").write_text("", encoding="utf-8")
    (tmp_path / "feeds.toml").chmod(0o644)
    tmp_path.chmod(0o755)
    found = doctor()["doctor.open_to_others"]
    assert (found["level"], found["type"]) == ("warning", f"chmod o-rwx {tmp_path / 'feeds.toml'}")
    (tmp_path / "feeds.toml").chmod(0o640)
    assert "doctor.open_to_others" not in doctor()
