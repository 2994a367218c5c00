"""What every router works with."""

from __future__ import annotations

from dataclasses import dataclass

from ioc.geometry import Geometries
from ioc.live import Live
from ioc.snapshots import Snapshots


@dataclass(frozen=True)
class Context:
    snapshots: Snapshots
    geometries: Geometries
    live: Live
    build: str
