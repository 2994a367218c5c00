"""`ioc feeds try`: what a feed would add, change and refuse, row by row, before anything is written."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from feeds.config import Feed, load
from feeds.errors import CommandError
from feeds.made_up import feed_of
from feeds.reasons import note_text
from feeds.records import Rejection
from feeds.registry import registry
from feeds.settings import Settings
from feeds.tables import Note
from feeds.texts import CATALOGUE
from feeds.trial import Altered, Trial, try_feed, try_file
from store.catalogue import LANGUAGES
from store.names import WORD

SHOWN = 60


def try_(settings: Settings, options: argparse.Namespace) -> int:
    """Show what the feed, or the file as a kind, would do; 0 when every row would be taken, else 1."""
    from store.engine import open_engine
    from store.schema_version import check as check_store

    feed, path = _what(settings, options)
    engine = open_engine(settings.store)
    try:
        check_store(engine)
        trials = try_feed(engine, feed) if path is None else try_file(engine, feed, path)
    finally:
        engine.dispose()
    if options.json:
        print(json.dumps([_plain(trial) for trial in trials], ensure_ascii=False, indent=2))
    else:
        for trial in trials:
            _show(trial, options.limit)
        print(CATALOGUE.both("try.nothing_written" if trials else "try.nothing_there"))
    return 0 if all(trial.good for trial in trials) else 1


def _what(settings: Settings, options: argparse.Namespace) -> tuple[Feed, Path | None]:
    """The feed and the file, if one is named; a file with --kind needs no feeds file."""
    if options.kind:
        return _made_up(settings, options), Path(options.what)
    feeds = load(settings.feeds_file, settings.environment, settings.plugins_folder)
    feed = feeds.get(options.what)
    if feed is None:
        code = "try.which_kind" if Path(options.what).is_file() else "cli.unknown_feed"
        raise CommandError(code, key=options.what, known=", ".join(feeds), kinds=", ".join(registry(settings.plugins_folder).kinds))
    return feed, options.file


def _made_up(settings: Settings, options: argparse.Namespace) -> Feed:
    """A feed that is declared nowhere: the file's folder, the kind, and what --set says; checked like a declared one."""
    said = "".join(f"{assignment}\n" for assignment in options.set)
    try:
        tomllib.loads(said)
    except tomllib.TOMLDecodeError as error:
        raise CommandError("try.bad_set", value=said.strip(), detail=str(error)) from error
    name = json.dumps(Path(options.what).name)
    about = f'[feeds.try]\ntitle = {name}\ntitle_en = {name}\nsource = {json.dumps(options.source)}\nconnector = "folder"\nfolder = "."\n'
    times = f"kind = {json.dumps(options.kind)}\nevery_s = 60\nlate_after_s = 60\nstale_after_s = 120\n{said}"
    return feed_of(about + times, "try", settings.environment, settings.plugins_folder)


# ── Showing ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _show(trial: Trial, limit: int) -> None:
    counts = trial.stored._asdict()
    print(CATALOGUE.both("try.summary", item=trial.item, rows=trial.rows, rejected=trial.rejections.total, **counts))
    if trial.error is not None:
        print(CATALOGUE.both(trial.error[0], **trial.error[1]))
    for note in trial.notes:
        print(f"• {note_text('vi', note)}  /  {note_text('en', note)}")
    refused = [refused_line(row) for row in trial.rejections if not _asks_a_word(row)]
    lines = [*_questions(trial.rejections), *refused, *(altered_line(row) for row in trial.altered)]
    for line in lines[:limit]:
        print(f"  {line}")
    if len(lines) > limit:
        print(CATALOGUE.both("try.more", count=len(lines) - limit))


def _asks_a_word(row: Rejection) -> bool:
    return row.question is not None and row.question.what == WORD


def _questions(rejections: Sequence[Rejection]) -> Iterator[str]:
    """One line for each word that a person has to explain, with how many rows wait for it."""
    asked = [row.question for row in rejections if row.question is not None and _asks_a_word(row)]
    waiting = Counter((question.structure, question.name) for question in asked)
    candidates = {(question.structure, question.name): question.candidates for question in asked}
    for (structure, word), count in waiting.items():
        meanings = ", ".join(candidate.name for candidate in candidates[structure, word])
        yield CATALOGUE.both("try.question", word=word, count=count, candidates=meanings)


def refused_line(row: Any) -> str:
    return f"✗ {row.number}: {'  /  '.join(CATALOGUE.reason(language, row.code, row.values) for language in LANGUAGES)}"


def altered_line(row: Altered) -> str:
    mark = "+" if row.outcome == "added" else "~"
    number = "–" if row.number is None else row.number
    key = ", ".join(_text(value) for value in row.key.values())
    if row.outcome == "added":
        fields = "; ".join(f"{name} = {_text(new)}" for name, (_, new) in row.fields.items())
    else:
        fields = "; ".join(f"{name}: {_text(old)} → {_text(new)}" for name, (old, new) in row.fields.items())
    return f"{mark} {number}: {row.table} {key}: {fields}"


def _text(value: Any) -> str:
    if value is None:
        return "–"
    text = value.geom_type if isinstance(value, shapely.Geometry) else value.isoformat() if isinstance(value, date) else str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _plain(trial: Trial) -> dict[str, Any]:
    return {
        "item": trial.item,
        "rows": trial.rows,
        **trial.stored._asdict(),
        "notes": [_note(note) for note in trial.notes],
        "rejected": [{"row": row.number, **_said(row.code, row.values)} for row in trial.rejections],
        "altered": [
            {
                "row": row.number,
                "outcome": row.outcome,
                "table": row.table,
                "key": {name: _json(value) for name, value in row.key.items()},
                "fields": {name: {"old": _json(old), "new": _json(new)} for name, (old, new) in row.fields.items()},
            }
            for row in trial.altered
        ],
        "error": None if trial.error is None else _said(*trial.error),
    }


def _said(code: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": code, "values": dict(values), **{language: CATALOGUE.text(language, code, **values) for language in LANGUAGES}}


def _note(note: Note) -> dict[str, Any]:
    texts = {language: note_text(language, note) for language in LANGUAGES}
    return {"count": note.count, "code": note.code, "values": {**note.values, "count": note.count}, **texts}


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else _text(value)
