"""The store: does it answer, which schema, is the file sound, may it be written, does its server fit and agree on the time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from feeds.cells import LOCAL
from feeds.doctor import Finding, Patient
from store import operations, retention
from store.engine import shown_url
from store.errors import StoreDamagedError, StoreEmptyError, StoreError, StoreNewerError, StoreOlderError
from store.schema_version import check as check_schema
from store.transactions import reading

OLDEST_POSTGRES = 13
CLOCKS_APART_S = 5.0
HELP: dict[type[StoreError], str] = {
    StoreDamagedError: "ioc restore …",
    StoreEmptyError: "ioc init --province 11",
    StoreOlderError: "sudo systemctl restart ioc-worker",
    StoreNewerError: "ioc --version",
}


def check(patient: Patient) -> Iterator[Finding]:
    engine = patient.engine
    if isinstance(engine, StoreError):
        yield Finding("wrong", "doctor.store_absent", {"url": _shown(patient)}, HELP[StoreEmptyError])
        return
    yield from _may_write(patient)
    try:
        check_schema(engine)
    except (StoreError, SQLAlchemyError) as error:
        yield _trouble(error, patient)
        return
    yield from _inside(engine, patient)


def _shown(patient: Patient) -> str:
    return shown_url(patient.settings.store)


def _trouble(error: Exception, patient: Patient) -> Finding:
    if not isinstance(error, StoreError):
        return Finding("wrong", "store.unavailable", {"url": _shown(patient), "detail": str(error).splitlines()[0]})
    values = {"url": _shown(patient), **error.args_}
    return Finding(
        "wrong", error.code, values, HELP.get(type(error), "systemctl status postgresql" if patient.sqlite_path is None else None)
    )


def _may_write(patient: Patient) -> Iterator[Finding]:
    path = patient.sqlite_path
    files = [] if path is None else [Path(f"{path}{ending}") for ending in ("", "-wal", "-shm")]
    for file in files:
        if file.exists() and not os.access(file, os.W_OK):
            yield Finding("wrong", "doctor.file_unwritable", {"path": file, "user": getuser()}, f"sudo chown {getuser()} {path}*")


def _inside(engine: Engine, patient: Patient) -> Iterator[Finding]:
    with reading(engine) as connection:
        damage = operations.damage(connection)
        size = operations.store_bytes(connection) or 0
        facts = operations.server_facts(connection)
        newest = operations.newest_stored_at(connection)
        held = retention.held(connection)
    if damage is not None:
        yield Finding("wrong", "store.damaged", {"url": _shown(patient), "detail": damage}, HELP[StoreDamagedError])
        return
    yield Finding(
        "ok",
        "doctor.store",
        {"url": _shown(patient), "size_mb": f"{size / 1e6:.0f}", "version": facts.get("server_version") or facts["version"]},
    )
    if "server_version" in facts:
        yield from _server(facts, patient)
    if held is not None:
        trusted, clock = (moment.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S") for moment in held)
        yield Finding("wrong", "doctor.clock_ahead", {"trusted": trusted, "clock": clock}, "timedatectl set-ntp true")
    if newest is not None and (newest - patient.now).total_seconds() > CLOCKS_APART_S:
        stored_at = newest.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S")
        yield Finding("wrong", "doctor.clock_back", {"stored_at": stored_at}, "timedatectl set-ntp true")


def _server(facts: dict[str, str], patient: Patient) -> Iterator[Finding]:
    if int(facts["server_version"].split(".")[0].split(" ")[0]) < OLDEST_POSTGRES:
        yield Finding("warning", "doctor.old_postgres", {"version": facts["server_version"], "least": OLDEST_POSTGRES})
    if facts["server_encoding"] != "UTF8":
        yield Finding(
            "wrong", "doctor.encoding", {"encoding": facts["server_encoding"]}, "createdb --encoding=UTF8 --template=template0 ioc"
        )
    if not facts["postgis"]:
        yield Finding("wrong", "doctor.no_postgis", {}, "sudo apt-get install postgresql-postgis && psql ioc -c 'CREATE EXTENSION postgis'")
    apart_s = abs(float(facts["epoch_s"]) - patient.now.timestamp())
    if apart_s > CLOCKS_APART_S:
        yield Finding("warning", "doctor.clocks_apart", {"seconds": f"{apart_s:.0f}"}, "timedatectl set-ntp true")
