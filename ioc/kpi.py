"""The kinds of headline figure that a file under `ioc/kpis` can declare; each turns a snapshot and a unit into a Figure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from geo.cube import COMBINED, NONE, Flags, share
from ioc import clock
from ioc.coverage_basis import Note, coverage_basis, precedence_notes
from ioc.endpoint_state import endpoint_state
from ioc.figure import Basis, Figure, Target, no_data, shares_of
from ioc.snapshot import Snapshot

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
        technologies = COMBINED.get(self.technology, (self.technology,))
        notes = [*precedence_notes(snapshot, inside, technologies, self.operator), *_without_data(int((statuses < 0).sum()))]
        if self.people:
            notes += people_unknown(snapshot, inside & (snapshot.coverage.cube.best(self.technology, self.operator) >= 0))
        return Figure(
            self.key, result.value, "percent", result.numerator, result.denominator,
            coverage_basis(snapshot, inside, technologies, self.operator), counted, target_of(snapshot, self.target, unit), tuple(notes),
        )  # fmt: skip


@dataclass(frozen=True)
class NoSignal(Kpi):
    """Villages where no operator has any mobile signal, with the people who live there."""

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        inside = snapshot.places.inside(snapshot.places.villages, unit)
        technologies = mobile_in_service(snapshot)
        cube = snapshot.coverage.cube
        without = cube.no_signal(technologies)[inside] if technologies else np.zeros(int(inside.sum()), bool)
        known = np.max([cube.best(key)[inside] for key in technologies], axis=0) >= NONE if technologies else without
        if not known.any():
            return no_data(self.key, "count", "villages")
        people = int(snapshot.places.population[inside][without].sum())
        silent = np.zeros_like(inside)
        silent[np.flatnonzero(inside)[without]] = True
        notes = [("note.people", {"people": people}), *people_unknown(snapshot, silent), *precedence_notes(snapshot, inside, technologies)]
        return Figure(
            self.key, float(without.sum()), "count", int(without.sum()), int(known.sum()),
            coverage_basis(snapshot, inside, technologies), "villages", notes=tuple(notes),
        )  # fmt: skip


@dataclass(frozen=True)
class EndpointsUp(Kpi):
    """Endpoints that are up, of all endpoints; lost and unknown ones are counted in the notes."""

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        places = snapshot.places
        here = places.endpoints[places.inside(places.endpoints, unit)]
        judged = [endpoint_state(snapshot, id_) for id_ in here["id"]]
        heard = [(one, bool(invented)) for one, invented in zip(judged, here["synthetic"], strict=True) if one.ageing is not None]
        if not heard:
            return no_data(self.key, "count", "endpoints")
        up, down = (sum(one.state == state for one in judged) for state in ("up", "down"))
        notes = [
            (f"note.endpoints_{state}", {"count": count}) for state, count in (("down", down), ("unknown", len(here) - up - down)) if count
        ]
        counted = [pair for pair in heard if not pair[0].is_stale] or heard  # a word that no longer counts does not age the figure either
        words = ((one.source, one.said_at, one.synthetic or invented) for one, invented in counted)
        return Figure(
            self.key, float(up), "count", up, len(here), basis_of(snapshot, "endpoint_status", words), "endpoints", notes=tuple(notes)
        )  # fmt: skip


@dataclass(frozen=True)
class DossierShare(Kpi):
    """A share of dossiers in the month shown: `of` and `over` are columns of the dossiers table."""

    of: str = "on_time"
    over: str = "due"

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        centres = snapshot.places.centres
        inside = snapshot.places.inside(centres, unit)
        wanted = dict(zip(centres["id"][inside], centres["synthetic"][inside], strict=True))
        here = [row for row in snapshot.conditions.dossier_rows if row.centre_id in wanted]
        numerator, denominator = (int(sum(getattr(row, column) for row in here)) for column in (self.of, self.over))
        if not denominator:
            return no_data(self.key, "percent", "dossiers")
        notes: list[Note] = [month_note(snapshot, here)]
        if self.of == "on_time":
            notes.append(("note.overdue", {"count": int(sum(row.overdue for row in here))}))
        return Figure(
            self.key, 100.0 * numerator / denominator, "percent", numerator, denominator,
            basis_of(snapshot, "dossiers", ((row.source, row.observed_at, row.synthetic or wanted[row.centre_id]) for row in here)),
            "dossiers", target_of(snapshot, self.target, unit), tuple(notes),
        )  # fmt: skip


def basis_of(snapshot: Snapshot, kind: str, counted: Iterable[tuple[str, datetime, bool]]) -> Basis:
    """The sources of counted rows of a record kind, at least one: each its source, when it was said, whether it is invented."""
    sources = shares_of((name, min(said_at, snapshot.at), bool(invented)) for name, said_at, invented in counted)
    return Basis(snapshot.at, sources, snapshot.inherited(kind, {share.name: share.newest_at for share in sources}))


def month_note(snapshot: Snapshot, rows: Collection[Any]) -> Note:
    """Which month dossiers are of; while it runs, up to when they have been counted. rows: of one month, at least one."""
    first = next(iter(rows))
    if first.period_to <= snapshot.places.day:
        return "note.month", {"month": _month(first.period)}
    counted_to = min(max(row.observed_at for row in rows), snapshot.at)
    return "note.month_running", {"month": _month(first.period), "day": clock.local(counted_to).date()}


def people_unknown(snapshot: Snapshot, villages: Flags) -> list[Note]:
    """Of how many of these villages nobody has said how many people live there."""
    count = int((villages & ~snapshot.places.population_known).sum())
    return [("note.people_unknown", {"count": count})] if count else []


def mobile_in_service(snapshot: Snapshot) -> list[str]:
    """Every mobile technology in service on the day shown: without all of them a village has no signal at all."""
    technologies = snapshot.coverage.technologies
    return [key for key in technologies.loc[technologies["kind"] == "mobile", "key"] if in_service(snapshot, key)]


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


def _without_data(count: int) -> list[Note]:
    return [("note.villages_without_data", {"count": count})] if count else []


def _month(period: str) -> str:
    return f"{period[5:7]}/{period[:4]}"
