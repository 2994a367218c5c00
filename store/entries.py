"""What the worker asks of the registers (villages, base stations, endpoints, centres, systems, units) while it takes lists in."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import shapely
from sqlalchemy import Connection, Table, func, or_, select, update

from store.schema import former_values, indicators, place_units, units
from store.write import bump, upsert

FEW = 500


class Outline(NamedTuple):
    """The real outline (EPSG:4326) of a commune, and when it was in force."""

    code: str
    valid_from: date
    valid_to: date | None
    shape: shapely.Geometry


class Lain(NamedTuple):
    """Since and until when a place has lain in a unit."""

    since: date
    until: date | None
    unit_code: str


class Former(NamedTuple):
    """What an entry of a register was from a day to a day. values: by column of the register."""

    since: date
    until: date
    values: Mapping[str, Any]


class UnitSpan(NamedTuple):
    """One unit under its code: first and last day, point, level."""

    since: date
    until: date | None
    lon: float
    lat: float
    level: str


def real_outlines(connection: Connection) -> list[Outline]:
    """Outlines of communes that are not schematic."""
    u = units.c
    found = select(u.code, u.valid_from, u.valid_to, u.outline).where(
        u.level == "commune", u.outline_schematic.is_(False), u.outline.is_not(None)
    )
    outlines = [Outline(*row) for row in connection.execute(found.order_by(u.code))]
    shapely.prepare([outline.shape for outline in outlines])
    return outlines


def commune_at(outlines: Iterable[Outline], lon: float, lat: float, day: date) -> str | None:
    """The commune whose outline held the point on `day`; of several that touch there, the first by code."""
    for outline in outlines:
        in_force = outline.valid_from <= day and (outline.valid_to is None or day <= outline.valid_to)
        if in_force and shapely.intersects_xy(outline.shape, lon, lat):
            return outline.code
    return None


class UnitPoints:
    """Each unit's level and point and the days it was in force, by code."""

    def __init__(self, spans: Mapping[str, list[UnitSpan]]) -> None:
        self._spans = spans

    @classmethod
    def read(cls, connection: Connection) -> UnitPoints:
        u = units.c
        spans: dict[str, list[UnitSpan]] = defaultdict(list)
        found = select(u.code, u.valid_from, u.valid_to, u.lon, u.lat, u.level).order_by(u.code, u.valid_from)
        for code, *span in connection.execute(found):
            spans[code].append(UnitSpan(*span))
        return cls(dict(spans))

    def at(self, code: str, day: date) -> tuple[float, float] | None:
        """lon, lat of the unit that bore the code on `day`."""
        span = self._span(code, day)
        return None if span is None else (span.lon, span.lat)

    def since(self, code: str, day: date) -> date | None:
        """First day of the unit that bore the code on `day`."""
        span = self._span(code, day)
        return None if span is None else span.since

    def until(self, code: str, day: date) -> date | None:
        """Last day of the unit that bore the code on `day`; None while it is in force, or when there was none."""
        span = self._span(code, day)
        return None if span is None else span.until

    def level(self, code: str | None, day: date) -> str:
        """province | district | commune; "" when no unit bore the code on `day`."""
        span = self._span(code or "", day)
        return "" if span is None else span.level

    def _span(self, code: str, day: date) -> UnitSpan | None:
        return next((span for span in self._spans.get(code, ()) if span.since <= day and (span.until is None or day <= span.until)), None)


def unit_codes(connection: Connection) -> tuple[frozenset[str], frozenset[str]]:
    """Codes of all units of all times, and those of the provinces among them."""
    u = units.c
    rows = connection.execute(select(u.code, u.level)).all()
    return frozenset(row.code for row in rows), frozenset(row.code for row in rows if row.level == "province")


def entries_of(connection: Connection, table: Table, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Stored entries by id."""
    statement = select(table)
    if len(ids) <= FEW:
        statement = statement.where(table.c.id.in_(sorted(ids)))
    return {row["id"]: dict(row) for row in connection.execute(statement).mappings() if row["id"] in ids}


def open_entries(connection: Connection, table: Table, *, source: str | None = None, synthetic: bool = False) -> dict[str, dict[str, Any]]:
    """Entries without an end, of one source (None: of any), real or invented, by id."""
    statement = select(table).where(table.c.valid_to.is_(None), table.c.synthetic.is_(synthetic))
    if source is not None:
        statement = statement.where(table.c.source == source)
    return {row["id"]: dict(row) for row in connection.execute(statement.order_by(table.c.id)).mappings()}


def first_real_day(connection: Connection, table: Table) -> date | None:
    """The first day on which there is an entry that is not invented."""
    return connection.execute(select(func.min(table.c.valid_from)).where(table.c.synthetic.is_(False))).scalar()


def invented_from(connection: Connection, table: Table, day: date) -> dict[str, dict[str, Any]]:
    """Invented entries that are said to be there on `day` or later, by id."""
    late = or_(table.c.valid_to.is_(None), table.c.valid_to >= day)
    statement = select(table).where(table.c.synthetic.is_(True), late)
    return {row["id"]: dict(row) for row in connection.execute(statement.order_by(table.c.id)).mappings()}


def lain_in(connection: Connection, place: str, ids: Collection[str]) -> dict[str, list[Lain]]:
    """The units that places of one kind have lain in, oldest first; without what was taken back."""
    p = place_units.c
    stands = or_(p.unit_valid_to.is_(None), p.unit_valid_to >= p.unit_valid_from)
    statement = select(p.place_id, p.unit_valid_from, p.unit_valid_to, p.unit_code).where(p.place_kind == place, stands)
    if len(ids) <= FEW:
        statement = statement.where(p.place_id.in_(sorted(ids)))
    found: dict[str, list[Lain]] = defaultdict(list)
    for place_id, *lain in connection.execute(statement.order_by(p.unit_valid_from)):
        found[place_id].append(Lain(*lain))
    return found


def former_of(connection: Connection, register: str, ids: Collection[str]) -> dict[str, list[Former]]:
    """What is noted of entries' earlier days, oldest first; without what was taken back."""
    f = former_values.c
    statement = select(f.entry_id, f.valid_from, f.valid_to, f.said).where(f.register == register, f.valid_to >= f.valid_from)
    if len(ids) <= FEW:
        statement = statement.where(f.entry_id.in_(sorted(ids)))
    found: dict[str, list[Former]] = defaultdict(list)
    for entry_id, since, until, said in connection.execute(statement.order_by(f.valid_from)):
        found[entry_id].append(Former(since, until, json.loads(said)))
    return found


def note_former(connection: Connection, register: str, former: Mapping[str, Sequence[Former]], stored_at: datetime) -> None:
    """Note what entries were in earlier days, by id. Values: what JSON can hold."""
    rows = [
        (register, id_, span.since, span.until, json.dumps(dict(span.values), ensure_ascii=False, sort_keys=True), stored_at)
        for id_, spans in former.items()
        for span in spans
    ]
    upsert(connection, former_values, ("register", "entry_id", "valid_from", "valid_to", "said", "stored_at"), rows)


def rows_by_key(connection: Connection, table: Table, column: str, values: Collection[Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Stored rows whose `column` is one of `values`, by the whole key of the table."""
    key = [name.name for name in table.primary_key]
    statement = select(table)
    if len(values) <= FEW:
        statement = statement.where(table.c[column].in_(sorted(values)))
    return {tuple(row[name] for name in key): dict(row) for row in connection.execute(statement).mappings()}


def end_former_units(connection: Connection, begun: Collection[tuple[str, date]], stored_at: datetime) -> None:
    """Let each unit that bore a code end on the day before another one begins under it."""
    for code, since in sorted(begun):
        u = units.c
        former = (u.code == code) & (u.valid_from < since) & or_(u.valid_to.is_(None), u.valid_to >= since)
        ended = connection.execute(update(units).where(former).values(valid_to=since - timedelta(days=1), stored_at=stored_at)).rowcount
        if ended:
            bump(connection, units.name)


def states_now(connection: Connection, table: Table, id_: str) -> dict[str, tuple[str, datetime, datetime]]:
    """Id → state, since when, and when that was last observed."""
    c = table.c
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(select(c[id_], c.state, c.since_at, c.observed_at))}


def states_of_feed(connection: Connection, table: Table, id_: str, feed: str) -> dict[str, tuple[str, datetime]]:
    """Id → state and when that was observed, of what a feed was the last to speak of."""
    c = table.c
    return {row[0]: (row[1], row[2]) for row in connection.execute(select(c[id_], c.state, c.observed_at).where(c.feed == feed))}


def ids_of(connection: Connection, table: Table) -> frozenset[str]:
    return frozenset(connection.scalars(select(table.c.id)))


def indicator_units(connection: Connection) -> dict[str, str]:
    """Indicator key → what it is counted in."""
    return {row.key: row.unit for row in connection.execute(select(indicators.c.key, indicators.c.unit))}
