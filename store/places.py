"""Reads of units, outlines, villages, endpoints and centres as they were on one day, as far as was known at a moment.

known_at: None for all that is known now, else what was known then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, and_, exists, or_, select
from sqlalchemy.sql.selectable import FromClause

from store.frames import frame
from store.history import as_known
from store.schema import centres, crosswalk, endpoints, former_values, place_units, units, villages

UNIT_COLUMNS = [*(column.key for column in units.c if column.key != "outline"), "outlined"]


def valid_on(table: FromClause, day: date, start: str = "valid_from", end: str = "valid_to") -> ColumnElement[bool]:
    """The condition that a row of `table` was valid on `day` (both ends inclusive, NULL end: still valid)."""
    return and_(table.c[start] <= day, or_(table.c[end].is_(None), table.c[end] >= day))


def _in_force(known: FromClause, member: FromClause, day: date) -> ColumnElement[bool]:
    """Units valid on `day`, and former districts that a unit valid on `day` is still grouped by. member: the units once more."""
    grouped = exists().where(member.c.grouping_code == known.c.code, valid_on(member, day))
    return or_(valid_on(known, day), and_(known.c.level == "district", known.c.valid_to < day, grouped))


def _units_in_force(connection: Connection, day: date, known_at: datetime | None, columns: list[str]) -> pd.DataFrame:
    """With the outline among `columns`: of the units that have one."""
    known, member = as_known(units, known_at), as_known(units, known_at).alias("member")
    outlined = known.c.outline.is_not(None).label("outlined")
    statement = select(*(outlined if name == "outlined" else known.c[name] for name in columns)).where(_in_force(known, member, day))
    if "outline" in columns:
        statement = statement.where(known.c.outline.is_not(None))
    rows = frame(connection, statement.order_by(known.c.code, known.c.valid_from))
    return rows.drop_duplicates("code", keep="last").reset_index(drop=True)


def units_on(connection: Connection, day: date, known_at: datetime | None = None) -> pd.DataFrame:
    """Units in force on `day` without their outlines, and the former districts used as grouping, ordered by code.

    Columns: those of the units table but `outline`, and outlined: whether there is one. One row per code.
    """
    return _units_in_force(connection, day, known_at, UNIT_COLUMNS)


def outlines_on(connection: Connection, day: date, known_at: datetime | None = None) -> gpd.GeoDataFrame:
    """The same units with their outlines (EPSG:4326); units without one are left out."""
    rows = _units_in_force(connection, day, known_at, [*UNIT_COLUMNS, "outline"])
    return gpd.GeoDataFrame(rows, geometry="outline", crs="EPSG:4326")


def _places_on(connection: Connection, table: Table, kind: str, day: date, known_at: datetime | None, *columns: str) -> pd.DataFrame:
    known, lain = as_known(table, known_at), as_known(place_units, known_at)
    member = and_(lain.c.place_id == known.c.id, lain.c.place_kind == kind, valid_on(lain, day, "unit_valid_from", "unit_valid_to"))
    statement = select(*(known.c[name] for name in columns), lain.c.unit_code).select_from(known.join(lain, member, isouter=True))
    found = frame(connection, statement.where(valid_on(known, day)).order_by(known.c.id))
    return _as_it_was(found, former_on(connection, table.name, day, known_at))


def former_on(connection: Connection, register: str, day: date, known_at: datetime | None = None) -> dict[str, dict[str, Any]]:
    """What entries of a register were on `day` that are something else since: values by column, by id."""
    former = as_known(former_values, known_at)
    statement = select(former.c.entry_id, former.c.said).where(former.c.register == register, valid_on(former, day))
    return {row.entry_id: json.loads(row.said) for row in connection.execute(statement)}


def _as_it_was(places: pd.DataFrame, former: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The rows with the values of that day, where they are others today."""
    if not former:
        return places
    rows = places.to_dict("records")
    columns = [name for name in places.columns if name not in ("id", "synthetic", "unit_code")]
    for row in rows:
        said = former.get(str(row["id"]), {})
        row.update({name: said[name] for name in columns if name in said})
    return pd.DataFrame.from_records(rows, columns=list(places.columns))


def villages_on(connection: Connection, day: date, known_at: datetime | None = None) -> pd.DataFrame:
    """Villages on `day`, ordered by id.

    Columns: id, name, search_key, lon, lat, population, households, grid_power, source, synthetic, unit_code (their commune then).
    """
    columns = ("id", "name", "search_key", "lon", "lat", "population", "households", "grid_power", "source", "synthetic")
    return _places_on(connection, villages, "village", day, known_at, *columns)


def endpoints_on(connection: Connection, day: date, known_at: datetime | None = None) -> pd.DataFrame:
    """Endpoints on `day`, ordered by id; unit_code is the commune, district or province they serve."""
    columns = ("id", "name", "search_key", "level", "lon", "lat", "contact", "source", "synthetic")
    return _places_on(connection, endpoints, "endpoint", day, known_at, *columns)


def centres_on(connection: Connection, day: date, known_at: datetime | None = None) -> pd.DataFrame:
    """Service centres on `day`, ordered by id; unit_code is the commune, district or province they serve."""
    columns = ("id", "name", "search_key", "kind", "lon", "lat", "source", "synthetic")
    return _places_on(connection, centres, "centre", day, known_at, *columns)


def predecessors(connection: Connection, code: str, valid_from: date, known_at: datetime | None = None) -> pd.DataFrame:
    """The old units that went into a new one: old_code, old_name, share (of the old unit), method."""
    went, old = as_known(crosswalk, known_at), as_known(units, known_at)
    statement = (
        select(went.c.old_code, old.c.full_name.label("old_name"), went.c.share, went.c.method)
        .select_from(went.join(old, and_(old.c.code == went.c.old_code, old.c.valid_from == went.c.old_valid_from)))
        .where(went.c.new_code == code, went.c.new_valid_from == valid_from)
        .order_by(went.c.share.desc(), went.c.old_code)
    )
    return frame(connection, statement)
