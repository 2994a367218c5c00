"""What a file under `ioc/layers` declares: one source of the map, its features and who may switch it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from ioc.snapshot import Snapshot

Feature = Mapping[str, Any]


@dataclass(frozen=True)
class Layer:
    """features: (snapshot, outlines of the day) → GeoJSON features in EPSG:4326; tables: what they are made from."""

    key: str
    position: int
    features: Callable[[Snapshot, gpd.GeoDataFrame], list[Feature]]
    tables: tuple[str, ...]
    switchable: bool = True


def points(frame: pd.DataFrame, *properties: str) -> list[Feature]:
    """Point features of a places frame; a feature's id is its row, so that states can be sent as short arrays.

    Every feature carries id, name, commune and district, and the columns named in `properties`.
    """
    columns = ["id", "name", "commune", "district", *properties]
    coordinates = frame[["lon", "lat"]].to_numpy(float).round(5).tolist()
    rows = frame[columns].astype(object).where(frame[columns].notna(), None).to_dict("records")
    return [
        {"type": "Feature", "id": i, "geometry": {"type": "Point", "coordinates": at}, "properties": row}
        for i, (at, row) in enumerate(zip(coordinates, rows, strict=True))
    ]
