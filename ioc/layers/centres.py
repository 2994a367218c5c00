"""Public-administration service centres and one-stop units as points."""

from __future__ import annotations

import geopandas as gpd

from ioc.layer import Feature, Layer, points
from ioc.snapshot import Snapshot


def features(snapshot: Snapshot, _outlines: gpd.GeoDataFrame) -> list[Feature]:
    return points(snapshot.places.centres, "kind")


LAYER = Layer("centres", 20, features, ("centres", "place_units", "former_values", "units"))
