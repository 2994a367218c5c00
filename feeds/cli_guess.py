"""`ioc feeds guess`: the table of feeds.toml that a file needs, what is not sure about it, and ten rows as they would be stored."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feeds.cli_try import altered_line, refused_line
from feeds.config import load
from feeds.errors import CommandError, ContentError
from feeds.guess.declaration import as_toml
from feeds.guess.guessing import guess
from feeds.guess.proposal import Doubt, Proposal
from feeds.guess.said import VALUES, Said
from feeds.guess.saving import save
from feeds.registry import registry
from feeds.settings import Settings
from feeds.texts import CATALOGUE

REFUSED_SHOWN = 10


def guess_(settings: Settings, options: argparse.Namespace) -> int:
    """Show the proposal; 0 when nothing about it is unsure, else 1."""
    from store.engine import open_engine
    from store.schema_version import check as check_store

    path = Path(options.file)
    if not path.is_file():
        raise CommandError("try.no_file", path=path)
    taken = tuple(load(settings.feeds_file, settings.environment, settings.plugins_folder)) if settings.feeds_file.exists() else ()
    engine = open_engine(settings.store)
    try:
        check_store(engine)
        found = guess(engine, path, registry(settings.plugins_folder), _said(options), taken=taken, plugins=settings.plugins_folder)
    except ContentError as error:
        raise CommandError(error.code, **error.values) from error
    finally:
        engine.dispose()
    print(json.dumps(_plain(found), ensure_ascii=False, indent=2) if options.json else "\n".join(_lines(found)))
    if options.save:
        _save(settings, found)
    return 0 if found.sure else 1


def _said(options: argparse.Namespace) -> Said:
    pairs = dict(assignment.partition("=")[::2] for assignment in options.set)
    wrong = [key for key in pairs if key not in VALUES]
    if wrong:
        raise CommandError("guess.bad_set", key=wrong[0], known=", ".join(VALUES))
    values = {key: int(value) if key == "header_row" and value.isdigit() else value for key, value in pairs.items()}
    return Said.of({"kind": options.kind, "values": values})


def _save(settings: Settings, found: Proposal) -> None:
    if not found.usable:
        raise CommandError("guess.not_usable")
    folder = save(settings.feeds_file, found.key, found.table, settings.environment, settings.plugins_folder)
    print(CATALOGUE.both("guess.saved", key=found.key, path=settings.feeds_file, folder=folder))


def _lines(found: Proposal) -> Iterator[str]:
    yield as_toml(found.key, found.table, map(_doubt_line, found.doubts))
    if found.unused:
        yield CATALOGUE.both("guess.unused", columns=", ".join(found.unused))
    trial = found.trial
    yield CATALOGUE.both("try.summary", item=trial.item, rows=trial.rows, rejected=len(trial.rejections), **trial.stored._asdict())
    if trial.error is not None:
        yield CATALOGUE.both(trial.error[0], **trial.error[1])
    yield from (f"  {altered_line(row)}" for row in found.first_rows())
    yield from (f"  {refused_line(row)}" for row in trial.rejections[:REFUSED_SHOWN])
    yield CATALOGUE.both("try.nothing_written")


def _doubt_line(doubt: Doubt) -> str:
    return f"{'!' if doubt.must else '?'} {CATALOGUE.both(f'guess_doubt.{doubt.code}', **doubt.values)}"


def _plain(found: Proposal) -> dict[str, Any]:
    trial = found.trial
    return {
        "key": found.key,
        "table": dict(found.table),
        "toml": as_toml(found.key, found.table),
        "usable": found.usable,
        "doubts": [{"code": doubt.code, "must": doubt.must, "values": dict(doubt.values)} for doubt in found.doubts],
        "unused": list(found.unused),
        "rows": trial.rows,
        **trial.stored._asdict(),
        "rejected": [{"row": row.number, "code": row.code, "values": dict(row.values)} for row in trial.rejections],
        "error": None if trial.error is None else {"code": trial.error[0], "values": dict(trial.error[1])},
    }
