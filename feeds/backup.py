"""Backups as an administrator keeps them: a name by time, only the newest few, and the deployment's own files when asked for."""

from __future__ import annotations

import filecmp
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.errors import CommandError
from feeds.settings import Settings
from store.archive import Archive

NAME = re.compile(r"ioc-(?P<province>\w+)-(?P<made>\d{8}-\d{6})\.zip")
FOLDERS = ("plugins", "spool")
FEEDS_FILE = "feeds.toml"


def stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}"


def name_now(province: str | None) -> str:
    return f"ioc-{province or 'none'}-{stamp()}.zip"


def older_than_newest(folder: Path, keep: int, province: str | None, now: datetime) -> list[Path]:
    """This province's backups in the folder that are not among the newest `keep`; other files are nobody's business here.

    Those whose name says a day after tomorrow were made by a clock that was ahead: they take no place of others, and stay.
    """
    latest = f"{now + timedelta(days=1):%Y%m%d-%H%M%S}"
    matches = [(path, match) for path in folder.iterdir() if (match := NAME.fullmatch(path.name)) and match["province"] == province]
    found = [(path.name, path) for path, match in matches if match["made"] <= latest]
    return [path for _, path in sorted(found, reverse=True)[keep:]]


def configuration(settings: Settings) -> Iterator[tuple[str, Path]]:
    """The deployment's own files: name in a backup, path."""
    if settings.feeds_file.is_file():
        yield FEEDS_FILE, settings.feeds_file
    for folder in FOLDERS:
        for path in sorted((settings.home / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(settings.home).as_posix(), path


def restore_configuration(settings: Settings, archive: Archive) -> Iterator[tuple[str, Path]]:
    """Put the backup's files where they belong; yields what happened: catalogue code, path. A file that was another is kept aside."""
    for name in archive.manifest.files:
        target = settings.feeds_file if name == FEEDS_FILE else settings.home / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            yield from _put(archive, name, target)
        except OSError as error:
            raise CommandError("cli.folder_unwritable", folder=target.parent, detail=error.strerror or "") from error


def _put(archive: Archive, name: str, target: Path) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".restoring-") as folder:
        coming = Path(folder) / target.name
        archive.extract(name, coming)
        if target.exists():
            if filecmp.cmp(coming, target, shallow=False):
                return
            aside = target.with_name(f"{target.name}.before-{stamp()}")
            target.rename(aside)
            yield "backup.config_aside", aside
        coming.rename(target)
        yield "backup.config_restored", target
