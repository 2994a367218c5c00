"""`ioc sample remove`: every invented row out of a store in use, counted first, asked once."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from sqlalchemy import Engine

from feeds.config import load
from feeds.errors import CommandError, ConfigError
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store import invented_rows
from store.engine import open_engine
from store.invented_rows import Counted
from store.schema_version import check
from store.transactions import reading, writing

YES = frozenset({"c", "co", "có", "y", "yes"})


def remove(settings: Settings, options: argparse.Namespace) -> int:
    """Count what is invented, ask, and take it out in one transaction. Raises CommandError without --yes where nobody can be asked."""
    engine = open_engine(settings.store)
    try:
        check(engine)
        return _remove(engine, settings, sure=options.yes)
    finally:
        engine.dispose()


def _remove(engine: Engine, settings: Settings, *, sure: bool) -> int:
    with reading(engine) as connection:
        found, staying = invented_rows.counts(connection), invented_rows.kept(connection)
    if not found:
        print(CATALOGUE.both("sample.none"))
        _name_feeds(settings)
        return 0
    print(CATALOGUE.both("sample.found", rows=sum(one.rows for one in found)))
    _table(found)
    for one in staying:
        print(CATALOGUE.both(f"sample.kept_{one.sort}", rows=one.rows, example=one.example))
    if not sure and not _asked():
        print(CATALOGUE.both("sample.left"))
        return 1
    with writing(engine) as connection:
        gone = invented_rows.remove(connection, datetime.now(UTC))
    print(CATALOGUE.both("sample.removed", rows=sum(one.rows for one in gone)))
    if gone != found:  # a worker has written meanwhile
        _table(gone)
    _name_feeds(settings)
    return 0


def _table(found: list[Counted]) -> None:
    for one in found:
        print(f"  {one.table:24} {one.rows:>12,}")


def _asked() -> bool:
    if not sys.stdin.isatty():
        raise CommandError("sample.no_terminal")
    print(CATALOGUE.both("sample.sure"), end=" ", flush=True)
    return sys.stdin.readline().strip().casefold() in YES


def _name_feeds(settings: Settings) -> None:
    """Say which feeds go on bringing invented data, as the feeds file declares them."""
    try:
        feeds = load(settings.feeds_file, settings.environment, settings.plugins_folder)
    except ConfigError:
        return  # `ioc feeds check` says what is wrong with it
    invented = [feed.key for feed in feeds.values() if feed.schedule.synthetic and feed.schedule.enabled]
    if invented:
        print(CATALOGUE.both("sample.feeds", feeds=", ".join(invented), file=settings.feeds_file))
