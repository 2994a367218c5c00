"""What the worker does for figures that people type in: their forms, a check of each entry before it is signed, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Engine

from feeds.config import Feed
from feeds.connectors.manual import Options, content
from feeds.errors import FeedError
from feeds.fetching import Visit
from feeds.parsing.content import preview
from feeds.pipeline import Pipeline
from feeds.records import Field, Parsed, bounded, plain
from store import manual
from store.manual import Entry, Form, FormField, Preview
from store.transactions import reading, writing

CONNECTOR = "manual"
SAMPLE_ROWS = 30
PROBLEMS = 200


def forms(feeds: Iterable[Feed]) -> list[Form]:
    """The forms of the feeds that people enter."""
    return [_form(feed, feed.connector_options) for feed in feeds if isinstance(feed.connector_options, Options)]


def _form(feed: Feed, options: Options) -> Form:
    fields = tuple(_field(field, feed.mapping.headers) for field in feed.kind.fields(feed.kind_options))
    return Form(feed.key, fields, options.four_eyes, options.max_rows, options.max_entry_bytes)


def _field(field: Field, columns: Mapping[str, str]) -> FormField:
    header = columns.get(field.name) or next(iter(field.aliases), field.name)
    choices = tuple((words[0] if words else code, _shown(words or (code,))) for code, words in field.words.items())
    return FormField(field.name, header, field.type, field.required, field.unit, choices)


def _shown(words: tuple[str, ...]) -> str:
    """The word that people read: the first with Vietnamese letters, else the first."""
    return next((word for word in words if not word.isascii()), words[0])


def check_entries(engine: Engine, feeds: Mapping[str, Feed]) -> None:
    """Read every new entry as the pipeline would, write nothing of it, and note what came out."""
    with reading(engine) as connection:
        waiting = manual.to_check(connection)
    for entry in waiting:
        feed = feeds.get(entry.feed)
        preview = _gone(entry) if feed is None or feed.connector.key != CONNECTOR else _preview(engine, feed, entry)
        with writing(engine) as connection:
            manual.note_check(connection, entry.id, preview, datetime.now(UTC))


def _gone(entry: Entry) -> Preview:
    return Preview(0, 0, error=("run.feed_gone", {"feed": entry.feed}))


def _preview(engine: Engine, feed: Feed, entry: Entry) -> Preview:
    now = datetime.now(UTC)
    visit = Visit(now, time.monotonic() + feed.schedule.timeout_s, feed.base, feed.schedule.max_bytes)
    try:
        read = content(entry, visit)
        pipeline = Pipeline(engine, feed, "check")
        table = preview(read.data, pipeline.layout(read), SAMPLE_ROWS)
        parsed = pipeline.parsed(read)
    except FeedError as error:
        return Preview(0, 0, error=(error.code, plain(error.values)))
    sample = tuple(plain(row.values) for row in table.rows)
    problems = tuple((row.number, row.code, row.values) for row in parsed.rejections[:PROBLEMS])
    return Preview(parsed.rows, _good(parsed), table.columns, sample, problems)


def _good(parsed: Parsed) -> int:
    beyond = sum(count for count, _ in bounded(parsed.rejections).more.values())
    return parsed.rows - len({row.number for row in parsed.rejections}) - beyond if parsed.records else 0
