"""The map of a selection as one file to take along, and what a browser without WebGL is shown instead of the map."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.cube import NO_DATA, STATUS_WORDS
from geo.export import STATUSES, MapText, folium_map
from geo.simplify import PROVINCE_VIEW_DEG, simplify_together
from ioc import clock
from ioc.gaps import LISTED, Gaps, read_gaps
from ioc.gaps_filter import filtered
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.text import Words
from ioc.views.figure import invented
from ioc.views.gaps import operator_name, status_word
from ioc.views.gaps_grid import power_code

DETAIL_DEG = PROVINCE_VIEW_DEG / 4
FIELDS = ("commune", "people", "households", "grid_power", "distance_km", "nearest")


def map_file(snapshots: Snapshots, selection: Selection) -> tuple[Gaps, str]:
    """The selected unit's communes and all its villages by status, as a self-contained HTML document.

    Raises what `read_gaps` raises, and ExportError when the document would need another host.
    """
    words = Words(selection.language)
    gaps = filtered(read_gaps(snapshots, selection), selection, words)
    outlines = _outlines(snapshots, gaps)
    is_schematic = bool(outlines["outline_schematic"].astype(bool).any())
    return gaps, folium_map(outlines, _villages(gaps, words), _text(gaps, words, is_schematic=is_schematic))


def _outlines(snapshots: Snapshots, gaps: Gaps) -> gpd.GeoDataFrame:
    """The communes of the unit; the unit itself where none of them has an outline."""
    outlines, code = snapshots.outlines(gaps.snapshot), gaps.unit["code"]
    lineage = gaps.snapshot.places.lineage
    inside = lineage.index[lineage[gaps.unit["level"]] == code]
    communes = outlines[outlines["code"].isin(inside) & (outlines["level"] == "commune")]
    drawn = communes if len(communes) else outlines[outlines["code"] == code]
    tolerance = PROVINCE_VIEW_DEG if gaps.unit["level"] == "province" else DETAIL_DEG
    return drawn.set_geometry(simplify_together(drawn.geometry.to_numpy(), tolerance), crs=drawn.crs)


def _villages(gaps: Gaps, words: Words) -> pd.DataFrame:
    """Every village of the unit with what a technician asks about it, as text in the viewer's language."""
    places = gaps.snapshot.places
    inside = places.inside(places.villages, gaps.unit["code"])
    statuses = gaps.snapshot.coverage.cube.best(gaps.technology, gaps.operator)[inside]
    known = statuses if gaps.state == LISTED else np.full(len(statuses), NO_DATA)
    here = places.villages[inside]
    if gaps.filtered_by:
        shown = here["id"].isin(gaps.frame["id"]).to_numpy()
        here, known = here[shown], known[shown]
    details = gaps.frame.set_index("id").reindex(here["id"])
    return pd.DataFrame(
        {
            "id": here["id"].to_numpy(),
            "name": here["name"].to_numpy(),
            "lon": here["lon"].to_numpy(),
            "lat": here["lat"].to_numpy(),
            "status": [STATUS_WORDS[int(status)] for status in known],
            "commune": here["commune"].map(places.units["full_name"]).to_numpy(),
            "people": [_number(value, words) for value in here["population"]],
            "households": [_number(value, words) for value in here["households"]],
            "grid_power": [words(power_code(value)) for value in here["grid_power"]],
            "distance_km": [_number(value / 1000, words, 1) for value in details["distance_m"].astype(float)],
            "nearest": [value if isinstance(value, str) else "–" for value in details["nearest"]],
        }
    )


def _number(value: Any, words: Words, digits: int = 0) -> str:
    return "–" if pd.isna(value) else words.number(float(value), digits)


def _text(gaps: Gaps, words: Words, *, is_schematic: bool) -> MapText:
    technology, where = words(f"technology.{gaps.technology}"), str(gaps.unit["full_name"])
    count = words(
        "export.map_count",
        n=words.number(len(gaps.frame) if gaps.filtered_by else gaps.villages.numerator),
        d=words.number(gaps.villages.denominator),
    )
    about = [operator_name(gaps, words), count, words("note.as_of", day=words.day(gaps.snapshot.places.day))]
    if gaps.basis.source and gaps.basis.true_at:
        about.append(words("figure.source", source=gaps.basis.source))
        about.append(words("export.map_true_at", day=words.day(clock.local(gaps.basis.true_at).date())))
    notes = [] if gaps.snapshot.known_at is None else [words("known.bar", moment=words.moment(gaps.snapshot.known_at))]
    notes += [f"{words('export.filter')}: {gaps.filtered_by}"] if gaps.filtered_by else []
    notes += [words("note.schematic")] if is_schematic else []
    return MapText(
        language=words.language,
        title=words("export.map_title", technology=technology, where=where),
        subtitle=" · ".join(about),
        notes=[*notes, *invented(gaps.basis, words)],
        statuses={status: status_word(gaps, status, words) for status in STATUSES},
        fields={key: words(f"gaps.column.{key}") for key in FIELDS},
    )


def _count(gaps: Gaps, words: Words) -> str:
    without = len(gaps.frame) if gaps.filtered_by else gaps.villages.numerator
    return words("export.map_count", n=words.number(without), d=words.number(gaps.villages.denominator))
