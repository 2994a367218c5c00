"""`ioc init` and `ioc import boundaries`."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from feeds.errors import CommandError
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store.engine import open_engine

TEMPLATE = Path(__file__).parent / "demo_feeds.toml"
EMPTY_TEMPLATE = Path(__file__).parent / "empty_feeds.toml"


def init(settings: Settings, options: argparse.Namespace) -> int:
    """Make the store with one province in it, and a feeds file where there is none."""
    from feeds.default.init import init_province

    started = time.monotonic()
    make_folder(settings.home)
    make_folder(settings.drop_folder)
    engine = open_engine(settings.store)
    how = {"seed": options.seed, "probe_base_port": options.probe_base_port, "empty": options.empty}
    summary = init_province(engine, options.province, progress=_step, **how)
    store = engine.url.render_as_string(hide_password=True)
    engine.dispose()
    if summary.created:
        seconds = f"{time.monotonic() - started:.1f}"
        print(CATALOGUE.both("cli.init_done", province=summary.code, name=summary.name, store=store, seconds=seconds))
        if options.empty:
            print(CATALOGUE.both("init.empty_next"))
    else:
        print(CATALOGUE.both("init.kept", province=summary.code, name=summary.name))
    _write_feeds_file(settings.feeds_file, EMPTY_TEMPLATE if options.empty else TEMPLATE)
    return 0


def _step(code: str, number: int, count: int) -> None:
    print(f"[{number}/{count}] {CATALOGUE.both(code)}", flush=True)


def make_folder(folder: Path) -> None:
    """Raises CommandError when it cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError("cli.folder_unwritable", folder=folder, detail=error.strerror or "") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CommandError("cli.folder_unwritable", folder=folder, detail=os.strerror(13))


def _write_feeds_file(path: Path, template: Path) -> None:
    if path.exists():
        print(CATALOGUE.both("cli.config_kept", path=path))
        return
    make_folder(path.parent)
    try:
        path.write_bytes(template.read_bytes())
    except OSError as error:
        raise CommandError("cli.folder_unwritable", folder=path.parent, detail=error.strerror or "") from error
    print(CATALOGUE.both("cli.config_written", path=path))


def import_boundaries(settings: Settings, options: argparse.Namespace) -> int:
    """Put real outlines in place of the schematic ones, and say what became of them."""
    from feeds.boundaries import import_boundaries as bring_in

    engine = open_engine(settings.store)
    report = bring_in(
        engine,
        options.file,
        layer=options.layer,
        level=options.level,
        valid_from=options.valid_from,
        source=options.source,
        licence=options.licence,
        crs=options.crs,
        encoding=options.encoding,
    )
    engine.dispose()
    for code, values in report.lines():
        print(CATALOGUE.both(code, **values))
    return 0
