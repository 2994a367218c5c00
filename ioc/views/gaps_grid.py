"""The list itself as an AG Grid: its columns, its rows as plain dicts, and the grid's own words in the page's language.

The grid's theme reads the `--ag-…` variables of its container, so that a switch of theme needs no other grid.
"""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
import pandas as pd

from geo.names import search_key
from ioc.gaps import Gaps
from ioc.list_filter import read_where
from ioc.selection import DEFAULT_LAYERS, Selection
from ioc.text import TEXT, Words
from ioc.views.gaps import districts_are_former, status_word
from store.frames import rows

LOCALE = "grid."
COLUMN = {
    "sortable": True, "filter": True, "resizable": True, "suppressMovable": True,
    "flex": 1, "minWidth": 104, "wrapHeaderText": True, "autoHeaderHeight": True,
}  # fmt: skip


def gaps_grid(id_: str, gaps: Gaps, selection: Selection, words: Words) -> dag.AgGrid:
    """gaps: all rows; the grid filters them itself, by what the selection says."""
    return dag.AgGrid(
        id=id_,
        className="ag-theme-ioc gaps-grid",
        columnDefs=columns(gaps, words),
        rowData=grid_rows(gaps, selection, words),
        getRowId="params.data.id",
        defaultColDef=COLUMN,
        dashGridOptions=grid_options(words) | {"quickFilterText": search_key(selection.find or "")},
        filterModel=read_where(selection.where),
        eventListeners={"cellKeyDown": ["followLink(params)"]},
        style={"height": None},
    )


def grid_options(words: Words) -> dict[str, Any]:
    return {
        "localeText": {
            key.removeprefix(LOCALE): TEXT.text(words.language, key) for key in sorted(TEXT.keys("vi")) if key.startswith(LOCALE)
        },
        "animateRows": False,
        "enableCellTextSelection": True,
        "ensureDomOrder": True,
        "includeHiddenColumnsInQuickFilter": True,
        "columnMenu": "new",
        "tooltipShowDelay": 400,
    }


def columns(gaps: Gaps, words: Words) -> list[dict[str, Any]]:
    """Column definitions; every value is plain (numbers, ISO days, words), written in the page's language by a formatter."""
    name_filter: dict[str, Any] = {
        "filterParams": {"textFormatter": {"function": "plainText(params)"}},
        "comparator": {"function": "compareText"},
    }
    at_least = {"defaultOption": "greaterThanOrEqual"}
    number: dict[str, Any] = {"filter": "agNumberColumnFilter", "type": "rightAligned", "filterParams": at_least}
    count = number | {"valueFormatter": {"function": "countText(params.value)"}}
    former = words("gaps.column.former_district" if districts_are_former(gaps.snapshot) else "gaps.column.district")

    def column(field: str, header: str | None = None, **more: Any) -> dict[str, Any]:
        quiet = {"getQuickFilterText": {"function": "''"}}  # the box looks through `search` alone
        return {**quiet, "field": field, "headerName": header or words(f"gaps.column.{field}"), **more}

    def name(field: str, header: str | None = None, **more: Any) -> dict[str, Any]:
        return column(field, header, tooltipField=field, **name_filter, **more)

    return [
        name("name", flex=1.1, cellRenderer="PlaceLink", minWidth=140, cellClassRules=status_classes(gaps, words)),
        name("commune", minWidth=180, flex=1.25),
        name("district", former, minWidth=216, flex=1.5),
        name("status", minWidth=124, cellClassRules=status_classes(gaps, words)),
        column("people", minWidth=116, flex=0.9, sort="desc", **count),
        column("households", minWidth=132, **count),
        name("grid_power", minWidth=100),
        column("distance_km", minWidth=132, **number | {"valueFormatter": {"function": "kilometresText(params.value)"}}),
        name("nearest", minWidth=140, flex=1.1),
        {"field": "search", "hide": True},
    ]  # fmt: skip


def status_classes(gaps: Gaps, words: Words) -> dict[str, str]:
    return {f"gap-{status}": f"params.data.status == '{status_word(gaps, status, words)}'" for status in ("weak", "none")}


def grid_rows(gaps: Gaps, selection: Selection, words: Words) -> list[dict[str, Any]]:
    """One plain dict for each village; a missing value is None. `search` holds what the quick filter looks through, without accents."""
    shown = selection if "villages" in selection.layers else selection.to(layers=DEFAULT_LAYERS)
    status_words = {status: status_word(gaps, status, words) for status in ("weak", "none")}
    return [_row(row, shown, status_words[row.status], words) for row in rows(gaps.frame)]


def _row(row: Any, selection: Selection, status: str, words: Words) -> dict[str, Any]:
    power = words(power_code(row.grid_power))
    named = (row.id, row.name, _text(row.commune), _text(row.district), status)
    return {
        "id": row.id,
        "name": row.name,
        "commune": _text(row.commune),
        "district": _text(row.district),
        "status": status,
        "people": _count(row.people),
        "households": _count(row.households),
        "grid_power": power,
        "distance_km": None if pd.isna(row.distance_m) else round(row.distance_m / 1000, 1),
        "nearest": _text(row.nearest),
        "href": "/map" + selection.to(village=row.id, endpoint=None, centre=None).query(),
        "search": search_key(" ".join(part for part in (*named, *_written(row, power, words)) if part)),
    }


def _written(row: Any, power: str, words: Words) -> list[str]:
    """The other cells as the row shows them."""
    counts = [words.number(int(value)) for value in (row.people, row.households) if not pd.isna(value)]
    far = [] if pd.isna(row.distance_m) else [words.number(round(row.distance_m / 1000, 1), 1)]
    return [*counts, power, *far, _text(row.nearest) or ""]


def power_code(value: Any) -> str:
    return "village.unknown" if value is None or pd.isna(value) else "village.yes" if value else "village.no"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
