"""The panel of the selected area: its figures, its sub-areas ranked, its worst villages; or one place in detail."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from dash import html

from geo.cube import COMBINED, COVERED, Share, shares_by
from ioc.coverage_basis import coverage_basis
from ioc.figure import Figure
from ioc.kpi import CoverageShare
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.summary import UnknownUnitError, unit_row
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.controls import legend_title, technology_name
from ioc.views.empty import why_empty
from ioc.views.figure import age_span, figure_block
from ioc.views.tiles import tiles
from store.frames import rows

RANKED = 5
WORST = 8


def area_panel(snapshot: Snapshot, selection: Selection, words: Words, path: str = "/map") -> list[Any]:
    """Children of the panel for the selected unit; an unknown unit says so and offers the province."""
    try:
        unit = unit_row(snapshot, selection.unit)
    except UnknownUnitError:
        return unknown_unit(snapshot, selection, words)
    shown = selected_figure(snapshot, selection, str(unit["code"]))
    kept = [tile for tile in tiles(snapshot, selection, str(unit["code"]), words) if not _same(tile[0], selection)]
    code = str(unit["code"])
    first = figure_block(shown, snapshot, words, legend_title(snapshot, selection, words))
    return [
        panel_head(str(unit["full_name"]), area_subtitle(snapshot, unit, words)),
        *why_empty(snapshot, selection, words, path),
        html.Section(first, className="figures"),
        *ranking(snapshot, selection, code, words, path),
        html.Section([figure_block(figure, snapshot, words, label) for figure, label in kept], className="figures figures-small"),
        *worst_villages(snapshot, selection, code, words, path),
    ]


def _same(figure: Figure, selection: Selection) -> bool:
    return figure.key == f"villages_{selection.technology}_pct"


def selected_figure(snapshot: Snapshot, selection: Selection, unit: str) -> Figure:
    """The share of villages for the technology and operator that the map shows."""
    key = f"villages_{selection.technology}_pct"
    return CoverageShare(key, 0, technology=selection.technology, operator=selection.operator).figure(snapshot, unit)


def panel_head(title: str, subtitle: str) -> html.Header:
    return html.Header([html.H1(title), html.P(subtitle, className="panel-sub")], className="panel-head")


def area_subtitle(snapshot: Snapshot, unit: pd.Series, words: Words) -> str:
    """How many sub-units, villages and people, and since when the unit exists."""
    places = snapshot.places
    inside = places.inside(places.villages, unit["code"])
    children = places.children(unit["code"])
    parts = []
    if len(children):
        parts.append(words(f"area.{children['level'].iloc[0]}s", n=words.number(len(children))))
    parts += _villages_and_people(inside, places.population, places.population_known, words)
    if unit["level"] == "district" and unit["valid_to"] is not None and unit["valid_to"] < places.day:
        parts.append(words("area.former", day=words.day(unit["valid_to"])))
    elif unit["valid_from"].year > 2004:  # the register's oldest date means "on or before"
        parts.append(words("area.since", day=words.day(unit["valid_from"])))
    return " · ".join(parts)


def _villages_and_people(
    inside: npt.NDArray[np.bool_], population: npt.NDArray[np.int64], known: npt.NDArray[np.bool_], words: Words
) -> list[str]:
    """How many villages are listed and how many people live in them; what nobody told is no zero."""
    if not inside.any():
        return [words("area.no_villages")]
    parts = [words("area.villages", n=words.number(int(inside.sum())))]
    if (inside & known).any():
        parts.append(words("area.people", n=words.number(int(population[inside].sum()))))
    unknown = int((inside & ~known).sum())
    return [*parts, words("note.people_unknown", count=words.number(unknown))] if unknown else parts


def unknown_unit(snapshot: Snapshot, selection: Selection, words: Words) -> list[Any]:
    day = words.day(snapshot.places.day)
    return [
        panel_head(words("unknown_unit.title"), words("unknown_unit.text", unit=selection.unit, day=day)),
        html.P(html.A(words("unknown_unit.next"), href=f"/map{selection.to(unit=None).query()}", className="btn"), className="empty"),
    ]


def ranking(snapshot: Snapshot, selection: Selection, unit: str, words: Words, path: str) -> list[Any]:
    """Sub-areas from the lowest share up; those without data come last and say so. No ranking where none has any."""
    children = snapshot.places.children(unit)
    if children.empty:
        return []
    level = str(children["level"].iloc[0])
    statuses = snapshot.coverage.cube.best(selection.technology, selection.operator)
    shares = shares_by(statuses, list(snapshot.places.villages[level]))
    ranked = sorted(
        ((shares.get(code, Share(0, 0)), code, name) for code, name in zip(children["code"], children["name"], strict=True)),
        key=_lowest_first,
    )
    if ranked[0][0].value is None:
        return []
    items = [
        _rank_row(i, share, name, path + selection.to(unit=code).query(), words, _coverage_age(snapshot, selection, code, words))
        for i, (share, code, name) in enumerate(ranked, 1)
    ]
    title = words(f"ranking.{level}", technology=technology_name(selection.technology, words))
    return [html.Section([html.H2(title), html.Ol(items[:RANKED], className="rank"), *_rest(items[RANKED:], words)], className="ranking")]


def _rest(items: list[html.Li], words: Words) -> list[Any]:
    """The sub-areas that are not among the lowest, one touch away."""
    if not items:
        return []
    summary = html.Summary(words("ranking.more", n=words.number(len(items))))
    return [html.Details([summary, html.Ol(items, className="rank", start=str(RANKED + 1))], className="rank-rest")]


def _lowest_first(row: tuple[Share, str, str]) -> tuple[float, str]:
    value = row[0].value
    return (np.inf if value is None else value, row[2])


def _coverage_age(snapshot: Snapshot, selection: Selection, unit: str, words: Words) -> Any:
    """The age of what is counted in one sub-area."""
    technologies = COMBINED.get(selection.technology, (selection.technology,))
    basis = coverage_basis(snapshot, snapshot.places.inside(snapshot.places.villages, unit), technologies, selection.operator)
    return age_span(basis.ageing, basis.state, snapshot, words, symbol_only=True)


def _rank_row(position: int, share: Share, name: str, href: str, words: Words, age: Any) -> html.Li:
    value = share.value
    shown = words("state.none") if value is None else words.number(value, 1)
    title = f"{words.number(share.numerator)} / {words.number(share.denominator)} {words('counted.villages')}"
    bar = html.Div(html.I(className="bar-fill", style={"--share": f"{(value or 0) / 100:.4f}"}), className="bar")
    cells = [html.Span(str(position), className="rank-position"), html.A(name, href=href, className="rank-name")]
    cells += [html.Span(shown, className="rank-value", title=title), bar, age]
    return html.Li(cells, className="rank-row", **attributes({"data-state": "none" if value is None else "fresh"}))


def worst_villages(snapshot: Snapshot, selection: Selection, unit: str, words: Words, path: str) -> list[Any]:
    """Villages that the technology does not cover, most people first."""
    villages = snapshot.places.villages
    statuses = snapshot.coverage.cube.best(selection.technology, selection.operator)
    without = snapshot.places.inside(villages, unit) & (statuses >= 0) & (statuses < COVERED)
    gaps = villages[without].assign(status=statuses[without]).sort_values(["population", "id"], ascending=[False, True])
    if gaps.empty:
        return []
    names = snapshot.places.units["name"]
    items = [
        html.Li(
            [
                html.I(className="symbol symbol-village", **attributes({"data-state": "weak" if row.status else "none"})),
                html.A(row.name, href=path + selection.to(village=row.id, endpoint=None, centre=None).query(), className="rank-name"),
                html.Span(str(names.get(row.commune, "")), className="rank-where"),
                html.Span(_people(row.population, words), className="rank-value"),
            ],
            className="rank-row",
        )
        for row in rows(gaps.head(WORST)[["id", "name", "commune", "population", "status"]])
    ]
    link = html.A(words("worst.all", n=words.number(len(gaps))), href=f"/gaps{selection.query()}", className="btn btn-quiet")
    title = words("worst.title", technology=technology_name(selection.technology, words))
    return [html.Section([html.H2(title), html.Ol(items, className="rank"), html.P(link)], className="worst")]


def _people(population: Any, words: Words) -> str:
    return words("worst.people_unknown") if pd.isna(population) else words("worst.people", n=words.number(int(population)))
