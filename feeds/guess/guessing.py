"""From a file to a proposal: each readable table of it held against each record kind, the best one tried as a feed would read it."""

from __future__ import annotations

import glob
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from feeds.connectors import folder
from feeds.errors import ConfigError, ContentError
from feeds.fetching import Visit, Wanted
from feeds.guess.contents import Reference, columns_of
from feeds.guess.declaration import as_toml, feed_key
from feeds.guess.draft import Draft
from feeds.guess.inner_columns import with_inner_columns
from feeds.guess.matching import Match, matches, usual_fields
from feeds.guess.proposal import Doubt, Proposal
from feeds.guess.said import Said
from feeds.guess.saving import config_mistake
from feeds.made_up import feed_of
from feeds.parsing.content import preview
from feeds.registry import Kind, Registry
from feeds.tables import Table
from feeds.trial import Trial, try_file
from store.transactions import reading

NEAR = 2.0
READ_WITHIN_S = 60.0
ROWS_READ = 1000
LAYOUT = ("encoding", "crs", "sheet", "header_row", "layer", "records")
NOTHING_SAID = Said()
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True)
class _Reading:
    """One table of the file, what a feed has to say to get it, and the kinds that it is held against. doubts: of the reading itself."""

    options: Mapping[str, Any]
    table: Table
    kinds: Mapping[str, Kind]
    doubts: tuple[Doubt, ...] = ()


def guess(
    engine: Engine, path: Path, known: Registry, said: Said = NOTHING_SAID, *, taken: Sequence[str] = (), plugins: Path | None = None
) -> Proposal:
    """What is proposed for a file. said: what a person has said of it already; taken: keys of feeds that there are.

    Raises ContentError when the file cannot be read at all, or has no column that any kind knows.
    """
    with reading(engine) as connection:
        reference = Reference.read(connection)
    kinds = {key: one for key, one in known.kinds.items() if said.kind in ("", key)}
    best, others, read = _best(path, kinds, reference, said)
    columns = columns_of(read.table)
    key = feed_key(path.name, taken)
    draft = Draft.begun(path, key, best, read.options, said)
    draft.doubts += read.doubts
    if not said.kind:
        draft.doubts += [Doubt("kind_also", {"kind": best.kind.key, "other": other.kind.key}) for other in others]
    draft.complete(best, read.table, columns, reference, said)
    trial = _tried(engine, path, key, draft.table, plugins)
    draft.doubts += _of_trial(trial)
    found = {name: one.column.header for name, one in best.found.items()}
    wide = tuple(column.header for column in best.wide.columns) if best.wide else ()
    return Proposal(key, draft.table, columns, best.fields, found, tuple(draft.doubts), trial, wide)


def _best(path: Path, kinds: Mapping[str, Kind], reference: Reference, said: Said) -> tuple[Match, list[Match], _Reading]:
    """The best match of all tables of the file, those of its table that come near, and the table."""
    found = [
        (match, read)
        for read in _readings(path, said, kinds)
        for match in matches(read.kinds, columns_of(read.table), reference, said.columns)
    ]
    if not found:
        raise ContentError("run.guess_nothing")
    best, read = max(found, key=lambda pair: pair[0].score)
    complete = [match for match, other in found if other is read and match is not best and not match.missing]
    return best, [match for match in complete if match.score > best.score - NEAR], read


def _readings(path: Path, said: Said, kinds: Mapping[str, Kind]) -> Iterator[_Reading]:
    """The file read for all kinds at once; for each alone where a header is twice that not all of them look for."""
    stated = {name: said.values[name] for name in LAYOUT if name in said.values}
    try:
        yield _of_all_sheets(path, _Reading(stated, _read(path, stated, _wanted(kinds)), kinds))
    except ContentError as error:
        if error.code == "run.column_twice" and len(kinds) > 1:
            yield from _each_alone(path, said, kinds, error)
            return
        if error.code == "run.records_elsewhere":
            yield _of_list(path, stated, kinds, error)
            return
        encoding = error.values.get("encoding")
        if error.code != "run.encoding_like" or not isinstance(encoding, str):
            raise
        stated["encoding"] = encoding
        yield _Reading(stated, _read(path, stated, _wanted(kinds)), kinds, (Doubt("encoding", {"encoding": encoding}),))


def _of_list(path: Path, stated: Mapping[str, Any], kinds: Mapping[str, Kind], found: ContentError) -> _Reading:
    """The longest list of records inside a JSON object; a doubt where there are others."""
    options = {**stated, "records": found.values["path"]}
    doubts = (Doubt("other_lists", dict(found.values)),) if found.values["lists"] != 1 else ()
    return _Reading(options, _read(path, options, _wanted(kinds)), kinds, doubts)


def _of_all_sheets(path: Path, first: _Reading) -> _Reading:
    """The same for all visible sheets where several have the same columns; the doubt names those that have others."""
    if path.suffix.lower() not in WORKBOOKS or "sheet" in first.options:
        return first
    every = {**first.options, "sheets": "*"}
    table = _read(path, every, _wanted(first.kinds))
    names = list(dict.fromkeys(row.origin.sheet for row in table.rows if row.origin is not None))
    if len(names) < 2:
        return first
    if table.columns == first.table.columns:
        return replace(first, options=every, table=table)
    return replace(first, doubts=(*first.doubts, Doubt("other_sheets", {"sheet": names[0], "others": ", ".join(names[1:])})))


def _each_alone(path: Path, said: Said, kinds: Mapping[str, Kind], twice: ContentError) -> Iterator[_Reading]:
    found: list[_Reading] = []
    for key, kind in kinds.items():
        try:
            found += _readings(path, said, {key: kind})
        except ContentError as error:
            if error.code != "run.column_twice":
                raise
    if not found:
        raise twice
    yield from found


def _read(path: Path, stated: Mapping[str, Any], wanted: tuple[Wanted, ...]) -> Table:
    """The first rows of the file as a folder feed reads it, in the process for files of others."""
    here = {"folder": path.resolve().parent, "pattern": glob.escape(path.name), "settle_s": 0, "after": "leave"}
    visit = Visit(datetime.now(UTC), time.monotonic() + READ_WITHIN_S, path.resolve().parent)
    content = next(iter(folder.fetch(folder.Options.model_validate({**here, **stated}), visit))).read()
    return with_inner_columns(preview(content.data, replace(content.layout, wanted=wanted), ROWS_READ))


def _wanted(kinds: Mapping[str, Kind]) -> tuple[Wanted, ...]:
    """The columns of every kind, each once, by which the row of headers is found."""
    names = dict.fromkeys((item.name, *item.aliases) for kind in kinds.values() for item in usual_fields(kind))
    return tuple(Wanted(headers) for headers in names)


# ── Trying it ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tried(engine: Engine, path: Path, key: str, table: Mapping[str, Any], plugins: Path | None) -> Trial:
    try:
        feed = feed_of(as_toml(key, {**table, "folder": "."}), key, {}, plugins)
    except ConfigError as error:
        return Trial(path.name, error=config_mistake(error))
    return next(iter(try_file(engine, feed, path)), Trial(path.name))


def _of_trial(trial: Trial) -> Iterator[Doubt]:
    if trial.error is not None:
        yield Doubt("nothing_taken", must=True)
    elif trial.rejections:
        yield Doubt("rows_refused", {"rows": trial.rows, "refused": trial.rejections.total})
