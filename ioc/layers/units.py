"""Outlines of communes, of districts or former districts, and of the province, simplified together so that neighbours stay joined."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.simplify import simplify_together
from ioc.layer import Feature, Layer
from ioc.snapshot import Snapshot

TOLERANCE_DEG = 0.001
COORDINATE_GRID_DEG = 1e-5


def features(snapshot: Snapshot, outlines: gpd.GeoDataFrame) -> list[Feature]:
    """Communes from the store; a district is the union of its communes where they have outlines, so that borders coincide."""
    communes = outlines[outlines["level"] == "commune"].set_index("code")
    drawn = dict(zip(communes.index, _simplified(communes.geometry.to_numpy()), strict=True))
    ancestors = snapshot.places.lineage
    for level in ("district", "province"):
        for _, row in outlines[outlines["level"] == level].iterrows():
            members = [drawn[code] for code in ancestors.index[ancestors[level] == row["code"]] if code in communes.index]
            drawn[row["code"]] = shapely.union_all(members) if members else _simplified([row["outline"]])[0]
    units = snapshot.places.units.join(ancestors).to_dict("index")
    return [_feature(units[code], geometry) for code, geometry in drawn.items() if code in units]


def _simplified(geometries: Any) -> Any:
    return shapely.set_precision(simplify_together(np.asarray(geometries, object), TOLERANCE_DEG), COORDINATE_GRID_DEG, mode="pointwise")


def _feature(unit: dict[Hashable, Any], geometry: Any) -> Feature:
    label = shapely.point_on_surface(max(shapely.get_parts(geometry), key=lambda part: part.area))
    properties = {
        "code": unit["code"],
        "name": unit["name"],
        "full_name": unit["full_name"],
        "level": unit["level"],
        "parent": unit["province"],
        "grouping": unit["district"],
        "bbox": [round(value, 5) for value in geometry.bounds],
        "label": [round(label.x, 5), round(label.y, 5)],
    }
    return {"type": "Feature", "geometry": shapely.geometry.mapping(geometry), "properties": properties}


LAYER = Layer("units", 0, features, ("units",), switchable=False)
