"""Geometry for the map: GeoJSON by content hash, so that a browser keeps it for ever and values travel apart."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import orjson

from ioc.class_breaks import USUAL
from ioc.drawn import is_schematic
from ioc.layer import Layer
from ioc.layers import all_layers
from ioc.snapshot import Snapshot
from ioc.snapshots import Cache, Snapshots


@dataclass(frozen=True)
class Packed:
    """A compressed response body that never changes."""

    digest: str
    body: bytes


def pack(payload: Any) -> Packed:
    raw = orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    return Packed(hashlib.sha256(raw).hexdigest()[:20], gzip.compress(raw, 6, mtime=0))


class Geometries:
    """The map's sources of one store."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._packed = Cache(24)
        self._by_digest: Cache = Cache(48)

    def index(self, snapshot: Snapshot) -> dict[str, Any]:
        """What the map needs to begin: extent, labels it must carry, and the URL of each source."""
        outlines = self._snapshots.outlines(snapshot)
        packed = {layer.key: self._layer(layer, snapshot, outlines) for layer in all_layers()}
        bounds = outlines.total_bounds if len(outlines) else [102.0, 8.5, 110.0, 23.5]
        places = snapshot.places
        return {
            "province": places.province,
            "as_of": places.day.isoformat(),
            "bbox": [round(float(value), 5) for value in bounds],
            "schematic": is_schematic(places),
            "synthetic": bool(places.villages["synthetic"].astype(bool).any()),
            "classes": USUAL,
            "sources": {key: f"/api/v1/geometry/{key}/{value.digest}.json" for key, value in packed.items()},
        }

    def _layer(self, layer: Layer, snapshot: Snapshot, outlines: gpd.GeoDataFrame) -> Packed:
        versions = self._snapshots.versions()
        key = (layer.key, snapshot.places.day, snapshot.known_at, *(versions.get(table, 0) for table in layer.tables))
        packed = self._packed.get(key, lambda: _collection(layer, snapshot, outlines))
        self._by_digest.get((layer.key, packed.digest), lambda: packed)
        return packed

    def body(self, layer: str, digest: str) -> Packed | None:
        """A source's body; None when this process has not made it: the browser then asks for the index again."""
        packed: Packed | None = self._by_digest.peek((layer, digest))
        return packed


def _collection(layer: Layer, snapshot: Snapshot, outlines: gpd.GeoDataFrame) -> Packed:
    return pack({"type": "FeatureCollection", "features": layer.features(snapshot, outlines)})
