"""The map's switches, its legend and the labels it must carry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from dash import html

from geo.cube import COMBINED
from ioc.class_breaks import class_breaks
from ioc.coverage_basis import coverage_basis
from ioc.drawn import is_schematic
from ioc.figure import Basis, SourceShare
from ioc.kpi import in_service
from ioc.layers import all_layers
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.figure import invented
from store.frames import mapping

COMBINED_KEY = "3g4g"


def map_bar(snapshot: Snapshot, selection: Selection, words: Words, path: str = "/map") -> list[Any]:
    """Technologies, operators and layers, each a link to the selection it makes."""
    layers = [
        _chip(words(f"layer.{layer.key}"), layer.key in selection.layers, path + selection.toggled(layer.key).query())
        for layer in all_layers()
        if layer.switchable
    ]
    return [
        technology_chips(snapshot, selection, words, path),
        operator_menu(snapshot, selection, words, path),
        _group(layers, words("controls.layers")),
    ]


def technology_chips(snapshot: Snapshot, selection: Selection, words: Words, path: str) -> html.Div:
    """The technologies in service on the day, each a link to the same page."""
    keys = technology_keys(snapshot)
    chips = [_chip(words(f"technology.{key}"), selection.technology == key, path + selection.to(technology=key).query()) for key in keys]
    return html.Div(chips, className="chips", role="group", id="tech-chips", **attributes({"aria-label": words("controls.technology")}))


def _group(chips: list[html.A], label: str) -> html.Div:
    return html.Div(chips, className="chips", role="group", **attributes({"aria-label": label}))


def technology_keys(snapshot: Snapshot) -> list[str]:
    """Technologies in service on the day shown, with 3G-or-4G between them."""
    keys = [key for key in snapshot.coverage.technologies["key"] if in_service(snapshot, key)]
    if "4g" in keys:
        keys.insert(keys.index("4g") + 1, COMBINED_KEY)
    return keys


def known_technology(snapshot: Snapshot, technology: str) -> bool:
    """Whether this store has the technology, in service or not."""
    return bool(set(COMBINED.get(technology, (technology,))) & set(snapshot.coverage.technologies["key"]))


def _chip(text: str, pressed: bool, href: str) -> html.A:
    return html.A(text, href=href, className="chip", role="button", **attributes({"aria-pressed": "true" if pressed else "false"}))


def operator_menu(snapshot: Snapshot, selection: Selection, words: Words, path: str) -> html.Details:
    names = mapping(snapshot.coverage.operators, "key", "name")
    current = names.get(selection.operator or "", words("controls.any_operator"))
    choices: list[tuple[str | None, str]] = [(None, words("controls.any_operator")), *names.items()]
    links = [
        html.A(
            operator_mark(snapshot, key, name),
            href=path + selection.to(operator=key).query(),
            **attributes({"aria-current": "true"} if key == selection.operator else {}),
        )
        for key, name in choices
    ]
    return html.Details([html.Summary(current), html.Div(links, className="menu-list")], className="menu")


def operator_mark(snapshot: Snapshot, key: str | None, name: str) -> list[Any]:
    """An operator's name, with a mark in its colour where it has one."""
    colour = snapshot.coverage.operator_colours.get(key or "")
    return [html.I(className="operator-mark", style={"backgroundColor": colour}), name] if colour else [name]


def _current(yes: bool) -> Any:
    return attributes({"aria-current": "true"} if yes else {})


def legend(snapshot: Snapshot, selection: Selection, words: Words) -> list[Any]:
    """What colours and shapes mean; states are shape and colour and word. Nothing for a technology that nobody knows."""
    if not known_technology(snapshot, selection.technology):
        return []
    rows = []
    if "villages" in selection.layers:
        technology = technology_name(selection.technology, words)
        rows.append(_row(words, ("village", "covered"), ("village", "weak"), ("village", "none"), technology=technology))
    if "endpoints" in selection.layers:
        rows.append(_row(words, ("endpoint", "up"), ("endpoint", "down"), ("endpoint", "unknown")))
    if "centres" in selection.layers:
        rows.append(_row(words, ("centre", "centre")))
    rows.append(_row(words, ("area", "none")))
    classes = class_breaks(selection.technology)
    breaks = " · ".join(str(value) for value in classes)
    swatches = [html.I(className="swatch", **attributes({"data-class": str(i)})) for i in range(len(classes) + 1)]
    return [
        html.P(legend_title(snapshot, selection, words), className="legend-title"),
        html.Div(
            [html.Span(swatches, className="swatches"), html.Span(f"<{breaks} · 100 %", className="legend-breaks")],
            className="legend-scale",
        ),
        *rows,
    ]


def legend_title(snapshot: Snapshot, selection: Selection, words: Words) -> str:
    names = mapping(snapshot.coverage.operators, "key", "name")
    operator = names.get(selection.operator or "")
    title = words("legend.share", technology=technology_name(selection.technology, words))
    return f"{title} · {operator}" if operator else title


def technology_name(technology: str, words: Words) -> str:
    """As it is written inside a sentence: "băng rộng cố định", but "4G"."""
    name = words(f"technology.{technology}")
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def _row(words: Words, *entries: tuple[str, str], **values: str) -> html.Div:
    def item(kind: str, state: str) -> html.Span:
        symbol = html.I(className=f"symbol symbol-{kind}", **attributes({"data-state": state}))
        return html.Span([symbol, words(f"legend.{kind}_{state}", **values)], className="legend-item")

    return html.Div([item(kind, state) for kind, state in entries], className="legend-row")


def map_notes(snapshot: Snapshot, selection: Selection, words: Words) -> list[Any]:
    """The labels that stay as long as outlines are schematic and data are invented, and what else limits the picture."""
    notes = []
    if snapshot.as_of is not None:
        notes.append(html.Span(words("note.as_of", day=words.day(snapshot.as_of)), className="note note-day"))
    if known_technology(snapshot, selection.technology) and not in_service(snapshot, selection.technology):
        notes.append(html.Span(words("note.not_in_service", technology=words(f"technology.{selection.technology}")), className="note"))
    if is_schematic(snapshot.places, selection):
        notes.append(html.Span(words("note.schematic"), className="note note-schematic"))
    notes += [html.Span(text, className="note note-synthetic") for text in invented(_drawn(snapshot, selection), words)]
    return notes


def _drawn(snapshot: Snapshot, selection: Selection) -> Basis:
    """What the map draws, as rows: the words behind the areas' colours, and the places of the layers that are shown."""
    everywhere = np.ones(len(snapshot.places.villages), bool)
    technologies = COMBINED.get(selection.technology, (selection.technology,))
    sources = coverage_basis(snapshot, everywhere, technologies, selection.operator).sources
    for layer in selection.layers:
        places: pd.DataFrame = getattr(snapshot.places, layer)
        sources += (SourceShare(layer, len(places), snapshot.at, int(places["synthetic"].astype(bool).sum())),)
    return Basis(snapshot.at, sources)
