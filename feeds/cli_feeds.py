"""`ioc feeds check | run | list`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TextIO

from feeds.config import load
from feeds.errors import CommandError, ConfigError
from feeds.registry import registry
from feeds.same_files import shared_files
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store.catalogue import LANGUAGES


def check(settings: Settings, options: argparse.Namespace) -> int:
    """Say whether the feeds file is right, or every mistake with its line, and which plug-ins cannot be used."""
    path: Path = options.file or settings.feeds_file
    broken = registry(settings.plugins_folder).broken
    for part in broken:
        print(CATALOGUE.both(part.code, file=part.path, detail=part.detail))
    try:
        feeds = load(path, settings.environment, settings.plugins_folder)
    except ConfigError as error:
        show_problems(error, sys.stdout, path)
        return 1
    shared = list(shared_files(feeds.values()))
    for both in shared:
        print(CATALOGUE.both("config.same_files", **both._asdict()))
    if not shared:
        print(CATALOGUE.both("config.ok", path=path, count=len(feeds)))
    return 1 if broken or shared else 0


def show_problems(error: ConfigError, stream: TextIO, path: Path | None = None) -> None:
    """One line for each mistake: ``file:line: Vietnamese / English``."""
    for problem in error.problems:
        where = f"{path or 'feeds.toml'}:{problem.line}: " if problem.line else ""
        print(f"{where}{CATALOGUE.both(problem.code, **problem.values)}", file=stream)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Run one feed once and show what it did; 1 when it failed."""
    from feeds.pipeline import Pipeline
    from feeds.worker import register
    from store.engine import open_engine
    from store.schema_version import check as check_store

    feeds = load(settings.feeds_file, settings.environment, settings.plugins_folder)
    feed = feeds.get(options.key)
    if feed is None:
        raise CommandError("cli.unknown_feed", key=options.key, known=", ".join(feeds))
    engine = open_engine(settings.store)
    check_store(engine)
    register(engine, feeds)
    pipeline = Pipeline(engine, feed, "cli", spool=settings.spool_folder)
    done = pipeline.run()
    pipeline.close()
    for item in done:
        _show(item)
    return 0 if all(item.good for item in done) else 1


def _show(done: object) -> None:
    from feeds.reasons import note_text
    from feeds.run import Run, noted

    assert isinstance(done, Run)
    values = {
        "rows_read": done.rows_read,
        "rows_added": done.stored.added,
        "rows_changed": done.stored.changed,
        "rows_unchanged": done.stored.unchanged,
        "rows_rejected": done.rejections.total,
    }
    for language in ("vi", "en"):
        state = CATALOGUE.text(language, f"state.{done.state}")
        name = f"{done.feed} {done.item}" if done.item else done.feed
        print(CATALOGUE.text(language, "cli.run_line", feed=name, state=state, **values))
    if done.error_code:
        print(CATALOGUE.both(done.error_code, **(done.error_args or {})))
    for note in noted(done.notes, done.rejections, done.stored):
        print(f"• {note_text('vi', note)}  /  {note_text('en', note)}")
    for row in done.rejections:
        print(f"  {row.number}: {'  /  '.join(CATALOGUE.reason(language, row.code, row.values) for language in LANGUAGES)}")


def list_feeds(settings: Settings, options: argparse.Namespace) -> int:
    """One line for each declared feed."""
    for feed in load(settings.feeds_file, settings.environment, settings.plugins_folder).values():
        schedule = feed.schedule
        print(f"{feed.key:24} {feed.connector.key:8} {feed.kind.key:16} {schedule.every_s:>7} s  {schedule.title} / {schedule.title_en}")
    return 0
