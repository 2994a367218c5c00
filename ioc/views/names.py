"""Names to settle as cards, one for each name as a feed writes it, and the decisions that were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from dash import html

from ioc.feeds_now import moment
from ioc.names_now import SHOWN, NamesNow
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.feeds import table
from store.frames import rows


def names_title(now: NamesNow, words: Words) -> html.Div:
    """How many names wait, and how many rows with them."""
    parts = [words("names.open", n=words.number(len(now.open)))]
    waiting = sum(now.waiting.get(str(id_), 0) for id_ in now.open["id"])
    if waiting:
        parts.append(words("names.rows", n=words.number(waiting)))
    return html.Div([html.H1(words("names.title")), html.P(" · ".join(parts), className="page-sub")], className="page-title")


def names_link(count: int, selection: Selection, words: Words) -> html.A:
    """The way to the names; with how many wait."""
    text = words("names.link_open", n=words.number(count)) if count else words("names.link")
    return html.A(text, href=f"/names{selection.query()}", className="btn" if count else "btn btn-quiet")


def nothing_open(words: Words) -> html.Div:
    return html.Div([html.H2(words("names.none_title")), html.P(words("names.none"))], className="empty")


def cards(now: NamesNow, words: Words, controls: Mapping[str, Sequence[Any]]) -> html.Div:
    """controls: what a person may press about a name, by review."""
    shown = [_card(row, now, words, controls.get(str(row.id), ())) for row in rows(now.open.head(SHOWN))]
    more = [html.P(words("names.more", n=words.number(SHOWN)), className="page-sub")] if len(now.open) > SHOWN else []
    return html.Div([*shown, *more], className="name-cards")


def _card(row: Any, now: NamesNow, words: Words, controls: Sequence[Any]) -> html.Article:
    where = [words("names.code", written=row.code)] if row.code and row.name else []
    where += [words("names.within", parent=row.parent)] if row.parent else []
    where += [words("names.a_word")] if row.what == "word" else []
    seen = {"first": _moment(row.first_seen_at, words), "last": _moment(row.last_seen_at, words)}
    times = "names.seen" if row.first_seen_at != row.last_seen_at else "names.seen_once"
    about = [now.title(str(row.feed), words.language), words("names.record_day", day=words.day(row.day))]
    about += [words("names.in_rows", n=words.number(now.waiting.get(str(row.id), 0))), words(times, **seen)]
    return html.Article(
        [
            html.Header(
                [
                    html.H2(row.name or row.code),
                    html.Span(" · ".join(where), className="name-where"),
                ],
                className="name-head",
            ),
            html.P(words(f"names.reason.{str(row.reason).removeprefix('row.')}"), className="name-reason"),
            html.P(" · ".join(about), className="name-about"),
            *controls,
        ],
        className="name-card",
        id=f"name-{row.id}",
    )


def candidate_text(candidate: Mapping[str, Any], words: Words) -> list[Any]:
    """A candidate's name and code; below it how much of the former unit went into it, where only a part did."""
    text: list[Any] = [html.Span(f"{candidate['name']} ({candidate['code']})")]
    share = candidate.get("share")
    if share is not None and share < 1:
        text.append(html.Small(words("names.share", share=words.number(100 * float(share)))))
    return text


# ── What was decided ─────────────────────────────────────────────────────────────────────────────────────────────────────


def decisions_table(now: NamesNow, words: Words, undo: Mapping[int, Any]) -> html.Section:
    """undo: the button that takes a decision back, by its id, for those that hold."""
    title = html.H2(words("names.history"))
    if now.decisions.empty:
        return html.Section([title, html.P(words("names.no_history"), className="empty")])
    heads = [words(f"names.column.{key}") for key in ("name", "meaning", "who", "at", "undo")]
    lines = [_decision(row, now, words, undo.get(int(row.id))) for row in rows(now.decisions)]
    return html.Section([title, table(heads, lines, "decisions-table")])


def _decision(row: Any, now: NamesNow, words: Words, undo: Any) -> list[Any]:
    written = " · ".join(part for part in (row.name, row.code, row.parent) if part)
    decision = "silent" if row.what == "word" and row.chosen_code == "" else row.decision
    meaning = words(f"names.decision.{decision}", name=_text(row.chosen_name), place=_text(row.chosen_code))
    return [
        [html.Span(written), html.Span(now.title(str(row.feed), words.language), className="sub")],
        meaning,
        str(row.decided_by),
        _moment(row.decided_at, words),
        [] if undo is None else undo,
    ]


def _moment(value: Any, words: Words) -> str:
    at: datetime | None = moment(value)
    return "–" if at is None else words.moment(at)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)
