"""Rows that a copy or a backup could get wrong: a store of a few of them, all invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import shapely
from sqlalchemy import Engine, text

from store.samples import Sample, add_samples
from store.schema import endpoint_state, endpoints, meta, units
from store.write import bump, upsert, writing

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
HANOI = timezone(timedelta(hours=7))
OUTLINES = [
    None,
    shapely.Point(),
    shapely.Point(103.0161234567891, 21.3887654321098),
    shapely.box(102, 20, 103, 21),
    shapely.MultiPolygon([shapely.box(102, 20, 103, 21), shapely.box(104, 20, 105, 21).difference(shapely.box(104.2, 20.2, 104.4, 20.4))]),
    shapely.GeometryCollection([shapely.Point(103, 21), shapely.LineString([(103, 21), (104, 22)]), shapely.GeometryCollection()]),
]
TEXTS = ["", " ", "Bản Nậm Pồ", "Ba\u0309n", "🏔️ bản", "a\tb\nc\r\\d\\N", "NULL", '{"a": 1}', "'; DROP TABLE units; --", "x" * 70_000]
NUMBERS = [0.1 + 0.2, 1e-308, 1.7976931348623157e308, float("inf"), float("-inf"), -0.0, 5.0]
JSONS = [None, "null", '{"a": null, "b": [1, 2.50, "đ"]}', '""', "[]", "0.10", "-1e2", "12"]


def fill(engine: Engine) -> None:
    """Write the odd rows, and province 11 so that it counts as a store."""
    with writing(engine) as connection:
        upsert(connection, meta, ("key", "value"), [("province", "11"), ("note", ""), *((f"text-{n}", s) for n, s in enumerate(TEXTS))])
        columns = ("code", "valid_from", "valid_to", "level", "kind", "name", "full_name", "search_key", "lon", "lat", "outline")
        more = ("outline_schematic", "area_km2", "stored_at")
        days = [date(1, 1, 1), date(9999, 12, 31), date(2025, 7, 1)]
        stored = [FIRST, LAST, datetime(2025, 7, 1, 0, 0, 0, 1, tzinfo=HANOI)]
        rows = []
        for n, outline in enumerate(OUTLINES):
            what = (f"U{n}", days[n % 3], days[(n + 1) % 3] if n % 2 else None, "commune", "xã", TEXTS[n], TEXTS[n], TEXTS[n])
            rows.append((*what, 103.0, -0.0, outline, bool(n % 2), NUMBERS[n % len(NUMBERS)], stored[n % 3]))
        upsert(connection, units, columns + more, rows)
        day, states = 86_400 * 20_700, (None, True, False)
        add_samples(connection, [Sample(day * (n > 2) + 30 * n, "E", states[n % 3], 0.25 * n, 30) for n in range(4)])
        _write_quarantine(engine, connection)
        bump(connection, "quarantine", endpoints.name, endpoint_state.name)


def _write_quarantine(engine: Engine, connection) -> None:  # type: ignore[no-untyped-def]
    """JSON as it may stand there: SQL's NULL, JSON's null, spaces and zeros that a parser would lose; ids with gaps."""
    cast = "CAST(:raw AS json)" if engine.dialect.name == "postgresql" else ":raw"
    run = text(
        "INSERT INTO feed_runs (id, feed, started_at, finished_at, state, attempts, rows_read, rows_added, rows_changed, rows_unchanged,"
        f" rows_rejected, error_args, worker) VALUES (:id, 'f', :at, :at, 'ok', 1, 0, 0, 0, 0, 0, {cast}, 'w')"
    ).bindparams()
    at = "2026-11-21 01:02:03.000004" + ("+00" if engine.dialect.name == "postgresql" else "")
    for number, raw in enumerate(JSONS):
        connection.execute(run, {"id": 10 * number + 7, "at": at, "raw": raw})
