"""`ioc names list | settle | forget`: names that no unit or village could be told from, and what people decide about them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from feeds.errors import CommandError
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store import names
from store.engine import open_engine
from store.schema_version import check
from store.transactions import reading, writing


@contextmanager
def _opened(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.store)
    try:
        check(engine)
        yield engine
    finally:
        engine.dispose()


def list_names(settings: Settings, options: argparse.Namespace) -> int:
    """Show the open names with their candidates; with `all` those that are settled, too."""
    with _opened(settings) as engine, reading(engine) as connection:
        reviews = names.reviews(connection).to_dict("records")
        waiting = names.waiting_counts(connection)
    shown = [row for row in reviews if options.all or not isinstance(row["decision"], str)]
    if not shown:
        print(CATALOGUE.both("names.nothing"))
    for row in shown:
        _show(row, waiting.get(str(row["id"]), 0))
    return 0


def _show(row: dict[Any, Any], waiting: int) -> None:
    written = " · ".join(part for part in (row["code"], row["name"], row["parent"]) if part)
    print(f"{row['id']}  {row['feed']}  {row['day']}  {written}  ({CATALOGUE.both('names.waiting', count=waiting)})")
    if isinstance(row["decision"], str):
        chosen = f"{row['chosen_name']} ({row['chosen_code']})" if row["decision"] == names.CHOSEN else CATALOGUE.both("names.ignored")
        chosen = CATALOGUE.both("names.silent") if row["what"] == names.WORD and row["chosen_code"] == "" else chosen
        print(f"    = {chosen}  {row['decided_by']}  {row['decided_at']:%Y-%m-%d %H:%M} UTC")
        return
    for unit in row["candidates"]:
        share = f"  {100 * unit['share']:.0f} % {unit['method']}" if "share" in unit else ""
        print(f"    {unit['code']}  {unit['name']}{share}")


def settle(settings: Settings, options: argparse.Namespace) -> int:
    """Say what a name means, or that it is no unit."""
    if (options.code is None) != options.none:
        raise CommandError("names.code_or_none")
    by = _who(options)
    with _opened(settings) as engine, writing(engine) as connection:
        outcome = names.settle(connection, options.review, code=options.code, by=by, at=datetime.now(UTC))
    if outcome != "settled":
        raise CommandError(f"names.{outcome}", review=options.review, place=options.code)
    print(CATALOGUE.both("names.settled", review=options.review))
    return 0


def forget(settings: Settings, options: argparse.Namespace) -> int:
    """Take back what was decided, so that the name is asked again."""
    by = _who(options)
    with _opened(settings) as engine, writing(engine) as connection:
        known = names.decide(connection, options.review, decision=names.FORGOTTEN, by=by, at=datetime.now(UTC))
    if not known:
        raise CommandError("names.no_review", review=options.review)
    print(CATALOGUE.both("names.forgotten", review=options.review))
    return 0


def _who(options: argparse.Namespace) -> str:
    by = " ".join(str(options.by).split())
    if not by:
        raise CommandError("names.nobody")
    return by
