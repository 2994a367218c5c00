"""More villages than a province has, for benchmarks: copies of its own, moved by a little, with their claims."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import Connection, Table, func, select

from store import schema
from store.engine import open_engine
from store.write import upsert, writing

APART_DEG = 0.02


def add_villages(store: str, total: int) -> None:
    """Add copies until the store holds `total` villages; nothing when it holds that many."""
    engine = open_engine(store)
    with writing(engine) as connection:
        have = int(connection.execute(select(func.count()).select_from(schema.villages)).scalar_one())
        made = 0
        while have + made < total:
            made += _copy(connection, made // have + 1, min(have, total - have - made))
    engine.dispose()


def _copy(connection: Connection, turn: int, count: int) -> int:
    chance = random.Random(turn)
    ids = [row.id for row in connection.execute(select(schema.villages.c.id).where(~schema.villages.c.id.like("X%")).limit(count))]
    wanted = set(ids)

    def renamed(id_: str) -> str:
        return f"X{turn}-{id_}"

    def moved(row: dict[str, Any]) -> dict[str, Any]:
        lon, lat = row["lon"] + chance.uniform(-APART_DEG, APART_DEG), row["lat"] + chance.uniform(-APART_DEG, APART_DEG)
        return row | {"id": renamed(row["id"]), "lon": lon, "lat": lat}

    _write(connection, schema.villages, [moved(row) for row in _rows(connection, schema.villages) if row["id"] in wanted])
    places = [row | {"place_id": renamed(row["place_id"])} for row in _rows(connection, schema.place_units) if row["place_id"] in wanted]
    _write(connection, schema.place_units, places)
    claims = [row | {"village_id": renamed(row["village_id"])} for row in _rows(connection, schema.coverage) if row["village_id"] in wanted]
    _write(connection, schema.coverage, claims)
    return len(ids)


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def _write(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    columns = [column.key for column in table.c]
    upsert(connection, table, columns, [tuple(row[column] for column in columns) for row in rows])
