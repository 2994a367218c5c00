"""The form of a feed that people enter: rows of fields, the sheet as another way, and who enters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ioc.entry import Choices, EntryNow
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.entry_words import EXAMPLES, field_choices, field_label
from ioc.views.icon import icon
from store.manual import Form, FormField

NUMBERS = ("whole", "number")


def entry_title(now: EntryNow, words: Words) -> html.Div:
    return html.Div([html.H1(words("entry.title")), html.P(words("entry.about"), className="page-sub")], className="page-title")


def feed_chips(now: EntryNow, selection: Selection, words: Words, path: str) -> html.Div:
    """The feeds that take entries, as links; nothing to choose where there is one."""
    chosen = now.form.feed if now.form else None
    chips = [
        html.A(
            title_of(now, feed, words),
            href=path + selection.to(feed=feed).query(),
            className="chip",
            role="button",
            **attributes({"aria-pressed": "true" if feed == chosen else "false"}),
        )
        for feed in now.forms
    ]
    return html.Div(chips, className="chips", role="group", **attributes({"aria-label": words("entry.feeds")}))


def title_of(now: EntryNow, feed: str, words: Words) -> str:
    return now.titles.get(feed, (feed, feed))[words.language == "en"]


def no_form(now: EntryNow, selection: Selection, words: Words) -> html.Div:
    """Nobody has declared a feed for entries, or not the one that was asked for."""
    if selection.feed and now.forms:
        return html.Div([html.H2(words("entry.unknown_title")), html.P(words("entry.unknown", key=selection.feed))], className="empty")
    return html.Div([html.H2(words("entry.none_title")), html.P(words("entry.none")), html.Code('connector = "manual"')], className="empty")


def datalists(form: Form, choices: Choices) -> list[Any]:
    """What the browser offers while somebody types the key of a place."""
    offered = [(field, choices.get(field.name, ())) for field in form.fields]
    return [
        html.Datalist([html.Option(value=value, label=name) for value, name in places], id=f"entry-{field.name}")
        for field, places in offered
        if places
    ]


def row_fields(form: Form, choices: Choices, number: int, words: Words, cell_id: Any) -> html.Fieldset:
    """One row of the form. cell_id(row, field) → the id of an input."""
    cells = [_cell(field, choices, cell_id(number, field.name), words) for field in form.fields]
    legend = html.Legend(words("entry.row", n=words.number(number)))
    return html.Fieldset([legend, html.Div(cells, className="entry-cells")], className="entry-row")


def _cell(field: FormField, choices: Choices, id_: Any, words: Words) -> html.Label:
    needed: list[Any] = [html.Span("*", className="entry-needed", title=words("entry.required"))] if field.required else []
    label = html.Span([field_label(field, words), *needed], className="entry-label")
    return html.Label([label, _input(field, choices, id_, words)], className="entry-cell")


def _input(field: FormField, choices: Choices, id_: Any, words: Words) -> Any:
    options = field_choices(field, choices)
    if field.choices:
        chosen = [{"label": "–", "value": ""}, *({"label": name, "value": value} for value, name in options)]
        return dbc.Select(id=id_, options=chosen, value="", class_name="input")
    more: dict[str, Any] = {"type": "number", "min": 0, "step": "any"} if field.type in NUMBERS else {"type": "text"}
    if options:
        more["list"] = f"entry-{field.name}"
    return dcc.Input(id=id_, className="input", autoComplete="off", placeholder=EXAMPLES.get(field.type, ""), **more)


def sheet_box(now: EntryNow, selection: Selection, words: Words, upload_id: str) -> html.Section:
    """The template to take, and where to drop it when it is filled in."""
    assert now.form is not None
    link = html.A(
        [icon("file-earmark-spreadsheet"), html.Span(words("entry.template"))],
        href=f"/export/entry.xlsx{selection.to(feed=now.form.feed).query()}",
        className="btn btn-quiet",
        download="",
    )
    limit = words("entry.drop_limit", mb=words.number(now.form.max_bytes / 1_000_000))
    drop = dcc.Upload(
        html.Div([html.Span(words("entry.drop")), html.Span(limit, className="sub")]),
        id=upload_id,
        className="entry-drop",
        max_size=40_000_000,
        multiple=False,
    )
    return html.Section([html.H2(words("entry.sheet")), html.P(words("entry.sheet_about")), html.P(link), drop], className="entry-sheet")


def name_input(id_: Any, label: str, placeholder: str, *, kept: bool = False) -> html.Label:
    """A person's name. kept: the browser remembers it for the next entry of the same sitting."""
    more: dict[str, Any] = {"persistence": True, "persistence_type": "session"} if kept else {}
    box = dcc.Input(id=id_, type="text", className="input", autoComplete="name", placeholder=placeholder, maxLength=80, **more)
    return html.Label([html.Span(label, className="entry-label"), box], className="entry-cell")


def said(text: str, good: bool) -> html.Span:
    return html.Span(text, className="entry-said", **attributes({"data-state": "fresh" if good else "stale"}))


def form_section(parts: Sequence[Any], words: Words) -> html.Section:
    return html.Section([html.H2(words("entry.form")), *parts], className="entry-form")
