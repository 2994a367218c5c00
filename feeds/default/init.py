"""`ioc init`: a store with one province in it, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pandas as pd
from sqlalchemy import Connection, Engine, Table

from feeds.default import coverage, published
from feeds.default.centres import invent_centres, invent_dossiers
from feeds.default.dataset import DatasetError, load
from feeds.default.endpoints import invent_endpoints
from feeds.default.register import KNOWN, Register, UnknownProvinceError, province_register
from feeds.default.synthetic import LOCAL, size_of
from feeds.default.villages import invent_villages, village_places
from feeds.errors import CommandError
from geo.names import split_kind
from store import schema
from store.register import facts
from store.schema_version import upgrade
from store.transactions import reading
from store.write import bump, upsert, writing

Progress = Callable[[str, int, int], None]
"""Called before each step with its key in the catalogue (`init.step_…`), its number from 1, and how many there are."""

STEPS = ("schema", "register", "villages", "coverage", "endpoints", "centres", "published", "write")
EMPTY_STEPS = ("schema", "register", "write")


@dataclass(frozen=True)
class InitSummary:
    """What `init_province` did. created: False when the store held this province already, and then nothing was written.

    rows: number of rows by table; empty when nothing was written.
    """

    code: str
    name: str
    seed: int
    created: bool
    rows: dict[str, int] = field(default_factory=dict)


def init_province(
    engine: Engine,
    code: str,
    *,
    seed: int = 7,
    probe_base_port: int = 15_000,
    progress: Progress | None = None,
    today: date | None = None,
    empty: bool = False,
) -> InitSummary:
    """Fill an empty store with the province that bears `code` today: real units, invented villages and claims, published figures.

    empty: real units with schematic outlines and the technologies that there are, and nothing else.

    A store that already holds this province is left as it is, whatever has come in since; `seed` and `probe_base_port` then do
    not matter. today: up to which month invented dossiers reach.
    Raises CommandError for an unknown code, for a store that holds another province, and for a missing dataset; StoreError.
    """
    tell = _Steps(progress, EMPTY_STEPS if empty else STEPS)
    tell("schema")
    upgrade(engine)
    with reading(engine) as connection:
        held = facts(connection)
    if held:
        return _kept(held, code)
    tell("register")
    register = _register(code)
    day = today or datetime.now(LOCAL).date()
    tables = list(_real(register)) if empty else list(_tables(register, seed, probe_base_port, day, tell))
    tell("write")
    with writing(engine) as connection:
        held = facts(connection)
        if held:
            return _kept(held, code)
        return InitSummary(code, register.name, seed, True, _write(connection, register, tables, seed))


class _Steps:
    def __init__(self, progress: Progress | None, steps: Sequence[str]) -> None:
        self._progress = progress
        self._steps = steps

    def __call__(self, step: str) -> None:
        if self._progress is not None:
            self._progress(f"init.step_{step}", self._steps.index(step) + 1, len(self._steps))


def _kept(held: dict[str, str], code: str) -> InitSummary:
    if held["province"] != code:
        raise CommandError("init.other_province", province=code, held=held["province"], name=held.get("name", ""))
    return InitSummary(code, held.get("name", ""), int(held.get("seed", 0)), created=False)


def _register(code: str) -> Register:
    try:
        return province_register(code)
    except UnknownProvinceError as error:
        raise CommandError("init.unknown_province", province=code, known=known_provinces()) from error
    except DatasetError as error:
        raise CommandError("init.no_dataset", detail=str(error)) from error


def known_provinces() -> str:
    """The provinces with published figures, as "11 (Điện Biên), 15 (Lào Cai), …"."""
    names = load().new.drop_duplicates("province_code").set_index("province_code")["province"]
    return ", ".join(f"{code} ({split_kind(names[code])[1]})" for code in KNOWN)


def _tables(register: Register, seed: int, port: int, today: date, tell: _Steps) -> Iterator[tuple[Table, pd.DataFrame]]:
    size = size_of(register.code, register.crosswalk["old_code"].nunique())
    yield from _real(register)
    tell("villages")
    villages = invent_villages(register, seed)
    yield schema.villages, villages
    yield schema.place_units, village_places(villages)
    tell("coverage")
    yield schema.operators, coverage.operators()
    yield schema.coverage, coverage.invent_coverage(villages, size, seed)
    tell("endpoints")
    endpoints, endpoint_places = invent_endpoints(register, seed, port)
    yield schema.endpoints, endpoints
    yield schema.place_units, endpoint_places
    tell("centres")
    centres, centre_places = invent_centres(register)
    yield schema.centres, centres
    yield schema.place_units, centre_places
    yield schema.dossiers, invent_dossiers(register, centres, centre_places, size.people, seed, today)
    tell("published")
    yield schema.indicator_values, published.indicator_values()
    yield schema.targets, published.targets()


def _real(register: Register) -> Iterator[tuple[Table, pd.DataFrame]]:
    """What is not invented: units, and the names of technologies and indicators that feeds speak of."""
    yield schema.units, register.units
    yield schema.crosswalk, register.crosswalk
    yield schema.technologies, coverage.technologies()
    yield schema.indicators, published.indicators()


def _write(connection: Connection, register: Register, tables: list[tuple[Table, pd.DataFrame]], seed: int) -> dict[str, int]:
    now = datetime.now(UTC)
    written: dict[str, int] = {}
    for table, frame in tables:
        stored = frame.assign(stored_at=now)
        columns = [column.key for column in table.c if column.key in stored]
        upsert(connection, table, columns, _values(stored[columns]))
        written[table.name] = written.get(table.name, 0) + len(frame)
    about = {
        "province": register.code,
        "name": register.name,
        "metric_crs": register.metric_crs,
        "seed": str(seed),
        "created_at": now.isoformat(),
    }
    upsert(connection, schema.meta, ["key", "value"], list(about.items()))
    bump(connection, *written)
    return written


def _values(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """The rows as Python values; whatever is missing becomes None."""
    columns = [
        [None if gone else value for value, gone in zip(frame[name].astype(object), frame[name].isna(), strict=True)] for name in frame
    ]
    return list(zip(*columns, strict=True))
