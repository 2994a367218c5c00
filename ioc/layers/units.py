"""Outlines of communes, of districts or former districts, and of the province, simplified together so that neighbours stay joined."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.simplify import simplify_together
from ioc.drawn import drawn_rows
from ioc.layer import Feature, Layer
from ioc.snapshot import Snapshot

TOLERANCE_DEG = 0.001
COORDINATE_GRID_DEG = 1e-5


def features(snapshot: Snapshot, outlines: gpd.GeoDataFrame) -> list[Feature]:
    """The outlines that any view draws (`ioc.drawn`), and of the province also what its communes make together, for its extent."""
    places = snapshot.places
    rows = drawn_rows(places)
    shapes = _shapes(outlines)
    drawn = {code: shapes[own[0]] if own == (code,) else shapely.union_all([shapes[row] for row in own]) for code, own in rows.items()}
    ancestors = places.lineage
    communes = [code for code in rows if places.level[code] == "commune"]
    for province in places.units.index[places.units["level"] == "province"]:
        members = [drawn[code] for code in communes if ancestors.at[code, "province"] == province]
        if province not in drawn and (members or province in shapes):
            drawn[province] = shapely.union_all(members) if members else shapes[province]
    units = places.units.join(ancestors).to_dict("index")
    return [_feature(units[code], geometry, is_drawn=code in rows) for code, geometry in drawn.items()]


def _shapes(outlines: gpd.GeoDataFrame) -> dict[str, Any]:
    """Outlines by unit, those of a level simplified together."""
    found: dict[str, Any] = {}
    for _, same in outlines.groupby("level"):
        found |= dict(zip(same["code"], _simplified(same.geometry.to_numpy()), strict=True))
    return found


def _simplified(geometries: Any) -> Any:
    return shapely.set_precision(simplify_together(np.asarray(geometries, object), TOLERANCE_DEG), COORDINATE_GRID_DEG, mode="pointwise")


def _feature(unit: dict[Hashable, Any], geometry: Any, *, is_drawn: bool) -> Feature:
    label = shapely.point_on_surface(max(shapely.get_parts(geometry), key=lambda part: part.area))
    properties = {
        "code": unit["code"],
        "name": unit["name"],
        "full_name": unit["full_name"],
        "level": unit["level"],
        "drawn": is_drawn,
        "parent": unit["province"],
        "grouping": unit["district"],
        "bbox": [round(value, 5) for value in geometry.bounds],
        "label": [round(label.x, 5), round(label.y, 5)],
    }
    return {"type": "Feature", "geometry": shapely.geometry.mapping(geometry), "properties": properties}


LAYER = Layer("units", 0, features, ("units",), switchable=False)
