"""The kinds of headline figure that a file under `ioc/kpis` can declare; each turns a snapshot and a unit into a Figure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from geo.cube import COMBINED, NONE, share
from ioc.figure import Figure, Target, no_data
from ioc.snapshot import Snapshot
from store.promises import NONE as NO_WORD
from store.promises import Ageing

MOBILE = ("2g", "3g", "4g", "5g")
YEAR_END = (12, 31)


@dataclass(frozen=True)
class Kpi:
    """key: name in the API and the catalogue (`kpi.<key>`); position: order on every page; target: indicator that holds its target."""

    key: str
    position: int
    target: str | None = None

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        raise NotImplementedError


@dataclass(frozen=True)
class CoverageShare(Kpi):
    """Share of villages, or of their people, covered by a technology ("3g4g": 3G or 4G) by any operator or by one."""

    technology: str = "4g"
    people: bool = False
    operator: str | None = None

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        counted = "people" if self.people else "villages"
        if not in_service(snapshot, self.technology):
            return no_data(self.key, "percent", counted, ended=has_ended(snapshot, self.technology))
        inside = snapshot.places.inside(snapshot.places.villages, unit)
        statuses = snapshot.coverage.cube.best(self.technology, self.operator)[inside]
        result = share(statuses, snapshot.places.population[inside] if self.people else None)
        if result.value is None:
            return no_data(self.key, "percent", counted)
        spoken = coverage_sources(snapshot, COMBINED.get(self.technology, (self.technology,)), self.operator)
        return Figure(
            self.key, result.value, "percent", result.numerator, result.denominator,
            spoken.true_at, spoken.state(snapshot), spoken.source, spoken.synthetic, spoken.ageing, counted,
            target_of(snapshot, self.target, unit), _without_data(len(statuses) - int((statuses >= 0).sum())),
        )  # fmt: skip


@dataclass(frozen=True)
class NoSignal(Kpi):
    """Villages where no operator has any mobile signal, with the people who live there."""

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        inside = snapshot.places.inside(snapshot.places.villages, unit)
        technologies = [key for key in MOBILE if in_service(snapshot, key)]
        cube = snapshot.coverage.cube
        without = cube.no_signal(technologies)[inside] if technologies else np.zeros(int(inside.sum()), bool)
        known = np.max([cube.best(key)[inside] for key in technologies], axis=0) >= NONE if technologies else without
        if not known.any():
            return no_data(self.key, "count", "villages")
        spoken = coverage_sources(snapshot, technologies, None)
        people = int(snapshot.places.population[inside][without].sum())
        return Figure(
            self.key, float(without.sum()), "count", int(without.sum()), int(known.sum()),
            spoken.true_at, spoken.state(snapshot), spoken.source, spoken.synthetic, spoken.ageing, "villages",
            notes=(("note.people", {"people": people}),),
        )  # fmt: skip


@dataclass(frozen=True)
class EndpointsUp(Kpi):
    """Endpoints that are up, of all endpoints; lost and unknown ones are counted in the notes."""

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        places, states = snapshot.places, snapshot.conditions.states
        here = places.endpoints["id"].to_numpy(object)[places.inside(places.endpoints, unit)]
        known = [states[id_] for id_ in here if id_ in states]
        if not known:
            return no_data(self.key, "count", "endpoints")
        up, down = (sum(row.state == state for row in known) for state in ("up", "down"))
        counts = (("note.endpoints_down", down), ("note.endpoints_unknown", len(here) - up - down))
        ageing = snapshot.inherited("endpoint_status", _newest_of_each(known))
        return Figure(
            self.key, float(up), "count", up, len(here), min(ageing.true_at, snapshot.at), ageing.state(snapshot.at),
            _joined(row.source for row in known), any(row.synthetic for row in known), ageing, "endpoints",
            notes=tuple((code, {"count": count}) for code, count in counts if count),
        )  # fmt: skip


@dataclass(frozen=True)
class DossierShare(Kpi):
    """A share of dossiers in the month shown: `of` and `over` are columns of the dossiers table."""

    of: str = "on_time"
    over: str = "due"

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        centres = snapshot.places.centres
        wanted = set(centres["id"].to_numpy(object)[snapshot.places.inside(centres, unit)])
        here = [row for row in snapshot.conditions.dossier_rows if row.centre_id in wanted]
        numerator, denominator = (int(sum(getattr(row, column) for row in here)) for column in (self.of, self.over))
        if not denominator:
            return no_data(self.key, "percent", "dossiers")
        ageing = snapshot.inherited("dossiers", _newest_of_each(here))
        notes: list[tuple[str, dict[str, object]]] = [("note.month", {"month": _month(here[0].period)})]
        if self.of == "on_time":
            notes.append(("note.overdue", {"count": int(sum(row.overdue for row in here))}))
        return Figure(
            self.key, 100.0 * numerator / denominator, "percent", numerator, denominator,
            min(ageing.true_at, snapshot.at), ageing.state(snapshot.at), _joined(row.source for row in here),
            any(row.synthetic for row in here), ageing, "dossiers", target_of(snapshot, self.target, unit), tuple(notes),
        )  # fmt: skip


@dataclass(frozen=True)
class Spoken:
    """Whose word a coverage figure rests on; each operator speaks through its newest source, and one silent operator shows."""

    ageing: Ageing | None
    source: str | None
    synthetic: bool

    @property
    def true_at(self) -> datetime | None:
        return self.ageing.true_at if self.ageing else None

    def state(self, snapshot: Snapshot) -> str:
        return self.ageing.state(snapshot.at) if self.ageing else NO_WORD


def coverage_sources(snapshot: Snapshot, technologies: Collection[str], operator: str | None) -> Spoken:
    """The sources of a coverage figure as of the snapshot."""
    spoken = [row for row in snapshot.coverage.heard if row.technology in technologies and operator in (None, row.operator)]
    if not spoken:
        return Spoken(None, None, False)
    newest = {row.operator: row for row in spoken}  # rows come newest last
    heard: dict[str, datetime] = {}
    for row in newest.values():
        heard[row.source] = min(heard.get(row.source, row.true_at), row.true_at)
    return Spoken(snapshot.inherited("coverage", heard), _joined(heard), any(row.synthetic for row in newest.values()))


def in_service(snapshot: Snapshot, technology: str) -> bool:
    """Whether the technology, or one of those it combines, was in service on the day shown."""
    day, service = snapshot.places.day, snapshot.coverage.service
    wanted = [service[key] for key in COMBINED.get(technology, (technology,)) if key in service]
    return any((first is None or first <= day) and (last is None or last >= day) for first, last in wanted)


def has_ended(snapshot: Snapshot, technology: str) -> bool:
    """Whether the technology was switched off before the day shown."""
    service = snapshot.coverage.service
    last_days = [service[key][1] for key in COMBINED.get(technology, (technology,)) if key in service]
    return bool(last_days) and all(last is not None and last < snapshot.places.day for last in last_days)


def target_of(snapshot: Snapshot, indicator: str | None, unit: str) -> Target | None:
    """The next dated target of the province's indicator, on the province's own figures only."""
    if indicator is None or unit != snapshot.places.province:
        return None
    rows = snapshot.conditions.targets
    rows = rows[(rows["indicator"] == indicator) & (rows["scope"] == "province")]
    if rows.empty:
        return None
    ahead = rows[rows["due_on"] >= snapshot.places.day]
    row = (ahead if len(ahead) else rows.sort_values("due_on", ascending=False)).iloc[0]
    due: date = row["due_on"]
    due_text = str(due.year) if (due.month, due.day) == YEAR_END else due.isoformat()
    return Target(float(row["value"]), str(row["comparator"]), due_text, str(row["source"]))


def _without_data(count: int) -> tuple[tuple[str, dict[str, object]], ...]:
    return (("note.villages_without_data", {"count": count}),) if count else ()


def _newest_of_each(rows: Iterable[Any]) -> dict[str, datetime]:
    newest: dict[str, datetime] = {}
    for row in rows:
        newest[row.source] = max(newest.get(row.source, row.observed_at), row.observed_at)
    return newest


def _joined(values: Iterable[str]) -> str:
    return ", ".join(sorted(set(values)))


def _month(period: str) -> str:
    return f"{period[5:7]}/{period[:4]}"
