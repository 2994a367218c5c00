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
PLUGIN = re.compile(r"plugins/(connectors|kinds)/[A-Za-z_]\w*\.py")
SPOOLED = re.compile(r"spool/(?:[^/\\\x00-\x1f]+/)*[^/\\\x00-\x1f]+")
MOST_FILE_BYTES, MOST_BYTES = 100_000_000, 2_000_000_000  # of a file and of all of them, unpacked


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
            if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
                yield path.relative_to(settings.home).as_posix(), path


def restore_configuration(settings: Settings, archive: Archive, *, plugins: bool) -> Iterator[tuple[str, object]]:
    """Put the backup's files where they belong; yields what happened: catalogue code, path or name. A file that was another is kept aside.

    plugins: also what runs as a part of ioc. Whatever is neither feeds.toml, spool nor plug-ins is left out. Raises CommandError.
    """
    left_bytes = MOST_BYTES
    for name in archive.manifest.files:
        why_not = _why_not(settings, name, plugins)
        if why_not:
            yield why_not, name
            continue
        target = settings.feeds_file if name == FEEDS_FILE else settings.home / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            yield from _put(archive, name, target, min(left_bytes, MOST_FILE_BYTES))
            left_bytes -= target.stat().st_size
        except OSError as error:
            raise CommandError("cli.folder_unwritable", folder=target.parent, detail=error.strerror or "") from error


def _why_not(settings: Settings, name: str, plugins: bool) -> str | None:
    """The code for a file that is not taken out of a backup; None for one that is."""
    if name == FEEDS_FILE:
        return None
    if PLUGIN.fullmatch(name):
        code = None if plugins else "backup.plugin_left_out"
    else:
        code = None if SPOOLED.fullmatch(name) and ".." not in name.split("/") else "backup.file_left_out"
    return code or (None if _is_below(settings.home, name) else "backup.file_left_out")


def _is_below(home: Path, name: str) -> bool:
    """Whether the file lies in the home also when links are followed."""
    return (home / name).resolve().is_relative_to(home.resolve()) and not (home / name).is_symlink()


def _put(archive: Archive, name: str, target: Path, most: int) -> Iterator[tuple[str, object]]:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".restoring-") as folder:
        coming = Path(folder) / target.name
        archive.extract(name, coming, most)
        if target.exists():
            if filecmp.cmp(coming, target, shallow=False):
                return
            aside = target.with_name(f"{target.name}.before-{stamp()}")
            target.rename(aside)
            yield "backup.config_aside", aside
        coming.rename(target)
        yield "backup.config_restored", target
