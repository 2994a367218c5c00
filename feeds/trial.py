"""What a feed would do with its source, or with a file, without doing it: nothing is written, moved, settled or acknowledged."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from feeds.config import Feed
from feeds.connectors import folder
from feeds.errors import CommandError, FeedError
from feeds.fetching import Content, Fetched
from feeds.pipeline import Pipeline
from feeds.records import Rejections, Stored, plain
from feeds.run import noted
from feeds.tables import Note
from store.errors import StoreError
from store.rehearsal import rehearsing
from store.witness import Change

NOTHING = Stored(0, 0, 0)
HIDDEN = frozenset({"stored_at", "reported_at", "feed", "source", "synthetic", "search_key"})


@dataclass(frozen=True)
class Altered:
    """One row of the store that would be new or another. number: the source row that does it; None when no row alone does.

    fields: column → what is there (None for a new row) and what would be.
    """

    number: int | None
    outcome: str
    table: str
    key: Mapping[str, Any]
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Trial:
    """One thing that was read. error: why nothing of it would be taken, as a code of the catalogue and its values. notes: what was changed
    or left out while it was read."""

    item: str
    rows: int = 0
    stored: Stored = NOTHING
    altered: tuple[Altered, ...] = ()
    rejections: Rejections = field(default_factory=Rejections)
    error: tuple[str, Mapping[str, Any]] | None = None
    notes: tuple[Note, ...] = ()

    @property
    def good(self) -> bool:
        """Whether every row would be taken."""
        return self.error is None and not self.rejections


def try_feed(engine: Engine, feed: Feed) -> list[Trial]:
    """What the feed would do with what its source has to say now. Raises CommandError for a source that is listened to, not asked."""
    if feed.connector.queue == "streams":
        raise CommandError("try.stream", feed=feed.key, connector=feed.connector.key)
    return list(_tried(engine, feed, feed.connector_options, feed.connector.fetch))


def try_file(engine: Engine, feed: Feed, path: Path) -> list[Trial]:
    """What the feed would do with a file, read as it reads its own."""
    if not path.is_file():
        raise CommandError("try.no_file", path=path)
    known = folder.Options.model_fields.keys()
    own = {name: value for name, value in feed.connector_options.model_dump().items() if name in known}
    here = {"folder": path.resolve().parent, "pattern": glob.escape(path.name), "settle_s": 0, "after": "leave"}
    return list(_tried(engine, feed, folder.Options.model_validate({**own, **here}), folder.fetch))


def _tried(engine: Engine, feed: Feed, options: Any, fetch: Any) -> Iterator[Trial]:
    with tempfile.TemporaryDirectory(prefix="ioc-try-") as spool:
        pipeline = Pipeline(engine, feed, "try", spool=Path(spool))
        visit = replace(pipeline.visit(), taken=lambda hashes: set())
        try:
            for fetched in fetch(options, visit):
                yield _one(engine, pipeline, fetched)
        except (FeedError, StoreError) as error:
            yield Trial(feed.key, error=_said(error))
        finally:
            feed.connector.close(visit.memory)


def _one(engine: Engine, pipeline: Pipeline, fetched: Fetched) -> Trial:
    try:
        content = fetched.read()
        return _content(engine, pipeline, fetched.item, content)
    except (FeedError, StoreError) as error:
        return Trial(fetched.item, error=_said(error))


def _content(engine: Engine, pipeline: Pipeline, item: str, content: Content) -> Trial:
    feed = pipeline.feed
    parsed = pipeline.parsed(content)
    trial = Trial(item, parsed.rows, rejections=parsed.rejections, notes=tuple(noted(parsed.notes, parsed.rejections)))
    if not parsed.records:
        return replace(trial, error=("run.all_rejected", {"rows": parsed.rows}))
    try:
        with rehearsing(engine) as (connection, witness):
            stored = feed.kind.store(connection, parsed.records, pipeline.stamp(content), feed.kind_options)
    except FeedError as error:
        return replace(trial, error=_said(error))
    rows = _Rows(parsed.records)
    trial = replace(trial, stored=stored, notes=tuple(noted(parsed.notes, parsed.rejections, stored)))
    return replace(trial, altered=tuple(sorted((_altered(change, rows) for change in witness.changes), key=_place)))


def _altered(change: Change, rows: _Rows) -> Altered:
    before = change.before or {}
    fields = {name: (before.get(name), change.after[name]) for name in change.fields if name not in HIDDEN}
    return Altered(rows.number(change), "added" if change.before is None else "changed", change.table, change.key, fields)


def _place(altered: Altered) -> tuple[bool, int]:
    return altered.number is None, altered.number or 0


class _Rows:
    """Which source row a stored row comes from: the one whose record says the same in the columns of the key that both have."""

    def __init__(self, records: Sequence[Any]) -> None:
        self._named = [named for record in records if (named := _named(record)) is not None]
        self._found: dict[tuple[str, ...], dict[tuple[Any, ...], int]] = {}

    def number(self, change: Change) -> int | None:
        shared = tuple(name for name in change.key if self._named and name in self._named[0][1])
        if not shared:
            return None
        if shared not in self._found:
            self._found[shared] = {tuple(said.get(name) for name in shared): number for number, said in self._named}
        return self._found[shared].get(tuple(change.key[name] for name in shared))


def _named(record: Any) -> tuple[int, dict[str, Any]] | None:
    number = getattr(record, "row", None)
    if not isinstance(number, int):
        return None
    said = dict(record._asdict() if hasattr(record, "_asdict") else vars(record))
    for part in said.get("parts") or ():
        said |= part or {}
    said.setdefault("place_id", said.get("id"))
    return number, said


def _said(error: FeedError | StoreError) -> tuple[str, Mapping[str, Any]]:
    if isinstance(error, FeedError):
        return error.code, plain(error.values)
    return "run.store_unavailable", {"detail": str(error.args_.get("detail", ""))}
