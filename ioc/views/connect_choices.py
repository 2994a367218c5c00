"""What a person may correct of a proposed feed: the record kind, single values, and the field of each column."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ioc.connecting import ProposalNow
from ioc.text import TEXT, Words
from ioc.views.feeds import table

TYPED = ("title", "source", "speaks")
IN_DOUBT = {"coordinates": "crs", "encoding": "encoding"}
NUMBERS = ("vi", "en")


def choices_form(now: ProposalNow, words: Words, ids: Any) -> html.Section:
    """The choices as they stand; the button has the file read again by them."""
    cells = [_kind(now, words, ids), *_values(now, words, ids)]
    again = dbc.Button(words("connect.again"), id=ids.AGAIN, class_name="btn-quiet", disabled=now.waiting)
    return html.Section(
        [
            html.H3(words("connect.choices")),
            html.Div(cells, className="entry-cells"),
            _columns(now, words, ids),
            html.P(again),
        ]
    )


def _kind(now: ProposalNow, words: Words, ids: Any) -> html.Label:
    options = [{"label": kind_name(kind, words), "value": kind} for kind in now.answer["kinds"]]
    return _cell(words("connect.kind"), dbc.Select(id=ids.KIND, options=options, value=now.answer["kind"], class_name="input"))


def _values(now: ProposalNow, words: Words, ids: Any) -> list[html.Label]:
    """The values that every feed has, and those that this file leaves open."""
    values, choices = now.answer["values"] or {}, now.answer["choices"] or {}
    cells = [_typed(name, values.get(name), words, ids) for name in TYPED]
    if "operator" in values:
        options = [{"label": f"{name} ({key})", "value": key} for key, name in choices.get("operator", ())]
        said = (now.said.get("values") or {}).get("operator")
        box = dbc.Select(id=ids.value("operator"), options=options, value=said, placeholder=words("connect.choose"), class_name="input")
        cells.append(_cell(words("connect.value.operator"), box))
    asked = {IN_DOUBT[code] for code, _, _ in now.answer["doubts"] if code in IN_DOUBT}
    cells += [_typed(name, values.get(name), words, ids) for name in ("crs", "encoding") if name in asked or name in values]
    if "numbers" in values or any(code == "number_form" for code, _, _ in now.answer["doubts"]):
        options = [
            {"label": words("connect.choose"), "value": ""},
            *({"label": words(f"connect.numbers.{key}"), "value": key} for key in NUMBERS),
        ]
        box = dbc.Select(id=ids.value("numbers"), options=options, value=values.get("numbers", ""), class_name="input")
        cells.append(_cell(words("connect.value.numbers"), box))
    return cells


def _typed(name: str, value: Any, words: Words, ids: Any) -> html.Label:
    box = dcc.Input(id=ids.value(name), type="text", className="input", value=str(value or ""), maxLength=120, autoComplete="off")
    return _cell(words(f"connect.value.{name}"), box)


def _cell(label: str, box: Any) -> html.Label:
    return html.Label([html.Span(label, className="entry-label"), box], className="entry-cell")


def _columns(now: ProposalNow, words: Words, ids: Any) -> html.Div:
    """Each column of the file with its first cells and the field that it holds."""
    fields = [{"label": words("connect.unused"), "value": ""}]
    fields += [
        {"label": field_name(name, header, words) + (" *" if needed else ""), "value": name}
        for name, header, needed in now.answer["fields"]
    ]
    lines = [
        [header, " · ".join(cells), _chosen(number, header, taken_for, fields, words, ids)]
        for number, (header, cells, taken_for) in enumerate(now.answer["columns"])
    ]
    return table([words(f"connect.column.{key}") for key in ("header", "cells", "field")], lines, "connect-columns")


def _chosen(number: int, header: str, taken_for: str, fields: list[dict[str, str]], words: Words, ids: Any) -> html.Label:
    box = dbc.Select(id=ids.column(number), options=fields, value=taken_for, class_name="input")
    return html.Label([html.Span(words("connect.field_of", header=header), className="visually-hidden"), box])


def field_name(name: str, header: str, words: Words) -> str:
    """The field in words; the header that people know it by where the catalogue has none."""
    code = f"entry_field.{name}"
    return words(code) if code in TEXT.keys(words.language) else header


def kind_name(kind: str, words: Words) -> str:
    """A record kind in words; its key where the catalogue has none."""
    code = f"record_kind.{kind}"
    return words(code) if code in TEXT.keys(words.language) else kind
