"""The same claims written to PostGIS by others: GeoPandas' `to_postgis` and ogr2ogr.

Both are for layers of geometry, so each row carries a point beside the twelve values: more bytes than the upsert writes. Neither knows
what is there already; a table with a primary key takes new rows only, and a second run fails or doubles them. ogr2ogr reads the rows
from a GeoPackage made beforehand and starts as a process; its time includes both, as its users' does.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import Engine

TABLE = "coverage_by_a_peer"


def with_points(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> gpd.GeoDataFrame:
    """The rows as a layer, EPSG:4326, a point for each village."""
    frame = pd.DataFrame(list(rows), columns=list(columns))
    number = frame["village_id"].str[-5:].astype(int)
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(102 + number % 100 / 100, 21 + number // 100 / 100), crs="EPSG:4326")


def make_table(engine: Engine) -> None:
    """A table as `coverage`, with its key and index, and a point."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {TABLE} (LIKE coverage INCLUDING ALL, geometry geometry(Point, 4326))")


def by_geopandas(engine: Engine, layer: gpd.GeoDataFrame) -> None:
    layer.to_postgis(TABLE, engine, if_exists="append", chunksize=10_000)


def has_ogr2ogr() -> bool:
    return shutil.which("ogr2ogr") is not None


def save(layer: gpd.GeoDataFrame, folder: Path) -> Path:
    path = folder / "coverage.gpkg"
    layer.to_file(path, layer=TABLE, driver="GPKG")
    return path


def by_ogr2ogr(engine: Engine, path: Path) -> None:
    """Append the file's rows, by COPY."""
    url = engine.url
    source = f"PG:host={url.host} port={url.port} user={url.username} dbname={url.database}"
    subprocess.run(
        ["ogr2ogr", "-append", "-nln", TABLE, "--config", "PG_USE_COPY", "YES", "-gt", "unlimited", "-f", "PostgreSQL", source, str(path)],
        check=True,
        capture_output=True,
    )


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {TABLE}").scalar() or 0)
