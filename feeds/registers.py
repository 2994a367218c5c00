"""Kinds that are lists: villages, base stations, endpoints, centres, systems. Each is a `Register` in a file of feeds/kinds.

A list is taken entry by entry: a new one is added, another value is a change, and an older list changes nothing that a newer one
said. An entry that is missing is closed only when the feed says that its lists are complete, and a list that lost too many is refused
as a whole: half a file must not close half of the villages. Real entries take the place of invented ones, which are closed and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel
from pydantic import Field as Option
from sqlalchemy import Connection, Table

from feeds import registering
from feeds.cells import LOCAL, Cells
from feeds.columns import resolve
from feeds.errors import RowError
from feeds.naming import Naming
from feeds.reading import OBSERVED, UNIT_FIELDS, moment_of, read_fields
from feeds.records import Field, Parsed, Rejections, Stamp, Stored, rejection
from feeds.tables import Table as Rows
from store import entries
from store.entries import Outline

UNIT_FROM = Field("unit_from", required=False, aliases=("Thuộc đơn vị từ ngày", "Thuộc xã từ ngày"), type="day")
LOCATION = 2 + len(UNIT_FIELDS)  # where the fields begin that are read by their type alone


class ListOptions(BaseModel):
    """How a feed's lists are to be taken.

    complete: an entry that is missing from a new list exists no longer. most_lost_share: of a complete list; one that lost more is
    refused. valid_from: first day of entries that do not say theirs; else the day of the list that brought them. at_unit: entries
    without a point are put at their unit's. future_tolerance_s: how far the source's clock may be ahead.
    """

    complete: bool = False
    most_lost_share: float = Option(default=0.2, ge=0, le=1)
    valid_from: date | None = None
    at_unit: bool = False
    future_tolerance_s: int = Option(default=300, ge=0)


class Known(NamedTuple):
    """What there is to hold a list against. outlines: of communes, real ones only; points: of units, by code and first day.

    own: what the kind itself asks for.
    """

    naming: Naming
    outlines: list[Outline]
    points: entries.UnitPoints
    own: Any = None


class Entry(NamedTuple):
    """One accepted row. listed: ids of all rows of its list, the refused ones too; None when one has no readable id.

    unit_from: since when it lies in its unit, where the row says that besides its first day.
    """

    row: int
    id: str
    unit_code: str | None
    observed_at: datetime
    values: dict[str, Any]
    listed: frozenset[str] | None
    unit_from: date | None = None


@dataclass(frozen=True)
class Register:
    """A kind of entries.

    table: with id, name, search_key, valid_from, valid_to, source, synthetic, stored_at, and `told()`. place: what its entries are
    called in place_units, "" for entries that lie in no unit. own: the fields that only this kind has, named as the table's columns.
    headers: usual headers of id and name. needs_point, needs_unit: whether lon and lat, and a unit, are a must. refer: what else is
    needed to judge a row; check: judges one, its values and day, and may put a value right.
    """

    Options: ClassVar[type[BaseModel]] = ListOptions

    table: Table
    place: str
    own: tuple[Field, ...]
    headers: Mapping[str, tuple[str, ...]]
    needs_point: bool = True
    needs_unit: bool = True
    refer: Callable[[Connection], Any] = lambda connection: None
    check: Callable[[Cells, dict[str, Any], date, Any], None] = lambda cells, values, day, own: None

    def fields(self, options: ListOptions) -> tuple[Field, ...]:
        return (
            Field("id", aliases=self.headers.get("id", ())),
            Field("name", aliases=self.headers.get("name", ())),
            *UNIT_FIELDS,
            Field("lon", required=False, aliases=("Kinh độ", "longitude", "long", "x"), type="degrees"),
            Field("lat", required=False, aliases=("Vĩ độ", "latitude", "y"), type="degrees"),
            *self.own,
            Field("valid_from", required=False, aliases=("Từ ngày",), type="day"),
            Field("valid_to", required=False, aliases=("Đến ngày",), type="day"),
            UNIT_FROM,
            OBSERVED,
        )

    def reference(self, connection: Connection) -> Known:
        """The units that there have been, real outlines of communes, and the units' points."""
        points = entries.UnitPoints.read(connection)
        return Known(Naming.read(connection), entries.real_outlines(connection), points, self.refer(connection))

    def parse(self, table: Rows, mapping: Mapping[str, str], known: Known, options: ListOptions, stamp: Stamp) -> Parsed:
        """One Entry per accepted row; the second row of an id is turned away."""
        headers = resolve(table, self.fields(options), mapping)
        known = known._replace(naming=known.naming.of(stamp.feed))
        latest = stamp.stored_at + timedelta(seconds=options.future_tolerance_s)
        accepted: dict[str, Entry] = {}
        rejections = Rejections()
        ids: list[str | None] = []
        for row in table.rows:
            cells = Cells(row, headers)
            try:
                ids.append(_readable_id(cells))
                entry = self._entry(cells, known, options, stamp.reported_at, latest)
                if entry.id in accepted:
                    raise RowError("row.duplicate", first=accepted[entry.id].row)
                accepted[entry.id] = entry
            except RowError as error:
                rejections.append(rejection(row, error))
        listed = None if None in ids or table.unreadable else frozenset(id_ for id_ in ids if id_ is not None)
        records = [entry._replace(listed=listed) for entry in accepted.values()]
        return Parsed(len(table.rows), records, rejections, max((entry.observed_at for entry in records), default=None))

    def _entry(self, cells: Cells, known: Known, options: ListOptions, said_at: datetime, latest: datetime) -> Entry:
        id_ = cells.text("id")
        observed_at = moment_of(cells, said_at, latest)
        day = observed_at.astimezone(LOCAL).date()
        always = ("lon", "lat", "valid_from", "valid_to", "unit_from")
        read = [field for field in self.fields(options)[LOCATION:-1] if cells.knows(field.name) or field.name in always]
        values = {"name": cells.text("name"), **read_fields(cells, read)}
        if values["valid_from"] and values["valid_to"] and values["valid_to"] < values["valid_from"]:
            raise cells.fail("row.ends_before", "valid_to")
        self.check(cells, values, day, known.own)
        unit = self._unit(cells, known, values, day)
        self._place(cells, known, options, values, unit, day)
        return Entry(cells.number_of_row, id_, unit, observed_at, values, None, values.pop("unit_from"))

    def _unit(self, cells: Cells, known: Known, values: Mapping[str, Any], day: date) -> str | None:
        """The unit that the row names on its day, else the commune whose real outline holds its point."""
        if cells.has("unit_code") or cells.has("unit_name"):
            return known.naming.unit(cells, day)
        lon, lat = values["lon"], values["lat"]
        if lon is not None and lat is not None:
            found = entries.commune_at(known.outlines, lon, lat, day)
            if found is not None:
                return found
            if known.outlines and self.place and self.needs_unit:
                raise cells.fail("row.outside", "lon")
        if self.needs_unit and self.place:
            raise cells.fail("row.missing", "unit_code")
        return None

    def _place(self, cells: Cells, known: Known, options: ListOptions, values: dict[str, Any], unit: str | None, day: date) -> None:
        if values["lon"] is not None and values["lat"] is not None:
            if not -90 <= values["lat"] <= 90:
                raise cells.fail("row.bad_degrees", "lat")
            return
        point = known.points.at(unit, day) if options.at_unit and unit is not None else None
        if point is not None:
            values["lon"], values["lat"] = point
        elif self.needs_point:
            raise cells.fail("row.missing", "lat" if values["lon"] is not None else "lon")
        else:
            values["lon"] = values["lat"] = None

    def store(self, connection: Connection, records: list[Entry], stamp: Stamp, options: ListOptions) -> Stored:
        """Write the list. Raises ContentError("run.list_shrunk") and ("run.invented_over_real"), and then nothing of it is kept."""
        return registering.store_list(connection, self.table, self.place, records, stamp, options)


def _readable_id(cells: Cells) -> str | None:
    try:
        return cells.text("id")
    except RowError:
        return None
