"""A store with units that changed on 2025-07-01, for kinds whose rows name a unit, and a feed's way into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, select

from feeds.records import Parsed, Stamp, Stored
from feeds.registry import Kind, all_kinds
from feeds.tables import Row, Table
from store.schema import units
from store.write import upsert, writing

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
OLD, LAST_OLD, NEW = date(2004, 8, 31), date(2025, 6, 30), date(2025, 7, 1)
UNITS = (
    ("11", OLD, LAST_OLD, "province", "Tỉnh Điện Biên", None),
    ("11", NEW, None, "province", "Tỉnh Điện Biên", None),
    ("094", OLD, LAST_OLD, "district", "Thành phố Điện Biên Phủ", "11"),
    ("03127", OLD, LAST_OLD, "commune", "Phường Him Lam", "094"),
    ("03127", NEW, None, "commune", "Phường Điện Biên Phủ", "11"),
    ("03163", NEW, None, "commune", "Xã Mường Phăng", "11"),
)


def counted(stored: Stored) -> tuple[int, ...]:
    """Rows added, changed, unchanged, and those left out as older where there are any."""
    return stored if stored.older else stored[:3]


@dataclass
class Way:
    """Rows into one kind, as a feed of that kind would take them."""

    engine: Engine
    kind: Kind
    source: str = "Sở KH&CN"

    def stamp(self, now: datetime, synthetic: bool) -> Stamp:
        return Stamp("list", self.source, synthetic, now, now)

    def parse(self, *rows: dict[str, Any], now: datetime = NOW, synthetic: bool = False, **options: Any) -> Parsed:
        columns = tuple({name: None for row in rows for name in row})
        table = Table(columns, [Row(number, row) for number, row in enumerate(rows, start=2)])
        with self.engine.connect() as connection:
            known = self.kind.reference(connection)
        return self.kind.parse(table, {}, known, self.kind.Options(**options), self.stamp(now, synthetic))

    def take(self, *rows: dict[str, Any], now: datetime = NOW, synthetic: bool = False, **options: Any) -> tuple[int, ...]:
        parsed = self.parse(*rows, now=now, synthetic=synthetic, **options)
        with writing(self.engine) as connection:
            stored = self.kind.store(connection, parsed.records, self.stamp(now, synthetic), self.kind.Options(**options))
        assert sum(stored) + len(parsed.rejections) == parsed.rows
        return counted(stored)

    def codes(self, *rows: dict[str, Any], **more: Any) -> list[tuple[int, str]]:
        return [(item.number, item.code) for item in self.parse(*rows, **more).rejections]

    def rows(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            names = [table.c[name] for name in columns]
            return [tuple(row) for row in connection.execute(select(*names).order_by(*table.primary_key))]


def fill_units(engine: Engine, outlines: bool = False) -> None:
    """The units. outlines: the two communes of today get real ones, side by side at 103°."""
    names = ("code", "valid_from", "valid_to", "level", "full_name", "parent_code", "kind", "name", "search_key", "lon", "lat", "stored_at")
    west, east = shapely.box(102.0, 21.0, 103.0, 22.0), shapely.box(103.0, 21.0, 104.0, 22.0)
    shapes = {("03127", NEW): west, ("03163", NEW): east} if outlines else {}
    rows = [(*row, "x", row[4], row[4].lower(), 103.25, 21.5, NOW, shapes.get(row[:2]), row[:2] not in shapes) for row in UNITS]
    with writing(engine) as connection:
        upsert(connection, units, (*names, "outline", "outline_schematic"), rows)


@pytest.fixture
def way(province: Engine, request: pytest.FixtureRequest) -> Way:
    """Into the kind that the test names by `parametrize(..., indirect=True)`."""
    fill_units(province)
    return Way(province, all_kinds()[request.param])
