"""The feeds file: every mistake with its line; the folders it names can be read and, where files are put away, written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path

from feeds.config import Feed
from feeds.doctor import Finding, Patient
from feeds.errors import ConfigError
from feeds.same_files import shared_files

SHOWN = 5


def check(patient: Patient) -> Iterator[Finding]:
    feeds, path = patient.feeds, patient.settings.feeds_file
    if isinstance(feeds, ConfigError):
        for problem in feeds.problems[:SHOWN]:
            where = f"{path}:{problem.line}" if problem.line else path
            yield Finding("wrong", "doctor.feeds_file_wrong", {"where": where}, "ioc feeds check", (problem.code, problem.values))
        return
    shared = list(shared_files(feeds.values()))
    for both in shared:
        yield Finding("warning", "config.same_files", both._asdict(), "ioc feeds check")
    if not shared:
        yield Finding("ok", "config.ok", {"path": path, "count": len(feeds)})
    for feed in feeds.values():
        yield from _folder(feed)


def _folder(feed: Feed) -> Iterator[Finding]:
    folder = getattr(feed.connector_options, "folder", None)
    if folder is None:
        return
    path: Path = feed.base / folder
    if not os.access(path, os.R_OK | os.X_OK):
        yield Finding("wrong", "doctor.folder_unreadable", {"feed": feed.key, "folder": path}, f"sudo setfacl -m u:{getuser()}:rwX {path}")
    elif getattr(feed.connector_options, "after", "leave") == "archive" and not os.access(path, os.W_OK):
        yield Finding("wrong", "doctor.folder_unwritable", {"feed": feed.key, "folder": path}, f"sudo setfacl -m u:{getuser()}:rwX {path}")
