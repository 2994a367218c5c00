"""The province's headline figures for what is selected: with an operator chosen, each follows it or says that it does not."""

from __future__ import annotations

from dataclasses import replace

from ioc import freshness
from ioc.figure import Figure
from ioc.kpi import CoverageShare, Kpi, NoSignal
from ioc.kpis import all_kpis
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words


def tiles(snapshot: Snapshot, selection: Selection, unit: str, words: Words) -> list[tuple[Figure, str | None]]:
    """Each figure with its label (None: its usual one), in the order of every page; those of technologies that have ended are left out."""
    found = [(_followed(kpi, selection.operator).figure(snapshot, unit), _label(kpi, snapshot, selection, words)) for kpi in all_kpis()]
    return [(figure, label) for figure, label in found if figure.state != freshness.ENDED]


def _followed(kpi: Kpi, operator: str | None) -> Kpi:
    return replace(kpi, operator=operator) if isinstance(kpi, CoverageShare) and operator else kpi


def _label(kpi: Kpi, snapshot: Snapshot, selection: Selection, words: Words) -> str | None:
    """Whose coverage it is, once an operator is chosen."""
    if selection.operator is None or not isinstance(kpi, (CoverageShare, NoSignal)):
        return None
    whose = (
        words("controls.any_operator_inside")
        if isinstance(kpi, NoSignal)
        else snapshot.coverage.operator_names.get(selection.operator, selection.operator)
    )
    return f"{words(f'kpi.{kpi.key}')} · {whose}"
