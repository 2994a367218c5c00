"""Connecting a new source: drop a file, see the feed that is proposed for it, correct it, save it."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from ioc.api.context import Context
from ioc.connecting import read_proposal
from ioc.parts import list_parts
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.connect import connect_title, drop_box, proposal_card, unknown_proposal

MAIN_PART = "page"
LIVE_PARTS = ("alerts",)  # the card is renewed by itself when the file was read, never while somebody chooses
ALWAYS_NOW = True
PATH = "/connect"


class ID:
    UPLOAD, SAID, BODY, SHOWN = "connect-upload", "connect-said", "connect-body", "connect-shown"
    KIND, AGAIN, SAVE, PERSON, ANSWER = "connect-kind", "connect-again", "connect-save", "connect-person", "connect-answer"
    COLUMN, VALUE = "connect-column", "connect-value"

    @staticmethod
    def column(number: int) -> dict[str, Any]:
        return {"type": ID.COLUMN, "n": number}

    @staticmethod
    def value(name: str) -> dict[str, Any]:
        return {"type": ID.VALUE, "name": name}


def parts(context: Context, selection: Selection) -> dict[str, Any]:
    words = Words(selection.language)
    snapshot = context.snapshots.get(selection.as_of, selection.known_at)
    return list_parts(snapshot, selection, words, page(context, selection, words))


def page(context: Context, selection: Selection, words: Words) -> list[Any]:
    now = read_proposal(context.snapshots.engine, selection.file)
    back = html.A(words("connect.back"), href=f"/feeds{selection.to(file=None).query()}", className="btn btn-quiet")
    return [
        html.Header([connect_title(words), back], className="page-head"),
        drop_box(words, ID.UPLOAD, small=now is not None),
        html.Div(id=ID.SAID, className="entry-answer", role="status"),
        html.Div(body(context, selection, words), id=ID.BODY),
        dcc.Store(id=ID.SHOWN, data="" if now is None else now.version),
    ]


def body(context: Context, selection: Selection, words: Words) -> list[Any]:
    """The proposal that the address names; nothing before a file is dropped."""
    now = read_proposal(context.snapshots.engine, selection.file)
    if now is None:
        return [unknown_proposal(words)] if selection.file else []
    return [proposal_card(now, selection, words, ID)]
