"""Reads of units, outlines, villages, endpoints and centres as they were on one day."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, and_, exists, or_, select
from sqlalchemy.sql.selectable import FromClause

from store.frames import frame
from store.schema import centres, crosswalk, endpoints, place_units, units, villages

UNIT_COLUMNS = [column for column in units.c if column.key != "outline"]


def valid_on(table: FromClause, day: date, start: str = "valid_from", end: str = "valid_to") -> ColumnElement[bool]:
    """The condition that a row of `table` was valid on `day` (both ends inclusive, NULL end: still valid)."""
    return and_(table.c[start] <= day, or_(table.c[end].is_(None), table.c[end] >= day))


def _in_force(day: date) -> ColumnElement[bool]:
    """Units valid on `day`, and former districts that a unit valid on `day` is still grouped by."""
    member = units.alias("member")
    grouped = exists().where(member.c.grouping_code == units.c.code, valid_on(member, day))
    return or_(valid_on(units, day), and_(units.c.level == "district", units.c.valid_to < day, grouped))


def units_on(connection: Connection, day: date) -> pd.DataFrame:
    """Units in force on `day` without their outlines, and the former districts used as grouping, ordered by code.

    Columns: those of the units table but `outline`. One row per code.
    """
    rows = frame(connection, select(*UNIT_COLUMNS).where(_in_force(day)).order_by(units.c.code, units.c.valid_from))
    return rows.drop_duplicates("code", keep="last").reset_index(drop=True)


def outlines_on(connection: Connection, day: date) -> gpd.GeoDataFrame:
    """The same units with their outlines (EPSG:4326); units without one are left out."""
    statement = select(*UNIT_COLUMNS, units.c.outline).where(_in_force(day), units.c.outline.is_not(None))
    rows = frame(connection, statement.order_by(units.c.code, units.c.valid_from)).drop_duplicates("code", keep="last")
    return gpd.GeoDataFrame(rows.reset_index(drop=True), geometry="outline", crs="EPSG:4326")


def _places_on(connection: Connection, table: Table, kind: str, day: date, *columns: ColumnElement[Any]) -> pd.DataFrame:
    member = and_(
        place_units.c.place_id == table.c.id,
        place_units.c.place_kind == kind,
        valid_on(place_units, day, "unit_valid_from", "unit_valid_to"),
    )
    statement = select(*columns, place_units.c.unit_code).select_from(table.join(place_units, member, isouter=True))
    return frame(connection, statement.where(valid_on(table, day)).order_by(table.c.id))


def villages_on(connection: Connection, day: date) -> pd.DataFrame:
    """Villages on `day`, ordered by id.

    Columns: id, name, search_key, lon, lat, population, households, grid_power, source, synthetic, unit_code (their commune then).
    """
    v = villages.c
    columns = (v.id, v.name, v.search_key, v.lon, v.lat, v.population, v.households, v.grid_power, v.source, v.synthetic)
    return _places_on(connection, villages, "village", day, *columns)


def endpoints_on(connection: Connection, day: date) -> pd.DataFrame:
    """Endpoints on `day`, ordered by id; unit_code is the commune, district or province they serve."""
    e = endpoints.c
    columns = (e.id, e.name, e.search_key, e.level, e.lon, e.lat, e.contact, e.source, e.synthetic)
    return _places_on(connection, endpoints, "endpoint", day, *columns)


def centres_on(connection: Connection, day: date) -> pd.DataFrame:
    """Service centres on `day`, ordered by id; unit_code is the commune, district or province they serve."""
    c = centres.c
    return _places_on(connection, centres, "centre", day, c.id, c.name, c.search_key, c.kind, c.lon, c.lat, c.source, c.synthetic)


def predecessors(connection: Connection, code: str, valid_from: date) -> pd.DataFrame:
    """The old units that went into a new one: old_code, old_name, share (of the old unit), method."""
    statement = (
        select(crosswalk.c.old_code, units.c.full_name.label("old_name"), crosswalk.c.share, crosswalk.c.method)
        .select_from(crosswalk.join(units, and_(units.c.code == crosswalk.c.old_code, units.c.valid_from == crosswalk.c.old_valid_from)))
        .where(crosswalk.c.new_code == code, crosswalk.c.new_valid_from == valid_from)
        .order_by(crosswalk.c.share.desc(), crosswalk.c.old_code)
    )
    return frame(connection, statement)
