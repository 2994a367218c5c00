"""`ioc backup`, `ioc restore` and `ioc store copy | status | upgrade`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine

from feeds import backup
from feeds.cli_province import make_folder
from feeds.errors import CommandError
from feeds.leader import leadership
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store import retention, runs, schema_version, transfer
from store.archive import Archive
from store.deployment import province_code
from store.engine import open_engine, shown_url
from store.errors import StoreEmptyError, StoreInUseError
from store.transactions import reading


def _say(code: str, **values: object) -> None:
    print(CATALOGUE.both(code, **values), flush=True)


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    """A store that is there. Raises StoreEmptyError for a SQLite file that is not."""
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise StoreEmptyError()
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _without_workers(engine: Engine) -> Iterator[None]:
    """Lead, so that nobody else does meanwhile. Raises StoreInUseError when a worker leads."""
    lead = leadership(engine)
    if not lead.take():
        with reading(engine) as connection:
            raise StoreInUseError(worker=runs.leader(connection) or "?")
    try:
        yield
    finally:
        lead.release()


def back_up(settings: Settings, options: argparse.Namespace) -> int:
    """Write a backup and say what is in it; forget older ones when asked to."""
    started = time.monotonic()
    with _opened(settings.store) as engine:
        path = _backup_path(engine, options.target, options.keep)
        files = list(backup.configuration(settings)) if options.with_config else []
        manifest = transfer.back_up(engine, path, version("ioc"), files)
        with reading(engine) as connection:
            clock_is_ahead = retention.is_ahead(connection, datetime.now(UTC))
    _say(
        "backup.done",
        rows=manifest.rows,
        tables=len(manifest.tables),
        province=manifest.province,
        revision=manifest.revision,
        path=path,
        megabytes=f"{path.stat().st_size / 1e6:.1f}",
        seconds=f"{time.monotonic() - started:.1f}",
    )
    _say_digest(path)
    if files:
        _say("backup.secrets")
    if options.keep and clock_is_ahead:
        _say("backup.clock_ahead")
    elif options.keep:
        _forget_older(path.parent, options.keep, manifest.province)
    return 0


def _forget_older(folder: Path, keep: int, province: str | None) -> None:
    for old in backup.older_than_newest(folder, keep, province, datetime.now(UTC)):
        old.unlink()
        _say("backup.forgotten", path=old)


def _say_digest(path: Path) -> None:
    with closing(Archive(path)) as archive:
        _say("backup.digest", path=path, sha256=archive.sha256())


def _backup_path(engine: Engine, target: str, keep: int | None) -> Path:
    path = Path(target)
    if not (path.is_dir() or target.endswith("/")):
        if keep:
            raise CommandError("backup.keep_needs_folder", path=path)
        return path
    make_folder(path)
    with reading(engine) as connection:
        transfer.revision_of(connection)
        return path / backup.name_now(province_code(connection))


def restore(settings: Settings, options: argparse.Namespace) -> int:
    """Put a backup into the store; the one that was there is backed up first."""
    started = time.monotonic()
    with closing(Archive(options.file)) as archive:
        _check_digest(archive, options)
        archive.verify()
        if options.check:
            _sound(archive)
            return 0
        engine = open_engine(settings.store)
        with _without_workers(engine):
            if options.replace and transfer.holds_a_province(engine):
                _keep_aside(engine, settings)
            moved = transfer.restore(engine, archive, replace=options.replace)
        engine.dispose()
        seconds = f"{time.monotonic() - started:.1f}"
        told = {"rows": moved.rows, "tables": moved.tables, "province": moved.province, "made_at": archive.manifest.made_at}
        _say("backup.restored", **told, store=shown_url(settings.store), seconds=seconds)
        if moved.revision != schema_version.newest():
            _say("backup.upgraded", found=moved.revision, known=schema_version.newest())
        if options.with_config:
            _restore_configuration(settings, archive, plugins=options.with_plugins)
    return 0


def _check_digest(archive: Archive, options: argparse.Namespace) -> None:
    """Raises CommandError for another file than the one meant, and for plug-ins out of a file of which nobody says which one is meant."""
    digest = archive.sha256()
    _say("backup.digest", path=archive.path, sha256=digest)
    if options.sha256 and options.sha256.lower() != digest:
        raise CommandError("backup.other_digest", path=archive.path, expected=options.sha256)
    if options.with_plugins and not (options.with_config and options.sha256):
        raise CommandError("backup.plugins_need_digest")


def _sound(archive: Archive) -> None:
    found = archive.manifest
    told = {"rows": found.rows, "tables": len(found.tables), "province": found.province, "revision": found.revision}
    _say("backup.sound", **told, path=archive.path, made_at=found.made_at, files=len(found.files))


def _keep_aside(engine: Engine, settings: Settings) -> None:
    folder = settings.home / "backup"
    make_folder(folder)
    path = folder / f"before-restore-{backup.stamp()}.zip"
    transfer.back_up(engine, path, version("ioc"))
    _say("backup.kept_aside", path=path)


def _restore_configuration(settings: Settings, archive: Archive, *, plugins: bool) -> None:
    if not archive.manifest.files:
        _say("backup.no_config")
    for code, path in backup.restore_configuration(settings, archive, plugins=plugins):
        _say(code, path=path)


def copy(settings: Settings, options: argparse.Namespace) -> int:
    """Copy a store into an empty one and compare them."""
    started = time.monotonic()
    if options.source == options.target:
        raise CommandError("storage.same", url=shown_url(options.source))
    target = open_engine(options.target)
    with _opened(options.source) as source, _without_workers(target):
        moved = transfer.copy(source, target)
    target.dispose()
    told = {"rows": moved.rows, "tables": moved.tables, "province": moved.province}
    urls = {"source": shown_url(options.source), "target": shown_url(options.target)}
    _say("storage.copied", **told, **urls, seconds=f"{time.monotonic() - started:.1f}")
    return 0


def status(settings: Settings, options: argparse.Namespace) -> int:
    """Say the store's revision and province, and how many rows each table has."""
    with _opened(settings.store) as engine, reading(engine) as connection:
        found = transfer.revision_of(connection)
        province = province_code(connection)
        rows = transfer.row_counts(connection)
    _say("storage.status", url=shown_url(settings.store), found=found, known=schema_version.newest(), province=province or "–")
    for table, count in rows.items():
        print(f"  {table:24} {count:>12,}")
    return 0


def upgrade(settings: Settings, options: argparse.Namespace) -> int:
    """Bring the schema up to date, or with --check only say whether it is: 1 when it is behind."""
    told = {"url": shown_url(settings.store), "known": schema_version.newest()}
    with _opened(settings.store) as engine:
        with reading(engine) as connection:
            found = transfer.revision_of(connection)
        if found == schema_version.newest():
            _say("storage.newest", **told)
            return 0
        if options.check:
            _say("storage.behind", **told, found=found)
            return 1
        schema_version.upgrade(engine)
    _say("storage.upgraded", **told, found=found)
    return 0
