"""Snapshots of the store, kept in memory while its data version stays the same."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Engine

from ioc import clock
from ioc.snapshot import (
    CONDITION_LAYERS,
    COVERAGE_LAYERS,
    PLACE_LAYERS,
    Coverage,
    Places,
    Snapshot,
    read_conditions,
    read_coverage,
    read_places,
)
from store import claims, conditions, places
from store.availability import availability
from store.errors import StoreEmptyError
from store.transactions import reading

KEPT = 12
Part = TypeVar("Part")


class NothingKnownError(LookupError):
    """At that moment the store knew of no province yet; the moment is its only argument."""

    @property
    def known_at(self) -> datetime:
        found: datetime = self.args[0]
        return found


class Cache:
    """The newest few values by key; a value is made once even when several threads ask at the same time."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, key: Hashable, make: Callable[[], Part]) -> Part:
        with self._lock:
            if key not in self._values:
                self._values[key] = make()
                while len(self._values) > self._kept:
                    self._values.popitem(last=False)
            self._values.move_to_end(key)
            value: Part = self._values[key]
            return value

    def peek(self, key: Hashable) -> Any:
        """The value, or None."""
        with self._lock:
            return self._values.get(key)


class Snapshots:
    """Reads snapshots of one store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._places, self._coverage, self._conditions, self._outlines = Cache(), Cache(), Cache(), Cache(4)

    def get(self, as_of: date | None = None, known_at: datetime | None = None) -> Snapshot:
        """The store as of the end of a day, or as of now (also for today and days to come), as far as was known at a moment.

        known_at: None, or a moment to come, for all that is known now; the moment shown is then never later than that.
        Raises StoreEmptyError when there is no province yet and NothingKnownError when nothing was known at the moment.
        """
        now = clock.now()
        known = known_at if known_at is not None and known_at < now else None
        at = known or now
        today = clock.local(at).date()
        past = as_of if as_of is not None and as_of < today else None
        if past is not None:
            at = clock.end_of_day(past)
        with reading(self.engine) as connection:
            versions = conditions.layer_versions(connection)
            province = self.province(connection)
            around = self._read_places(connection, versions, past or today, known, province)
            coverage = self._read_coverage(connection, versions, at, known, around)
            key = (past, today if past is None else None, known, *_of(versions, CONDITION_LAYERS))
            changing = self._conditions.get(key, lambda: read_conditions(connection, past, at, province, known))
        return Snapshot(past, at, around, coverage, changing, known)

    def outlines(self, snapshot: Snapshot) -> gpd.GeoDataFrame:
        """Outlines of the units in force on the snapshot's day, EPSG:4326."""
        day, known = snapshot.places.day, snapshot.known_at
        with reading(self.engine) as connection:
            key = (day, known, conditions.layer_versions(connection).get("units", 0))
            return self._outlines.get(key, lambda: places.outlines_on(connection, day, known))

    def village_claims(self, snapshot: Snapshot, village_id: str) -> pd.DataFrame:
        """Every source's last word about a village by the snapshot's moment; columns of store.claims.village_claims."""
        with reading(self.engine) as connection:
            return claims.village_claims(connection, village_id, snapshot.at, snapshot.known_at)

    def endpoint_events(self, snapshot: Snapshot, *, days: int, limit: int, endpoint_id: str | None = None) -> pd.DataFrame:
        """State changes of the last days before the snapshot's moment, newest first; columns of store.conditions.endpoint_events."""
        since, until = snapshot.at - timedelta(days=days), snapshot.at
        with reading(self.engine) as connection:
            return conditions.endpoint_events(connection, since, limit, endpoint_id, until=until, known_at=snapshot.known_at)

    def availability(self, snapshot: Snapshot, endpoint_id: str, windows: Mapping[str, timedelta]) -> dict[str, pd.DataFrame]:
        """By window that ends at the snapshot's moment: how long an endpoint was up; columns of store.availability.availability."""
        with reading(self.engine) as connection:
            return {
                name: availability(connection, snapshot.at - length, snapshot.at, [endpoint_id], known_at=snapshot.known_at)
                for name, length in windows.items()
            }

    def workers(self) -> pd.DataFrame:
        """Every worker with its last beat; columns of store.conditions.workers_all."""
        with reading(self.engine) as connection:
            return conditions.workers_all(connection)

    def versions(self) -> dict[str, int]:
        with reading(self.engine) as connection:
            return conditions.layer_versions(connection)

    @staticmethod
    def province(connection: Connection) -> str:
        code = conditions.deployment(connection).get("province")
        if code is None:
            raise StoreEmptyError()
        return str(code)

    def _read_places(self, connection: Connection, versions: dict[str, int], day: date, known: datetime | None, province: str) -> Places:
        key = (day, known, *_of(versions, PLACE_LAYERS))
        around = self._places.get(key, lambda: read_places(connection, day, province, known))
        if known is not None and province not in around.units.index:
            raise NothingKnownError(known)
        return around

    def _read_coverage(
        self, connection: Connection, versions: dict[str, int], at: datetime, known: datetime | None, around: Places
    ) -> Coverage:
        key = (around.day, known, *_of(versions, COVERAGE_LAYERS))
        return self._coverage.get(key, lambda: read_coverage(connection, at, around, known))


def _of(versions: dict[str, int], layers: Iterable[str]) -> tuple[int, ...]:
    return tuple(versions.get(layer, 0) for layer in layers)
