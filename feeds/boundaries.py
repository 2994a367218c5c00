"""`ioc import boundaries`: real outlines in place of the schematic ones, all of a file or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Engine

from feeds.boundary_files import BoundaryFile, read_boundaries
from feeds.boundary_join import Placement, place_outlines
from feeds.boundary_rows import Origin, Row, day_after, unit_rows
from feeds.errors import CommandError
from geo.name_join import Unmatched
from geo.units import LEVELS
from store import schema
from store.places import villages_on
from store.register import facts, full_units_on, move_predecessor
from store.schema_version import check
from store.write import Written, upsert, writing

NEAR_DEG = 0.3
"""How far outside the bounding box of the province as it is known an outline may reach."""

Line = tuple[str, dict[str, object]]
"""A code of the catalogue and its values."""

COLUMNS = [column.key for column in schema.units.c]


@dataclass(frozen=True)
class BoundaryReport:
    """What an import did.

    outlines: in the file. replaced, unchanged: units that got another outline, or had this one. added: units that the register did
    not know, which ended before its state; split: units whose code went on to another one. how: number joined by each of code,
    name, tone, accentless. repaired: shapes that were not valid. respelt: names spelt otherwise in the register. schematic: units
    of the level on that day still without a real outline. villages_outside: of the `villages` in the units of a commune layer,
    those whose point is not in the outline. orphaned: parents that the file names and the store does not know on that day.
    """

    file: str
    layer: str
    level: str
    day: date
    outlines: int
    replaced: int
    unchanged: int
    added: int
    split: int
    repaired: int
    schematic: int
    villages: int
    villages_outside: int
    how: dict[str, int] = field(default_factory=dict)
    respelt: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()

    def lines(self) -> list[Line]:
        """What to tell the person: first what was done, then what is worth knowing."""
        lists = {"respelt": len(self.respelt), "names": ", ".join(self.respelt[:5]), "orphaned": ", ".join(self.orphaned)}
        values: dict[str, object] = {**vars(self), **lists}
        notes = [
            f"boundaries.{key}"
            for key in ("repaired", "added", "split", "respelt", "orphaned", "schematic", "villages_outside")
            if values[key]
        ]
        return [(code, values) for code in ("boundaries.done", *notes)]


class UnmatchedError(CommandError):
    """Outlines that fit no unit; nothing was written. unmatched: each of them, position: its row in the file."""

    def __init__(self, unmatched: tuple[Unmatched, ...], **values: object) -> None:
        super().__init__("boundaries.unmatched", count=len(unmatched), **values)
        self.unmatched = unmatched

    def lines(self) -> list[Line]:
        """One line for each outline."""
        return [
            (
                f"boundaries.miss_{miss.reason}",
                {"row": miss.position, "unit": miss.code, "name": miss.name, "candidates": "; ".join(miss.candidates) or "–"},
            )
            for miss in self.unmatched
        ]


def import_boundaries(
    engine: Engine,
    path: Path,
    *,
    layer: str | None,
    level: str,
    valid_from: date,
    source: str,
    licence: str,
    crs: str | None = None,
    encoding: str | None = None,
) -> BoundaryReport:
    """Replace the outlines of the units of `level` that were valid on `valid_from` by those of a file.

    layer: may be None where the file has one. source, licence: stored with every outline. crs: what the file's coordinate system is,
    for one that does not say; encoding: likewise of a Shapefile's text. Either every outline finds its unit, or nothing is written.
    Raises CommandError (UnmatchedError with the list), StoreError.
    """
    if level not in LEVELS:
        raise CommandError("boundaries.level", level=level, levels=", ".join(LEVELS))
    if not source.strip() or not licence.strip():
        raise CommandError("boundaries.no_origin")
    check(engine)
    file = read_boundaries(path, layer=layer, level=level, day=valid_from, crs=crs, encoding=encoding)
    origin = Origin(source.strip(), licence.strip(), datetime.now(UTC))
    with writing(engine) as connection:
        return _import(connection, file, level, valid_from, origin)


def _import(connection: Connection, file: BoundaryFile, level: str, day: date, origin: Origin) -> BoundaryReport:
    current = full_units_on(connection, day)
    if not (current["level"] == level).any():
        raise CommandError("boundaries.no_units", level=level, day=day.isoformat())
    _refuse_far(file, current)
    placement = place_outlines(file.outlines, current, level, day)
    if placement.unmatched:
        raise UnmatchedError(placement.unmatched, path=file.name, outlines=len(file.outlines))
    rows = list(unit_rows(placement, current, facts(connection)["metric_crs"], origin))
    written = upsert(connection, schema.units, COLUMNS, [tuple(_value(row.get(name)) for name in COLUMNS) for row in rows])
    since = dict(zip(current["code"], current["valid_from"], strict=True))
    for outline in placement.split:
        move_predecessor(connection, outline.code, since[outline.code], day_after(outline), origin.stored_at)
    return _report(connection, file, level, day, placement, written, rows)


def _refuse_far(file: BoundaryFile, current: pd.DataFrame) -> None:
    """Outlines that lie elsewhere: swapped axes, or the wrong coordinate system."""
    around = shapely.box(*shapely.total_bounds(current["outline"].to_numpy())).buffer(NEAR_DEG, join_style="mitre")
    shapes = np.array([outline.shape for outline in file.outlines], dtype=object)
    far = shapes[~shapely.within(shapes, around)]
    if len(far):
        centre = shapely.centroid(far[0])
        where = {"x": f"{centre.x:.3f}", "y": f"{centre.y:.3f}", "around": _extent(around.bounds)}
        raise CommandError("boundaries.far", path=file.name, count=len(far), **where)


def _report(
    connection: Connection, file: BoundaryFile, level: str, day: date, placement: Placement, written: Written, rows: list[Row]
) -> BoundaryReport:
    current = full_units_on(connection, day)
    villages, outside = _villages_outside(connection, day, rows) if level == "commune" else (0, 0)
    return BoundaryReport(
        file=file.name,
        layer=file.layer,
        level=level,
        day=day,
        outlines=len(file.outlines),
        replaced=len(placement.replaced) - written.unchanged,
        unchanged=written.unchanged,
        added=len(placement.added),
        split=len(placement.split),
        repaired=file.repaired,
        schematic=int(current.loc[current["level"] == level, "outline_schematic"].sum()),
        villages=villages,
        villages_outside=outside,
        how=placement.how,
        respelt=placement.respelt,
        orphaned=placement.orphaned,
    )


def _villages_outside(connection: Connection, day: date, rows: list[Row]) -> tuple[int, int]:
    villages = villages_on(connection, day)
    outlines = {row["code"]: row["outline"] for row in rows if not row["outline_schematic"]}
    placed = villages[villages["unit_code"].isin(list(outlines))]
    shapes = np.array([outlines[code] for code in placed["unit_code"]], dtype=object)
    inside = shapely.intersects_xy(shapes, placed["lon"].to_numpy(float), placed["lat"].to_numpy(float))
    return len(placed), int(np.count_nonzero(~inside))


def _extent(bounds: tuple[float, float, float, float]) -> str:
    west, south, east, north = bounds
    return f"{west:.1f}–{east:.1f}° E, {south:.1f}–{north:.1f}° N"


def _value(value: Any) -> Any:
    """A frame's value as Python's own, None for a missing one."""
    if value is None or isinstance(value, shapely.Geometry):
        return value
    return None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value
