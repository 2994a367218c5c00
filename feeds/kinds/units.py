"""Administrative units: names, levels and days of validity, by code and first day. Outlines come in by `ioc import boundaries`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from feeds.errors import ContentError
from feeds.latest import Fact, Latest, Reading
from feeds.own_units import Own, own_rows
from feeds.records import Field, Stamp
from feeds.registering import Row
from feeds.tables import Note
from feeds.tables import Row as SourceRow
from geo.names import search_key, split_kind, written_name
from geo.unit_lookup import DIGITS
from store import entries
from store.schema import units

LEVELS = {"province": ("tỉnh", "cấp tỉnh"), "district": ("huyện", "cấp huyện"), "commune": ("xã", "cấp xã")}


class Known(NamedTuple):
    """What the store has: the units' points and days, and which units are of its province."""

    points: entries.UnitPoints
    own: Own


def _refer(connection: Connection) -> Known:
    codes, provinces = entries.unit_codes(connection)
    return Known(entries.UnitPoints.read(connection), Own(codes, provinces))


def _choose(rows: Sequence[SourceRow], headers: Mapping[str, str], known: Known) -> tuple[list[SourceRow], tuple[Note, ...]]:
    found, notes = own_rows(rows, headers, known.own, LEVELS)
    if rows and not found:
        raise ContentError("run.units_elsewhere", rows=len(rows), province=", ".join(sorted(known.own.provinces)))
    return found, notes


def _finish(reading: Reading) -> tuple[Row | None, ...]:
    values, cells = reading.values, reading.cells
    code, start = values["code"], values["valid_from"]
    if not code.isdigit() or len(code) != DIGITS[values["level"]]:
        raise cells.fail("row.bad_unit_code", "code", digits=DIGITS[values["level"]])
    if values["valid_to"] is not None and values["valid_to"] < start:
        raise cells.fail("row.ends_before", "valid_to")
    full_name = written_name(values["full_name"])
    kind, name = split_kind(full_name)
    if values["level"] != "province" and values["parent_code"] is None and code not in reading.known.own.codes:
        raise cells.fail("row.missing", "parent_code")
    row: dict[str, Any] = {
        **{column: values[column] for column in ("code", "valid_from", "valid_to", "level")},
        "full_name": full_name,
        "kind": kind,
        "name": name,
        "search_key": search_key(full_name),
        **{column: values[column] for column in ("parent_code", "grouping_code") if cells.knows(column)},
    }
    return (row | _point(reading, code, start),)


def _point(reading: Reading, code: str, start: date) -> Row:
    """The point that the row names; a unit that is there keeps its own, a new one needs one."""
    lon, lat = reading.values["lon"], reading.values["lat"]
    new = reading.known.points.since(code, start) != start
    if lon is not None and lat is not None:
        return {"lon": lon, "lat": lat, **({"outline_schematic": True} if new else {})}
    if new:
        raise reading.cells.fail("row.missing", "lon" if lon is None else "lat")
    return {}


def _end_former(connection: Connection, facts: list[Fact], stamp: Stamp) -> None:
    """A code that a new unit bears from some day on is no longer the former unit's."""
    begun = {(part["code"], part["valid_from"]) for fact in facts for part in fact.parts if part}
    entries.end_former_units(connection, begun, stamp.stored_at)


KIND = Latest(
    tables=((units, "code"),),
    own=(
        Field("code", aliases=("Mã", "Mã ĐVHC", "Mã xã", "Mã đơn vị", "Mã đơn vị hành chính", "wardCode")),
        Field("full_name", aliases=("Tên", "Tên đầy đủ", "Tên ĐVHC", "Tên xã", "Tên đơn vị", "Tên đơn vị hành chính", "ward")),
        Field("level", aliases=("Cấp",), type="code", words=LEVELS),
        Field("parent_code", required=False, aliases=("Mã cấp trên", "Mã tỉnh", "Mã huyện", "Mã TP", "provinceCode")),
        Field("grouping_code", required=False, aliases=("Mã huyện cũ",)),
        Field("lon", required=False, aliases=("Kinh độ", "wardLon"), type="degrees"),
        Field("lat", required=False, aliases=("Vĩ độ", "wardLat"), type="degrees"),
        Field("valid_from", aliases=("Từ ngày", "Hiệu lực từ"), type="day"),
        Field("valid_to", required=False, aliases=("Đến ngày", "Hiệu lực đến"), type="day"),
    ),
    finish=_finish,
    refer=_refer,
    choose=_choose,
    after=_end_former,
)
