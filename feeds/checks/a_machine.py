"""The machine: a folder that can be written, room on its disk, a file system that a database may live on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path

from feeds.doctor import Finding, Patient

LEAST_BYTES, FEW_BYTES = 500_000_000, 3_000_000_000
REMOTE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs"}  # SQLite's write-ahead log needs memory shared on one machine
MOUNTS = Path("/proc/mounts")


def check(patient: Patient) -> Iterator[Finding]:
    home = patient.settings.home.absolute()
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    if home.is_dir() and os.access(home, os.W_OK):
        yield Finding("ok", "doctor.home", {"home": home})
    elif home.exists() or not os.access(existing, os.W_OK):
        yield Finding("wrong", "doctor.home_unwritable", {"home": home}, f"sudo install -d -o {getuser()} {home}")
    else:
        yield Finding("warning", "doctor.home_absent", {"home": home}, "ioc init --province 11")
    yield _room(existing)
    yield from _file_system(patient)


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    level, code = ("wrong", "doctor.no_room") if free < LEAST_BYTES else ("warning", "doctor.little_room")
    if free >= FEW_BYTES:
        level, code = "ok", "doctor.room"
    help_ = None if level == "ok" else f"du -xh {folder} | sort -h | tail"
    return Finding(level, code, {"folder": folder, "free_gb": f"{free / 1e9:.1f}"}, help_)  # type: ignore[arg-type]


def _file_system(patient: Patient) -> Iterator[Finding]:
    path = patient.sqlite_path
    if path is None or not MOUNTS.exists():
        return
    kind = file_system_of(path.absolute(), MOUNTS.read_text(encoding="utf-8", errors="replace"))
    if kind in REMOTE:
        yield Finding("wrong", "doctor.remote_disk", {"path": path, "kind": kind}, "IOC_STORE=postgresql+psycopg://…")


def file_system_of(path: Path, mounts: str) -> str:
    """The type of the file system that `path` lies on, by the lines of /proc/mounts; "" when none fits."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        _, point, type_, *_ = line.split()
        point = point.encode().decode("unicode_escape")
        if path.is_relative_to(point) and len(point) > best:
            best, kind = len(point), type_
    return kind
