"""Where we are: country › province › (former) district › commune › village, each a link."""

from __future__ import annotations

from dash import html

from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words
from ioc.views.attributes import attributes

LONG = 28  # characters of a place's name beside which a phone has no room for the unit's


def crumbs(snapshot: Snapshot, selection: Selection, words: Words, path: str = "/map") -> html.Ol:
    trail = [(code, str(snapshot.places.units.at[code, "full_name"])) for code in ancestors(snapshot, selection.unit)]
    items = [html.Li(html.A(name, href=path + selection.to(unit=_code(code, snapshot)).query())) for code, name in trail]
    place = place_name(snapshot, selection)
    if place:
        items.append(html.Li(html.Span(place, **attributes({"aria-current": "location"}))))
    elif items:
        items[-1] = html.Li(html.Span(trail[-1][1], **attributes({"aria-current": "location"})))
    if path == "/map" and not place and len(trail) < 3:
        hint = "crumbs.choose_unit" if len(trail) < 2 and has_districts(snapshot) else "crumbs.choose_commune"
        items.append(html.Li(html.Span(words(hint), className="crumb-hint")))
    return html.Ol(items, **(attributes({"data-long": ""}) if place and len(place) > LONG else {}))


def has_districts(snapshot: Snapshot) -> bool:
    children = snapshot.places.children(snapshot.places.province)
    return bool((children["level"] == "district").any())


def ancestors(snapshot: Snapshot, unit: str | None) -> list[str]:
    """Codes from the province down to the unit; the province alone for an unknown one."""
    lineage = snapshot.places.lineage
    if unit is None or unit not in lineage.index:
        return [snapshot.places.province]
    row = lineage.loc[unit]
    codes = [row["province"], row["district"], row["commune"]]
    return [code for code in codes if isinstance(code, str) and code in snapshot.places.units.index]


def place_name(snapshot: Snapshot, selection: Selection) -> str | None:
    places = snapshot.places
    for frame, chosen in (
        (places.villages, selection.village),
        (places.endpoints, selection.endpoint),
        (places.centres, selection.centre),
    ):
        if chosen:
            names = frame.loc[frame["id"] == chosen, "name"]
            if len(names):
                return str(names.iloc[0])
    return None


def _code(code: str, snapshot: Snapshot) -> str | None:
    return None if code == snapshot.places.province else code
