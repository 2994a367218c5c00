"""Villages as points."""

from __future__ import annotations

import geopandas as gpd

from ioc.layer import Feature, Layer, points
from ioc.snapshot import Snapshot


def features(snapshot: Snapshot, _outlines: gpd.GeoDataFrame) -> list[Feature]:
    return points(snapshot.places.villages)


LAYER = Layer("villages", 10, features, ("villages", "place_units", "former_values", "units"))
