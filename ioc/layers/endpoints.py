"""Video-conference endpoints as points."""

from __future__ import annotations

import geopandas as gpd

from ioc.layer import Feature, Layer, points
from ioc.snapshot import Snapshot


def features(snapshot: Snapshot, _outlines: gpd.GeoDataFrame) -> list[Feature]:
    return points(snapshot.places.endpoints, "level")


LAYER = Layer("endpoints", 30, features, ("endpoints", "place_units", "former_values", "units"))
