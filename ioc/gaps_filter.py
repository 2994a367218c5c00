"""The gaps that a filtered list shows: the same rows on the page, in its files and on the map that is taken along."""

from __future__ import annotations

from dataclasses import replace

from ioc.gaps import Gaps
from ioc.list_filter import passes, read_where
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.gaps_grid import grid_rows


def is_filtered(selection: Selection) -> bool:
    return bool(selection.find or read_where(selection.where))


def filtered(gaps: Gaps, selection: Selection, words: Words) -> Gaps:
    """The gaps with only the rows that the selection's filters show; the shares stay those of the whole area."""
    if not is_filtered(selection):
        return gaps
    where = read_where(selection.where)
    shown = [passes(row, selection.find, where) for row in grid_rows(gaps, selection, words)]
    return replace(gaps, frame=gaps.frame[shown].reset_index(drop=True), filtered_by=filter_words(selection, words), listed=len(shown))


def filter_words(selection: Selection, words: Words) -> str:
    """What is filtered by, for people: the words looked for, and the columns that have a filter of their own."""
    columns = [words(f"gaps.column.{column}") for column in read_where(selection.where) if column in FILTERABLE]
    parts = [f"“{selection.find}”"] if selection.find else []
    return " · ".join([*parts, *([words("gaps.filter_columns", columns=", ".join(columns))] if columns else [])])


FILTERABLE = ("name", "commune", "district", "status", "people", "households", "grid_power", "distance_km", "nearest")
