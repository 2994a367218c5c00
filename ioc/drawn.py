"""Which rows of the register the map draws in a view, and so whether what is drawn is schematic.

A commune is drawn by its own outline. A district, former ones that group communes too, is drawn by its own imported outline, else by its
communes together, so that borders coincide. A province is drawn by its own imported outline and not at all without one.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from geo.units import OLD_TO
from ioc.selection import Selection
from ioc.snapshot import Places

OwnRows = dict[str, tuple[str, ...]]


def drawn_rows(places: Places) -> OwnRows:
    """By unit that is drawn: the codes of the rows whose outlines make its shape. A unit without an outline is not drawn."""
    units, lineage = places.units, places.lineage
    outlined = units[units["outlined"].astype(bool)]
    imported = set(outlined.index[~outlined["outline_schematic"].astype(bool)])
    drawn: OwnRows = {code: (code,) for code in outlined.index[outlined["level"] == "commune"]}
    of_district: dict[str, list[str]] = {}
    for code in drawn:
        of_district.setdefault(str(lineage.at[code, "district"]), []).append(code)
    for code in units.index[units["level"] == "district"]:
        members = of_district.get(code, [])
        if code in imported or (not members and code in outlined.index):
            drawn[code] = (code,)
        elif members:
            drawn[code] = tuple(members)
    return drawn | {code: (code,) for code in imported if units.at[code, "level"] == "province"}


def visible(places: Places, selection: Selection) -> set[str]:
    """The units whose outlines a view shows: while there were districts, communes only of the selected one; see `looks` in the map."""
    drawn = drawn_rows(places)
    district = _district_of(places, selection)
    whole = places.day > OLD_TO

    def is_shown(code: str) -> bool:
        if places.level[code] != "commune" or whole:
            return True
        return district is not None and bool(places.lineage.at[code, "district"] == district)

    return {code for code in drawn if is_shown(code)}


def is_schematic(places: Places, selection: Selection | None = None) -> bool:
    """Whether any outline that is drawn is schematic: in a view, or without one in any view of the day."""
    drawn = drawn_rows(places)
    shown: Iterable[str] = drawn if selection is None else visible(places, selection)
    flags = places.units["outline_schematic"]
    return any(bool(flags.at[row]) for code in shown for row in drawn[code])


def _district_of(places: Places, selection: Selection) -> str | None:
    """The district of what is selected: a unit's, or that of the selected place."""
    unit = selection.unit or _unit_of_place(places, selection)
    if unit is None or unit not in places.units.index:
        return None
    found = unit if places.level[unit] == "district" else places.lineage.at[unit, "district"]
    return found if isinstance(found, str) else None


def _unit_of_place(places: Places, selection: Selection) -> str | None:
    chosen: tuple[tuple[pd.DataFrame, str | None], ...] = (
        (places.villages, selection.village),
        (places.endpoints, selection.endpoint),
        (places.centres, selection.centre),
    )
    for frame, id_ in chosen:
        row = frame[frame["id"] == id_] if id_ else frame.iloc[:0]
        if len(row):
            return next((code for code in (row.iloc[0]["commune"], row.iloc[0]["district"]) if isinstance(code, str)), None)
    return None
