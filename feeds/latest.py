"""Kinds whose rows each say one thing under a key, of which the newest word holds: figures, targets, meetings, units.

An older report never takes the place of a newer one; the same word again changes nothing; what was said before stays in the history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic import Field as Option
from sqlalchemy import Connection, Table

from feeds.cells import LOCAL, Cells
from feeds.columns import resolve
from feeds.errors import RowError
from feeds.naming import Naming
from feeds.reading import OBSERVED, UNIT_FIELDS, moment_of, read_fields
from feeds.records import Field, Parsed, Rejections, Stamp, Stored, rejection
from feeds.registering import ORIGIN, Row, upsert_rows
from feeds.tables import Note
from feeds.tables import Row as SourceRow
from feeds.tables import Table as Rows
from store import entries


class LatestOptions(BaseModel):
    """future_tolerance_s: how far the source's clock may be ahead."""

    future_tolerance_s: int = Option(default=300, ge=0)


class Known(NamedTuple):
    """What there is to hold rows against: the units, and what the kind itself asks for."""

    naming: Naming
    own: Any


class Reading(NamedTuple):
    """One row while it is read. day: as of which its unit is meant, by the kind; unit: that unit, None where the kind has none."""

    cells: Cells
    values: dict[str, Any]
    observed_at: datetime
    day: date
    unit: str | None
    known: Any
    options: Any
    source: str


class Fact(NamedTuple):
    """One accepted row. parts: what it says in each of the kind's tables, by column; None where it says nothing."""

    row: int
    observed_at: datetime
    parts: tuple[Row | None, ...]


def observed_day(values: Mapping[str, Any], observed_at: datetime) -> date:
    """The day on which the row was true."""
    return observed_at.astimezone(LOCAL).date()


def period_day(values: Mapping[str, Any], observed_at: datetime) -> date:
    """The last day of the row's period, or the day of the report while the period runs."""
    last: date = values["period"][2]
    return min(last, observed_day(values, observed_at))


@dataclass(frozen=True)
class Latest:
    """A kind. tables: what a row is written to, each with the column by which stored rows are looked up, the most special one last.

    choose: which rows of a table are meant, and what is said of the others. finish: what a row says, one part for each table. unit:
    whether rows name a unit, which is that of the day `day_of` says.
    refer: what else is needed to judge a row. before: called before anything is written. after: called when all is.
    """

    tables: tuple[tuple[Table, str], ...]
    own: tuple[Field, ...]
    finish: Callable[[Reading], tuple[Row | None, ...]]
    unit: bool = False
    day_of: Callable[[Mapping[str, Any], datetime], date] = observed_day
    refer: Callable[[Connection], Any] = lambda connection: None
    choose: Callable[[Sequence[SourceRow], Mapping[str, str], Any], tuple[list[SourceRow], tuple[Note, ...]]] = lambda rows, headers, own: (
        list(rows),
        (),
    )
    before: Callable[[Connection, Any, Stamp], None] = lambda connection, options, stamp: None
    after: Callable[[Connection, list[Fact], Stamp], None] = lambda connection, facts, stamp: None
    Options: type[BaseModel] = LatestOptions

    def fields(self, options: Any) -> tuple[Field, ...]:
        return (*self.own, *(UNIT_FIELDS if self.unit else ()), OBSERVED)

    def reference(self, connection: Connection) -> Known:
        """The units that there have been, and what the kind refers to."""
        return Known(Naming.read(connection), self.refer(connection))

    def parse(self, table: Rows, mapping: Mapping[str, str], known: Known, options: Any, stamp: Stamp) -> Parsed:
        """One Fact per accepted row; the second row under a key is turned away."""
        headers = resolve(table, self.fields(options), mapping)
        known = known._replace(naming=known.naming.of(stamp.feed))
        rows, notes = self.choose(table.rows, headers, known.own)
        latest = stamp.stored_at + timedelta(seconds=options.future_tolerance_s)
        records: list[Fact] = []
        rejections = Rejections()
        seen: dict[tuple[Any, ...], int] = {}
        for row in rows:
            try:
                fact = self._fact(Cells(row, headers), known, options, stamp, latest)
                key = self._key(fact)
                if key in seen:
                    raise RowError("row.duplicate", first=seen[key])
                seen[key] = row.number
                records.append(fact)
            except RowError as error:
                rejections.append(rejection(row, error))
        return Parsed(len(rows), records, rejections, max((fact.observed_at for fact in records), default=None), notes)

    def _fact(self, cells: Cells, known: Known, options: Any, stamp: Stamp, latest: datetime) -> Fact:
        observed_at = moment_of(cells, stamp.reported_at, latest)
        values = read_fields(cells, self.own)
        day = self.day_of(values, observed_at)
        if "period" in values and values["period"][1] > latest.astimezone(LOCAL).date():
            raise cells.fail("row.future", "period")
        unit = known.naming.unit(cells, day) if self.unit else None
        parts = self.finish(Reading(cells, values, observed_at, day, unit, known.own, options, stamp.source))
        return Fact(cells.number_of_row, observed_at, parts)

    def _key(self, fact: Fact) -> tuple[Any, ...]:
        place, part = next((place, part) for place, part in reversed(list(enumerate(fact.parts))) if part is not None)
        return (place, *(part[column.name] for column in self.tables[place][0].primary_key))

    def store(self, connection: Connection, records: list[Fact], stamp: Stamp, options: Any) -> Stored:
        """Write the facts; source rows by the most that any part of theirs did."""
        self.before(connection, options, stamp)
        outcomes: dict[int, set[str]] = {}
        for place, (table, by) in enumerate(self.tables):
            parts = [(fact, part) for fact in records if (part := fact.parts[place]) is not None]
            _store_part(connection, table, by, parts, stamp, outcomes)
        self.after(connection, records, stamp)
        changed = sum("changed" in done for done in outcomes.values())
        added = sum("added" in done and "changed" not in done for done in outcomes.values())
        older = sum(done == {"older"} for done in outcomes.values())
        return Stored(added, changed, len(records) - added - changed - older, older)


def _store_part(
    connection: Connection, table: Table, by: str, parts: list[tuple[Fact, Row]], stamp: Stamp, outcomes: dict[int, set[str]]
) -> None:
    key = [column.name for column in table.primary_key]
    stored: dict[tuple[Any, ...], Mapping[str, Any]] = dict(entries.rows_by_key(connection, table, by, {part[by] for _, part in parts}))
    rows: dict[tuple[Any, ...], Row] = {}
    for fact, part in sorted(parts, key=lambda item: item[0].observed_at):
        row = {**part, **vars(stamp), "observed_at": fact.observed_at}
        row = {name: value for name, value in row.items() if name in table.c}
        at = tuple(row[name] for name in key)
        before = stored.get(at)
        outcome = _outcome(before, row)
        outcomes.setdefault(id(fact), set()).add(outcome)
        if outcome != "older":
            rows[at] = stored[at] = {**(before or {}), **row}
    upsert_rows(connection, table, list(rows.values()))


def _outcome(before: Mapping[str, Any] | None, row: Row) -> str:
    if before is None:
        return "added"
    if before["observed_at"] is not None and row["observed_at"] < before["observed_at"]:
        return "older"
    return "unchanged" if all(before[name] == value for name, value in row.items() if name not in ORIGIN) else "changed"
