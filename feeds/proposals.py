"""What the worker does for files that people hand over: it proposes a feed for each, and adds the accepted ones to the feeds file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import shapely
import tomlkit
from sqlalchemy import Engine

from feeds.columns import label
from feeds.errors import CommandError, ConfigError, FeedError
from feeds.guess.declaration import as_toml
from feeds.guess.guessing import guess
from feeds.guess.proposal import Proposal
from feeds.guess.said import VALUES, Said
from feeds.guess.saving import config_mistake, save
from feeds.records import plain
from feeds.registry import registry
from feeds.trial import Altered
from store import observations, proposals
from store.proposals import ACCEPTED, Answer, Asked
from store.transactions import reading, writing

CELLS_SHOWN, CELL_LENGTH, PROBLEMS_SHOWN = 3, 60, 20


@dataclass(frozen=True)
class Place:
    """Where proposals go. plugins: folder of the deployment's own kinds."""

    feeds_file: Path
    environment: Mapping[str, str]
    plugins: Path | None = None


def check_proposals(engine: Engine, place: Place, feeds: Mapping[str, Any]) -> None:
    """Answer every file that waits. feeds: those there are, by key."""
    with reading(engine) as connection:
        waiting = proposals.to_do(connection)
    for asked in waiting:
        if asked.state == ACCEPTED:
            _save(engine, place, asked)
        else:
            _note(engine, asked, _answer(engine, place, asked, tuple(feeds)))


def _note(engine: Engine, asked: Asked, answer: Answer) -> None:
    with writing(engine) as connection:
        proposals.answer(connection, asked.id, answer, datetime.now(UTC))


def _answer(engine: Engine, place: Place, asked: Asked, taken: tuple[str, ...]) -> Answer:
    known = registry(place.plugins)
    with tempfile.TemporaryDirectory(prefix="ioc-guess-") as folder:
        path = Path(folder) / Path(asked.file_name).name
        path.write_bytes(asked.file or b"")
        try:
            found = guess(engine, path, known, Said.of(asked.said), taken=taken, plugins=place.plugins)
        except FeedError as error:
            return Answer(error=(error.code, plain(error.values)), kinds=tuple(known.kinds))
    return _told(engine, found, tuple(known.kinds))


def _told(engine: Engine, found: Proposal, kinds: tuple[str, ...]) -> Answer:
    trial = found.trial
    taken_for = {header: name for name, header in found.found.items()}
    error = () if trial.error is None else ((0, trial.error[0], plain(trial.error[1])),)
    problems = tuple((row.number, row.code, plain(row.values)) for row in trial.rejections[:PROBLEMS_SHOWN])
    return Answer(
        key=found.key,
        toml=as_toml(found.key, found.table),
        kind=str(found.table["kind"]),
        kinds=kinds,
        usable=found.usable,
        columns=tuple((one.header, _cells(one.cells), taken_for.get(one.header, "")) for one in found.columns),
        fields=tuple((item.name, label(item), item.required) for item in found.fields),
        doubts=tuple((doubt.code, plain(doubt.values), doubt.must) for doubt in found.doubts),
        choices={"operator": _operators(engine)},
        values={name: found.table[name] for name in VALUES if name in found.table},
        rows=trial.rows,
        added=trial.stored.added,
        changed=trial.stored.changed,
        unchanged=trial.stored.unchanged,
        refused=len(trial.rejections),
        problems=error + problems,
        stored=tuple(_stored(row) for row in found.first_rows()),
    )


def _operators(engine: Engine) -> tuple[tuple[str, str], ...]:
    with reading(engine) as connection:
        return tuple(observations.operator_keys(connection).items())


def _cells(cells: tuple[tuple[int, Any], ...]) -> tuple[str, ...]:
    return tuple(_text(value) for _, value in cells[:CELLS_SHOWN])


def _stored(row: Altered) -> tuple[int | None, str, dict[str, Any]]:
    values = {**row.key, **{name: new for name, (_, new) in row.fields.items()}}
    return row.number, row.table, {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    shown = value.geom_type if isinstance(value, shapely.Geometry) else value.isoformat() if isinstance(value, date) else str(value)
    return shown[:CELL_LENGTH]


def _save(engine: Engine, place: Place, asked: Asked) -> None:
    """Add the feed as it was shown, and put the file into its folder. What cannot be saved is proposed again, with the reason."""
    key, table = _shown_table(asked)
    try:
        folder = save(place.feeds_file, key, table, place.environment, place.plugins)
    except ConfigError as error:
        code, values = config_mistake(error)
        _note(engine, asked, Answer(error=(code, plain(values))))
        return
    except CommandError as error:
        _note(engine, asked, Answer(error=(error.code, plain(error.values))))
        return
    if asked.file:
        target = folder / Path(asked.file_name).name
        part = folder / f".{target.name}.part"
        part.write_bytes(asked.file)
        part.replace(target)
    with writing(engine) as connection:
        proposals.saved(connection, asked.id, key, datetime.now(UTC))


def _shown_table(asked: Asked) -> tuple[str, dict[str, Any]]:
    """The proposal as the person saw it who accepted it."""
    shown = tomlkit.parse(str((asked.answer or {})["toml"])).unwrap()["feeds"]
    ((key, table),) = shown.items()
    return str(key), dict(table)
