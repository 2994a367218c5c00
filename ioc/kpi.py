"""The kinds of headline figure that a file under `ioc/kpis` can declare; each turns a snapshot and a unit into a Figure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd

from geo.cube import COMBINED, NONE, share
from ioc.figure import Figure, Target, no_data
from ioc.freshness import Promise
from ioc.snapshot import Snapshot

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
        counted, promise = "people" if self.people else "villages", snapshot.promise("coverage")
        if not in_service(snapshot, self.technology):
            return no_data(self.key, "percent", promise, counted, ended=has_ended(snapshot, self.technology))
        inside = snapshot.places.inside(snapshot.places.villages, unit)
        statuses = snapshot.coverage.cube.best(self.technology, self.operator)[inside]
        result = share(statuses, snapshot.places.population[inside] if self.people else None)
        if result.value is None:
            return no_data(self.key, "percent", promise, counted)
        spoken = coverage_sources(snapshot, COMBINED.get(self.technology, (self.technology,)), self.operator)
        return Figure(
            self.key, result.value, "percent", result.numerator, result.denominator,
            spoken.true_at, spoken.state(snapshot), spoken.source, spoken.synthetic, spoken.promise, counted,
            target_of(snapshot, self.target, unit), _without_data(len(statuses) - int((statuses >= 0).sum())),
        )  # fmt: skip


@dataclass(frozen=True)
class NoSignal(Kpi):
    """Villages where no operator has any mobile signal, with the people who live there."""

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        promise = snapshot.promise("coverage")
        inside = snapshot.places.inside(snapshot.places.villages, unit)
        technologies = [key for key in MOBILE if in_service(snapshot, key)]
        cube = snapshot.coverage.cube
        without = cube.no_signal(technologies)[inside] if technologies else np.zeros(int(inside.sum()), bool)
        known = np.max([cube.best(key)[inside] for key in technologies], axis=0) >= NONE if technologies else without
        if not known.any():
            return no_data(self.key, "count", promise, "villages")
        spoken = coverage_sources(snapshot, technologies, None)
        people = int(snapshot.places.population[inside][without].sum())
        return Figure(
            self.key, float(without.sum()), "count", int(without.sum()), int(known.sum()),
            spoken.true_at, spoken.state(snapshot), spoken.source, spoken.synthetic, spoken.promise, "villages",
            notes=(("note.people", {"people": people}),),
        )  # fmt: skip


@dataclass(frozen=True)
class EndpointsUp(Kpi):
    """Endpoints that are up, of all endpoints; lost and unknown ones are counted in the notes."""

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        promise = snapshot.promise("endpoint_status")
        here = snapshot.places.endpoints[snapshot.places.inside(snapshot.places.endpoints, unit)]
        states = snapshot.conditions.endpoint_states.reindex(here["id"])
        known = states[states["state"].notna()]
        if known.empty:
            return no_data(self.key, "count", promise, "endpoints")
        up, down = int((states["state"] == "up").sum()), int((states["state"] == "down").sum())
        unknown = len(here) - up - down
        notes = [("note.endpoints_down", {"count": down})] if down else []
        notes += [("note.endpoints_unknown", {"count": unknown})] if unknown else []
        true_at, promise = snapshot.inherited("endpoint_status", _newest_of_each(known))
        synthetic = bool(here["synthetic"].astype(bool).any())
        state = promise.state(true_at, snapshot.at)
        source = _joined(known["source"])
        return Figure(
            self.key, float(up), "count", up, len(here), true_at, state, source, synthetic, promise, "endpoints", notes=tuple(notes)
        )


@dataclass(frozen=True)
class DossierShare(Kpi):
    """A share of dossiers in the month shown: `of` and `over` are columns of the dossiers table."""

    of: str = "on_time"
    over: str = "due"

    def figure(self, snapshot: Snapshot, unit: str) -> Figure:
        promise = snapshot.promise("dossiers")
        centres, counts = snapshot.places.centres, snapshot.conditions.dossiers
        here = counts[counts["centre_id"].isin(centres["id"][snapshot.places.inside(centres, unit)])]
        numerator, denominator = int(here[self.of].sum()), int(here[self.over].sum())
        if not denominator:
            return no_data(self.key, "percent", promise, "dossiers")
        true_at, promise = snapshot.inherited("dossiers", _newest_of_each(here))
        true_at = min(true_at, snapshot.at)
        notes: list[tuple[str, dict[str, object]]] = [("note.month", {"month": _month(str(here["period"].iloc[0]))})]
        if self.of == "on_time":
            notes.append(("note.overdue", {"count": int(here["overdue"].sum())}))
        return Figure(
            self.key, 100.0 * numerator / denominator, "percent", numerator, denominator,
            true_at, promise.state(true_at, snapshot.at), _joined(here["source"]), bool(here["synthetic"].astype(bool).any()), promise,
            "dossiers", target_of(snapshot, self.target, unit), tuple(notes),
        )  # fmt: skip


@dataclass(frozen=True)
class Spoken:
    """Whose word a coverage figure rests on; each operator speaks through its newest source, and one silent operator shows."""

    true_at: datetime | None
    promise: Promise
    source: str | None
    synthetic: bool

    def state(self, snapshot: Snapshot) -> str:
        return self.promise.state(self.true_at, snapshot.at)


def coverage_sources(snapshot: Snapshot, technologies: Collection[str], operator: str | None) -> Spoken:
    """The sources of a coverage figure as of the snapshot."""
    times = snapshot.coverage.times
    times = times[times["technology"].isin(list(technologies))]
    if operator is not None:
        times = times[times["operator"] == operator]
    if times.empty:
        return Spoken(None, snapshot.promise("coverage"), None, False)
    last = times.sort_values("true_at").drop_duplicates("operator", keep="last").sort_values("true_at", ascending=False)
    heard = {str(source): at.to_pydatetime() for source, at in zip(last["source"], last["true_at"], strict=True)}
    true_at, promise = snapshot.inherited("coverage", heard)
    return Spoken(true_at, promise, _joined(last["source"]), bool(last["synthetic"].any()))


def in_service(snapshot: Snapshot, technology: str) -> bool:
    """Whether the technology, or one of those it combines, was in service on the day shown."""
    day: date = snapshot.places.day
    wanted = COMBINED.get(technology, (technology,))
    rows = snapshot.coverage.technologies
    rows = rows[rows["key"].isin(wanted)]
    started = [pd.isna(first) or first <= day for first in rows["valid_from"]]
    running = [pd.isna(last) or last >= day for last in rows["valid_to"]]
    return any(a and b for a, b in zip(started, running, strict=True))


def has_ended(snapshot: Snapshot, technology: str) -> bool:
    """Whether the technology was switched off before the day shown."""
    rows = snapshot.coverage.technologies
    last_days = rows.loc[rows["key"].isin(COMBINED.get(technology, (technology,))), "valid_to"]
    return bool(len(last_days)) and all(not pd.isna(last) and last < snapshot.places.day for last in last_days)


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


def _newest_of_each(rows: pd.DataFrame) -> dict[str, datetime]:
    newest = rows.groupby("source")["observed_at"].max()
    return {str(source): at.to_pydatetime() for source, at in newest.items()}


def _joined(values: pd.Series) -> str:
    return ", ".join(sorted(set(values.dropna().astype(str))))


def _month(period: str) -> str:
    return f"{period[5:7]}/{period[:4]}"
