"""Entering figures: choose a feed, fill in its form or hand over its sheet, and sign what others entered."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ioc.api.context import Context
from ioc.entry import EntryNow, read_entry
from ioc.parts import list_parts
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.entries import entries_list
from ioc.views.entry import datalists, entry_title, feed_chips, form_section, name_input, no_form, row_fields, sheet_box

MAIN_PART = "page"
LIVE_PARTS = ("alerts",)  # the form keeps what is typed; the list of entries is renewed by itself
ALWAYS_NOW = True  # nobody enters figures in the past
PATH = "/entry"


class ID:
    ROWS, ADD, AUTHOR, SUBMIT, SAID, UPLOAD, LIST, SHOWN = (
        "entry-rows", "entry-add", "entry-author", "entry-submit", "entry-said", "entry-upload", "entry-list", "entry-shown",
    )  # fmt: skip
    CELL, CONTROL = "entry-cell", "entry-control"

    @staticmethod
    def cell(row: int, field: str) -> dict[str, Any]:
        return {"type": ID.CELL, "row": row, "field": field}

    @staticmethod
    def control(part: str, entry: int) -> dict[str, Any]:
        return {"type": ID.CONTROL, "part": part, "entry": entry}


def parts(context: Context, selection: Selection) -> dict[str, Any]:
    words = Words(selection.language)
    snapshot = context.snapshots.get(selection.as_of, selection.known_at)
    return list_parts(snapshot, selection, words, page(context, selection, words))


def page(context: Context, selection: Selection, words: Words) -> list[Any]:
    """The form and the entries of one feed, or why there is none."""
    now = read_entry(context.snapshots.engine, selection.feed)
    head = html.Header(entry_title(now, words), className="page-head")
    tools = html.Div(feed_chips(now, selection, words, PATH), className="page-tools")
    if now.form is None:
        return [head, tools, no_form(now, selection, words)]
    return [
        head,
        tools,
        *datalists(now.form, now.choices),
        html.Div([_form(now, words), sheet_box(now, selection, words, ID.UPLOAD)], className="entry-ways"),
        html.Section(
            [html.H2(words("entry.entries")), html.Div(listed(now, words), id=ID.LIST, className="entry-list")], className="entry-done"
        ),
        dcc.Store(id=ID.SHOWN, data=now.version),
    ]


def _form(now: EntryNow, words: Words) -> html.Section:
    submit = dbc.Button(words("entry.submit"), id=ID.SUBMIT)
    add = dbc.Button(words("entry.add_row"), id=ID.ADD, class_name="btn-quiet")
    author = name_input(ID.AUTHOR, words("entry.author"), words("entry.name_hint"), kept=True)
    return form_section(
        [
            html.Div(rows(now, words), id=ID.ROWS, className="entry-rows"),
            html.Div([author, add, submit], className="entry-submit"),
            html.Div(id=ID.SAID, className="entry-answer", role="status"),
        ],
        words,
    )


def rows(now: EntryNow, words: Words, first: int = 1) -> list[Any]:
    """One empty row of the form; `first` is its number."""
    assert now.form is not None
    return [row_fields(now.form, now.choices, first, words, ID.cell)]


def listed(now: EntryNow, words: Words) -> list[Any]:
    return entries_list(now, words, ID.control)
