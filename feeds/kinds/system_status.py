"""States of systems (LGSP connections, services of the data centre, network nodes): the state now, its changes, samples."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from pydantic import Field as Option
from sqlalchemy import Connection

from feeds.cells import Cells
from feeds.columns import resolve
from feeds.errors import RowError
from feeds.reading import OBSERVED, moment_of, read_fields
from feeds.records import Field, Parsed, Rejections, Stamp, Stored, rejection
from feeds.state_options import StateOptions
from feeds.states import WORDS as UP_OR_DOWN
from feeds.states import Now, advance
from feeds.tables import Row, Table
from store import entries
from store.samples import Sample, add_samples
from store.schema import system_changes, system_state, systems
from store.write import upsert

DEGRADED = ("chậm", "suy giảm", "cảnh báo", "hoạt động một phần", "không ổn định", "chập chờn", "degraded", "warning", "slow", "partial")
WORDS = {**UP_OR_DOWN, "degraded": DEGRADED}
WHAT = "system"
STATE_COLUMNS = tuple(column.key for column in system_state.c)
CHANGE_COLUMNS = tuple(column.key for column in system_changes.c)


class Options(StateOptions):
    """sample_every_s: at most one sample of a system is kept for each such span. future_tolerance_s: how far a clock may be ahead."""

    STATES: ClassVar = tuple(WORDS)
    sample_every_s: int = Option(default=60, ge=1, le=3600)
    future_tolerance_s: int = Option(default=60, ge=0)


class Observation(NamedTuple):
    row: int
    system_id: str
    state: str
    observed_at: datetime
    volume: float | None
    last_exchange_at: datetime | None
    detail: str | None


def fields(options: Options) -> tuple[Field, ...]:
    return (
        Field("system_id", aliases=("Mã hệ thống",)),
        options.state_field(Field("state", aliases=("Trạng thái", "Tình trạng", "Tình trạng hoạt động"), type="code", words=WORDS)),
        OBSERVED,
        Field("volume", required=False, aliases=("Lượng giao dịch", "Dung lượng"), type="number", unit="figure"),
        Field("last_exchange_at", required=False, aliases=("Giao dịch gần nhất",), type="moment"),
        Field("detail", required=False, aliases=("Ghi chú",)),
    )


def reference(connection: Connection) -> frozenset[str]:
    """Ids of the systems that there are."""
    return entries.ids_of(connection, systems)


def parse(table: Table, mapping: Mapping[str, str], known: frozenset[str], options: Options, stamp: Stamp) -> Parsed:
    """One Observation per accepted row. A row without a time speaks of the moment its source answered."""
    headers = resolve(table, fields(options), mapping)
    latest = stamp.stored_at + timedelta(seconds=options.future_tolerance_s)
    records: list[Observation] = []
    rejections = Rejections()
    for row in table.rows:
        try:
            records.append(_observation(row, Cells(row, headers), known, options, stamp.reported_at, latest))
        except RowError as error:
            rejections.append(rejection(row, error))
    return Parsed(len(table.rows), records, rejections, max((record.observed_at for record in records), default=None))


def _observation(row: Row, cells: Cells, known: frozenset[str], options: Options, said_at: datetime, latest: datetime) -> Observation:
    values = read_fields(cells, [field for field in fields(options) if field.name != "state"])
    if values["system_id"] not in known:
        raise cells.fail("row.unknown_system", "system_id")
    if values["volume"] is not None and values["volume"] < 0:
        raise cells.fail("row.negative", "volume")
    if values["last_exchange_at"] is not None and values["last_exchange_at"] > latest:
        raise cells.fail("row.future", "last_exchange_at")
    values["state"] = options.state_in(row, cells, fields(options)[1])
    return Observation(cells.number_of_row, **{**values, "observed_at": moment_of(cells, said_at, latest)})


def store(connection: Connection, records: list[Observation], stamp: Stamp, options: Options) -> Stored:
    """Write states, changes and samples; rows counted by whether the system's state was new, changed, the same."""
    now = {key: Now(*state) for key, state in entries.states_now(connection, system_state, "system_id").items()}
    newest: dict[str, Observation] = {}
    changes: list[dict[str, Any]] = []
    counts = {"added": 0, "changed": 0, "unchanged": 0, "older": 0}
    for record in sorted(records, key=lambda record: record.observed_at):
        before = now.get(record.system_id)
        outcome, state = advance(before, record.state, record.observed_at)
        counts[outcome] += 1
        if state is None:
            continue
        if outcome != "unchanged":
            changes.append({**record._asdict(), "at": record.observed_at, "previous": None if before is None else before.state})
        now[record.system_id] = state
        newest[record.system_id] = record
    origin = {**vars(stamp)}
    states = [{**record._asdict(), **origin, "since_at": now[key].since_at} for key, record in newest.items()]
    upsert(connection, system_state, STATE_COLUMNS, [tuple(row[name] for name in STATE_COLUMNS) for row in states])
    upsert(connection, system_changes, CHANGE_COLUMNS, [tuple({**row, **origin}[name] for name in CHANGE_COLUMNS) for row in changes])
    add_samples(connection, _samples(records, options.sample_every_s), WHAT)
    return Stored(**counts)


def unheard(connection: Connection, stamp: Stamp, options: Options, state: str, detail: str, heard: Collection[str] = ()) -> None:
    """Give `state` to the systems of this feed that are not among `heard`."""
    told = entries.states_of_feed(connection, system_state, "system_id", stamp.feed)
    others = {id_: at for id_, (known, at) in told.items() if known != state and id_ not in heard}
    records = [
        Observation(0, id_, state, max(stamp.stored_at, at + timedelta(microseconds=1)), None, None, detail) for id_, at in others.items()
    ]
    store(connection, records, stamp, options)


def heard(records: list[Observation]) -> set[str]:
    """Of which systems the records are."""
    return {record.system_id for record in records}


def _samples(records: list[Observation], every_s: int) -> list[Sample]:
    """The first observation of each system in each span. A degraded system still answers, so it counts as up."""
    samples: dict[tuple[int, str], Sample] = {}
    for record in sorted(records, key=lambda record: record.observed_at):
        seconds = int(record.observed_at.timestamp())
        ts = seconds - seconds % every_s
        up = None if record.state == "unknown" else record.state in ("up", "degraded")
        samples.setdefault((ts, record.system_id), Sample(ts, record.system_id, up, None, every_s))
    return list(samples.values())
