"""Names that no unit or village could be told from: a person chooses, once for a name, and the rows that wait go through."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ioc.api.context import Context
from ioc.names_now import SHOWN, NamesNow, read_names
from ioc.parts import list_parts
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.names import candidate_text, cards, decisions_table, names_title, nothing_open
from store.frames import rows

MAIN_PART = "page"
LIVE_PARTS = ("alerts",)
ALWAYS_NOW = True  # nobody settles a name in the past
PATH = "/names"


class ID:
    BY, BODY, SHOWN = "names-by", "names-body", "names-shown"
    CHOOSE, OTHER, TYPED, NONE, SAID, UNDO, UNDONE = (
        "choose-name", "other-name", "typed-name", "no-name", "said-name", "undo-name", "undone-name",
    )  # fmt: skip

    @staticmethod
    def of(kind: str, review: str) -> dict[str, str]:
        return {"type": kind, "review": review}

    @staticmethod
    def choose(review: str, code: str) -> dict[str, str]:
        return {"type": ID.CHOOSE, "review": review, "code": code}


def parts(context: Context, selection: Selection) -> dict[str, Any]:
    words = Words(selection.language)
    snapshot = context.snapshots.get(selection.as_of)
    return list_parts(snapshot, selection, words, page(context, selection, words))


def page(context: Context, selection: Selection, words: Words) -> list[Any]:
    """Names are shown as they are now, whatever day the other pages show."""
    return [dcc.Store(id=ID.SHOWN), html.Div(body(context, selection, words), id=ID.BODY)]


def body(context: Context, selection: Selection, words: Words) -> list[Any]:
    """What follows the names as they change, and nothing else, so that nobody is disturbed who types."""
    now = read_names(context.snapshots.engine)
    back = html.A(words("names.back"), href=f"/feeds{selection.query()}", className="btn btn-quiet")
    head = html.Header([names_title(now, words), _who(words), back], className="page-head")
    lists = [nothing_open(words)] if now.open.empty else [*_lists(now), _cards(now, words)]
    return [head, *lists, decisions_table(now, words, {id_: _undo(review, words) for review, id_ in now.standing.items()})]


def _cards(now: NamesNow, words: Words) -> html.Div:
    return cards(now, words, {str(row.id): _controls(row, words) for row in rows(now.open.head(SHOWN))})


def _undo(review: str, words: Words) -> list[Any]:
    said = html.Span(id=ID.of(ID.UNDONE, review), className="asked", role="status")
    return [dbc.Button(words("names.undo"), id=ID.of(ID.UNDO, review), class_name="btn-quiet"), said]


def _who(words: Words) -> html.Label:
    """Who decides; the browser remembers it."""
    field: Any = {"persistence": "names", "persistence_type": "local"}
    given = dcc.Input(
        id=ID.BY, type="text", className="input", placeholder=words("names.by_placeholder"), maxLength=80, debounce=False, **field
    )
    return html.Label([html.Span(words("names.by")), given], className="names-by")


def _lists(now: NamesNow) -> list[Any]:
    return [html.Datalist([html.Option(value=place) for place in places], id=f"places-{key}") for key, places in now.places.items()]


def _word_controls(review: str, buttons: list[Any], words: Words) -> list[Any]:
    """A word means one of the answers, or nothing."""
    nothing = dbc.Button(words("names.no_word"), id=ID.of(ID.NONE, review), class_name="btn-quiet")
    hidden = [
        dcc.Input(id=ID.of(ID.TYPED, review), type="hidden", value=""),
        dbc.Button("", id=ID.of(ID.OTHER, review), style={"display": "none"}),
    ]
    group = attributes({"aria-label": words("names.candidates")})
    said = html.P(id=ID.of(ID.SAID, review), className="asked", role="status")
    return [html.Div([*buttons, nothing, *hidden], className="candidates", role="group", **group), said]


def _controls(row: Any, words: Words) -> list[Any]:
    review, candidates = str(row.id), list(row.candidates)
    buttons = [
        dbc.Button(candidate_text(candidate, words), id=ID.choose(review, str(candidate["code"])), class_name="btn-quiet candidate")
        for candidate in candidates
    ]
    known: Any = {"persistence": review, "persistence_type": "memory"}
    known |= {"list": f"places-{row.structure}"} if row.what == "unit" else {}
    if row.what == "word":
        return _word_controls(review, buttons, words)
    other = words("names.other_village" if row.what == "village" else "names.other")
    field = dcc.Input(
        id=ID.of(ID.TYPED, review), type="text", className="input", placeholder=other, maxLength=120, debounce=False, value="", **known
    )
    return [
        html.Div(buttons, className="candidates", role="group", **attributes({"aria-label": words("names.candidates")}))
        if buttons
        else html.P(words("names.no_candidates"), className="name-about"),
        html.Div(
            [
                field,
                dbc.Button(words("names.choose"), id=ID.of(ID.OTHER, review), class_name="btn-quiet"),
                dbc.Button(words("names.no_unit"), id=ID.of(ID.NONE, review), class_name="btn-quiet"),
            ],
            className="name-other",
        ),
        html.P(id=ID.of(ID.SAID, review), className="asked", role="status"),
    ]
