"""What every router works with."""

from __future__ import annotations

from dataclasses import dataclass

from ioc.geometry import Geometries
from ioc.live import Live
from ioc.metrics import Metrics
from ioc.snapshots import Snapshots


@dataclass(frozen=True)
class Context:
    snapshots: Snapshots
    geometries: Geometries
    live: Live
    metrics: Metrics
    build: str

    @classmethod
    def of(cls, snapshots: Snapshots, build: str) -> Context:
        """Everything that hangs on one store."""
        live = Live(snapshots, build)
        return cls(snapshots, Geometries(snapshots), live, Metrics(snapshots.engine, lambda: live.streams), build)
