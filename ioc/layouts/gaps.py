"""The technician's list: villages of an area that a technology does not cover."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from ioc.api.context import Context
from ioc.gaps import Gaps, UnknownOperatorError, UnknownTechnologyError, read_gaps
from ioc.gaps_filter import filtered
from ioc.parts import list_parts
from ioc.selection import Selection
from ioc.summary import UnknownUnitError
from ioc.text import Words
from ioc.views.controls import operator_menu, technology_chips
from ioc.views.crumbs import crumbs
from ioc.views.gaps import area_menus, downloads, gaps_figures, gaps_title, nothing_listed, unknown_key, unknown_unit
from ioc.views.gaps_grid import gaps_grid, grid_rows

MAIN_PART = "page"
LIVE_PARTS = ("alerts",)  # the list itself keeps its scroll, order and filters: only its rows are renewed
OF_A_DAY = True  # what a day that is over was like
LIST_LAYERS = ("coverage", "villages", "units")
PATH = "/gaps"


class ID:
    GRID, FIGURES, NOTHING, FIND, SHOWN = "gaps-grid", "gaps-figures", "gaps-nothing", "gaps-find", "gaps-shown"
    QUERY = "gaps-query"


def parts(context: Context, selection: Selection) -> dict[str, Any]:
    words = Words(selection.language)
    snapshot = context.snapshots.get(selection.as_of, selection.known_at)
    way = crumbs(snapshot, selection, words, PATH)
    return list_parts(snapshot, selection, words, page(context, selection, words), crumbs=way)


def page(context: Context, selection: Selection, words: Words) -> list[Any]:
    """The list, or why there is none and what to do about it."""
    try:
        shown = data_version(context)
        return gaps_page(read_gaps(context.snapshots, selection), selection, words, shown)
    except UnknownUnitError:
        return unknown_unit(context.snapshots.get(selection.as_of, selection.known_at), selection, words, PATH)
    except (UnknownTechnologyError, UnknownOperatorError) as error:
        return unknown_key(error, selection, words, PATH)


def gaps_page(gaps: Gaps, selection: Selection, words: Words, shown: str) -> list[Any]:
    """shown: which data these are, see `data_version`."""
    return [
        html.Header([gaps_title(gaps, words), downloads(selection, words)], className="page-head"),
        html.Div(
            [
                technology_chips(gaps.snapshot, selection, words, PATH),
                operator_menu(gaps.snapshot, selection, words, PATH),
                *area_menus(gaps, selection, words, PATH),
                find_box(selection, words),
            ],
            className="page-tools",
        ),
        html.Div(gaps_figures(filtered(gaps, selection, words), words), id=ID.FIGURES, className="gaps-figures"),
        html.Div(nothing_listed(gaps, selection, words, PATH), id=ID.NOTHING, className="gaps-nothing"),
        gaps_grid(ID.GRID, gaps, selection, words),
        dcc.Store(id=ID.SHOWN, data=shown),
        dcc.Store(id=ID.QUERY, data=selection.query()),
    ]


def data_version(context: Context) -> str:
    """Changes when the list may have changed; the browser makes the same from the live layers."""
    versions = context.snapshots.versions()
    return " ".join(str(versions.get(layer, 0)) for layer in LIST_LAYERS)


def refreshed(context: Context, selection: Selection) -> tuple[list[dict[str, Any]], list[Any], list[Any]]:
    """Rows, figures and reason for an open list when its data have changed."""
    words = Words(selection.language)
    gaps = read_gaps(context.snapshots, selection)
    figures = gaps_figures(filtered(gaps, selection, words), words)
    return grid_rows(gaps, selection, words), figures, nothing_listed(gaps, selection, words, PATH)


def find_box(selection: Selection, words: Words) -> html.Div:
    box = dcc.Input(
        id=ID.FIND, type="search", debounce=0.15, autoComplete="off", className="input", placeholder=words("gaps.find"),
        value=selection.find or "",
    )  # fmt: skip
    return html.Div(box, className="gaps-find", role="search")
