"""States of video-conference endpoints: the state now, its changes, samples for availability.

A row is one observation of one endpoint. Late and repeated observations never overwrite a newer state; they only count as samples.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field as Option
from sqlalchemy import Connection

from feeds.cells import Cells
from feeds.columns import resolve
from feeds.errors import RowError
from feeds.records import Field, Parsed, Rejections, Stamp, Stored, rejection
from feeds.state_options import StateOptions
from feeds.states import WORDS, Now, advance
from feeds.tables import Row, Table
from feeds.words import usual, word
from store import entries, observations
from store.samples import Sample, add_samples
from store.schema import endpoint_changes, endpoint_state
from store.write import upsert

STATES = usual(WORDS)
STATE_COLUMNS = tuple(column.key for column in endpoint_state.c)
CHANGE_COLUMNS = ("endpoint_id", "at", "state", "previous", "detail", "source", "stored_at", "synthetic")


class Options(StateOptions):
    """sample_every_s: at most one sample of an endpoint is kept for each such span. future_tolerance_s: how far a clock may be ahead."""

    STATES: ClassVar = tuple(WORDS)
    sample_every_s: int = Option(default=30, ge=1, le=3600)
    future_tolerance_s: int = Option(default=60, ge=0)


@dataclass(frozen=True)
class Observation:
    endpoint_id: str
    state: str
    observed_at: datetime
    latency_ms: float | None
    detail: str | None
    row: int


def fields(options: Options) -> tuple[Field, ...]:
    return (
        Field("endpoint_id", aliases=("Mã điểm cầu",)),
        options.state_field(Field("state", aliases=("Trạng thái", "Tình trạng", "Tình trạng kết nối"), type="code", words=WORDS)),
        Field("observed_at", required=False, aliases=("Thời điểm", "Ngày báo cáo", "Thời điểm kiểm tra"), type="moment"),
        Field("latency_ms", required=False, aliases=("Độ trễ",), type="number", unit="ms"),
        Field("detail", required=False, aliases=("Ghi chú",)),
    )


def reference(connection: Connection) -> frozenset[str]:
    """Ids of the endpoints that there are."""
    return observations.endpoint_ids(connection)


def parse(table: Table, mapping: Mapping[str, str], known: frozenset[str], options: Options, stamp: Stamp) -> Parsed:
    """One Observation per accepted row. A row without a time speaks of the moment its source answered."""
    headers = resolve(table, fields(options), mapping)
    latest = stamp.stored_at + timedelta(seconds=options.future_tolerance_s)
    records: list[Observation] = []
    rejections = Rejections()
    for row in table.rows:
        try:
            records.append(_observation(row, headers, known, options, stamp.reported_at, latest))
        except RowError as error:
            rejections.append(rejection(row, error))
    return Parsed(len(table.rows), records, rejections, max((record.observed_at for record in records), default=None))


def _observation(
    row: Row, headers: Mapping[str, str], known: frozenset[str], options: Options, said_at: datetime, latest: datetime
) -> Observation:
    cells = Cells(row, headers)
    endpoint_id = cells.text("endpoint_id")
    if endpoint_id not in known:
        raise cells.fail("row.unknown_endpoint", "endpoint_id")
    state = options.special_state(row, cells) or STATES.get(word(cells.text("state")))
    if state is None:
        raise cells.fail("row.bad_state", "state")
    observed_at = cells.moment("observed_at") if cells.has("observed_at") else said_at
    if observed_at > latest:
        raise cells.fail("row.future", "observed_at")
    latency_ms = cells.number("latency_ms") if cells.has("latency_ms") else None
    return Observation(endpoint_id, state, observed_at, latency_ms, cells.text("detail") if cells.has("detail") else None, row.number)


def store(connection: Connection, records: list[Observation], stamp: Stamp, options: Options) -> Stored:
    """Write states, changes, samples and their sums; rows counted by whether the endpoint's state was new, changed, the same."""
    before = observations.endpoints_now(connection)
    now = dict(before)
    newest: dict[str, Observation] = {}
    changes: list[tuple[object, ...]] = []
    counts = {"added": 0, "changed": 0, "unchanged": 0, "older": 0}
    for record in sorted(records, key=lambda record: record.observed_at):
        outcome, state = advance(now.get(record.endpoint_id), record.state, record.observed_at)
        counts[outcome] += 1
        if state is None:
            continue
        if outcome != "unchanged":
            previous = now[record.endpoint_id].state if record.endpoint_id in now else None
            changes.append((record.endpoint_id, record.observed_at, record.state, previous, record.detail, *_origin(stamp)))
        now[record.endpoint_id] = state
        newest[record.endpoint_id] = record
    upsert(connection, endpoint_state, STATE_COLUMNS, [_state_row(record, now[key], stamp) for key, record in newest.items()])
    upsert(connection, endpoint_changes, CHANGE_COLUMNS, changes)
    add_samples(connection, _samples(records, options.sample_every_s))
    return Stored(**counts)


def unheard(connection: Connection, stamp: Stamp, options: Options, state: str, detail: str, heard: Collection[str] = ()) -> None:
    """Give `state` to the endpoints of this feed that are not among `heard`."""
    told = entries.states_of_feed(connection, endpoint_state, "endpoint_id", stamp.feed)
    others = {id_: at for id_, (known, at) in told.items() if known != state and id_ not in heard}
    records = [Observation(id_, state, max(stamp.stored_at, at + timedelta(microseconds=1)), None, detail, 0) for id_, at in others.items()]
    store(connection, records, stamp, options)


def heard(records: list[Observation]) -> set[str]:
    """Of which endpoints the records are."""
    return {record.endpoint_id for record in records}


def _origin(stamp: Stamp) -> tuple[object, ...]:
    return stamp.source, stamp.stored_at, stamp.synthetic


def _state_row(record: Observation, now: Now, stamp: Stamp) -> tuple[object, ...]:
    row = {
        "endpoint_id": record.endpoint_id,
        "state": now.state,
        "since_at": now.since_at,
        "observed_at": now.observed_at,
        "reported_at": stamp.reported_at,
        "stored_at": stamp.stored_at,
        "latency_ms": record.latency_ms,
        "detail": record.detail,
        "source": stamp.source,
        "feed": stamp.feed,
        "synthetic": stamp.synthetic,
    }
    return tuple(row[name] for name in STATE_COLUMNS)


def _samples(records: list[Observation], every_s: int) -> list[Sample]:
    """The first observation of each endpoint in each span; its ts is the start of the span, so that every sample weighs the same."""
    samples: dict[tuple[int, str], Sample] = {}
    for record in sorted(records, key=lambda record: record.observed_at):
        seconds = int(record.observed_at.timestamp())
        ts = seconds - seconds % every_s
        up = None if record.state == "unknown" else record.state == "up"
        samples.setdefault((ts, record.endpoint_id), Sample(ts, record.endpoint_id, up, record.latency_ms, every_s))
    return list(samples.values())
