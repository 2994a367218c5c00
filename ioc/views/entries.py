"""Entries and where they stand: checked, to be signed, taken, with every row that cannot be taken and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
from dash import dcc, html

from ioc.entry import EntryNow
from ioc.feeds_now import moment
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.entry import name_input
from ioc.views.feeds import counts_text, error_text, table

STATES = {"submitted": "late", "signed": "late", "taken": "fresh", "rejected": "stale"}
SAMPLE_COLUMNS = 14
Id = Callable[[str, int], dict[str, Any]]


def entries_list(now: EntryNow, words: Words, id_: Id) -> list[Any]:
    """The newest entries of the chosen feed. id_(part, entry) → the id of a control."""
    if now.entries.empty:
        return [html.P(words("entry.no_entries"), className="empty")]
    return [_entry(entry, now, words, id_) for _, entry in now.entries.iterrows()]


def _entry(entry: pd.Series, now: EntryNow, words: Words, id_: Id) -> html.Article:
    state = str(entry["state"])
    preview = entry["preview"] if isinstance(entry["preview"], Mapping) else None
    parts = [_head(entry, words), html.P(_people(entry, words), className="sub")]
    if preview is not None:
        parts += _checked(preview, entry, words)
    elif state == "submitted":
        parts.append(html.P(words("entry.checking"), className="sub"))
    if state == "submitted" and preview is not None:
        parts.append(_to_sign(int(entry["id"]), bool(preview["good"]), words, id_))
    parts += _outcome(entry, now, words)
    return html.Article(parts, className="entry", **attributes({"data-entry": str(entry["id"]), "data-state": state}))


def _head(entry: pd.Series, words: Words) -> html.Header:
    badge = html.Span(words(f"entry_state.{entry['state']}"), className="badge", **attributes({"data-state": STATES[str(entry["state"])]}))
    file = [html.Span(str(entry["file_name"]), className="item")] if isinstance(entry["file_name"], str) else []
    return html.Header([html.H3(words("entry.number", n=entry["id"])), badge, *file], className="entry-head")


def _people(entry: pd.Series, words: Words) -> str:
    said = [words("entry.entered", name=entry["author"], at=_at(entry["entered_at"], words))]
    if isinstance(entry["signer"], str):
        at = moment(entry["signed_at"]) or moment(entry["settled_at"])
        code = "entry.signed" if moment(entry["signed_at"]) else "entry.sent_back"
        said.append(words(code, name=entry["signer"], at=_at(at, words)))
    return " · ".join(said)


def _at(value: Any, words: Words) -> str:
    at = moment(value)
    return "" if at is None else words.moment(at)


def _checked(preview: Mapping[str, Any], entry: pd.Series, words: Words) -> list[Any]:
    """What the worker read: how many rows are usable, what is wrong with the others, and the rows themselves."""
    if preview["error"]:
        code, values = preview["error"]
        return [html.P(words(code, **values), className="reason run-error")]
    good, rows = int(preview["good"]), int(preview["rows"])
    counted = words("entry.usable", good=words.number(good), rows=words.number(rows))
    problems = [
        html.Li([html.B(words("entry.row", n=words.number(number))), " ", words(code, **values)])
        for number, code, values in (preview["problems"] if pd.isna(entry["run_id"]) else ())  # the run says its own
    ]
    listed: list[Any] = [html.Ul(problems, className="entry-problems")] if problems else []
    return [html.P(counted, className="entry-counts"), *listed, _sample(preview, words)]


def _sample(preview: Mapping[str, Any], words: Words) -> html.Details:
    columns = list(preview["columns"])[:SAMPLE_COLUMNS]
    rows = [["" if row.get(column) is None else str(row[column]) for column in columns] for row in preview["sample"]]
    summary = html.Summary(words("entry.look", n=words.number(len(rows))))
    return html.Details([summary, table(columns, rows, "entry-sample")], className="entry-look")


def _to_sign(entry_id: int, usable: bool, words: Words, id_: Id) -> html.Div:
    reason = dcc.Input(id=id_("note", entry_id), type="text", className="input", maxLength=500, placeholder=words("entry.note"))
    return html.Div(
        [
            name_input(id_("signer", entry_id), words("entry.signer"), words("entry.name_hint")),
            dbc.Button(words("entry.sign"), id=id_("sign", entry_id), disabled=not usable),
            html.Label([html.Span(words("entry.note_label"), className="entry-label"), reason], className="entry-cell"),
            dbc.Button(words("entry.send_back"), id=id_("back", entry_id), class_name="btn-quiet"),
            html.Div(id=id_("said", entry_id), className="entry-answer", role="status"),
        ],
        className="entry-sign",
    )


def _outcome(entry: pd.Series, now: EntryNow, words: Words) -> list[Any]:
    """What the run did with a signed entry, or why it was sent back."""
    if isinstance(entry["note"], str):
        return [html.P(words("entry.because", note=entry["note"]), className="reason")]
    if entry["state"] == "signed":
        return [html.P(words("entry.taking"), className="sub")]
    if pd.isna(entry["run_id"]):
        return []
    lines: list[Any] = [html.P(words("entry.outcome", counts=counts_text(entry, words)), className="entry-counts")]
    reason = error_text(entry["error_code"], entry["error_args"], words)
    if reason:
        lines.append(html.P(reason, className="reason run-error"))
    return lines + _refused(int(entry["run_id"]), now, words)


def _refused(run_id: int, now: EntryNow, words: Words) -> list[Any]:
    rows = now.refused[now.refused["run_id"] == run_id] if len(now.refused) else now.refused
    if not len(rows):
        return []
    lines = [
        html.Li(
            [
                html.B(words("entry.row", n=words.number(int(row["row_number"])))),
                " ",
                error_text(row["reason_code"], row["reason_args"], words),
            ]
        )
        for _, row in rows.sort_values("row_number").iterrows()
    ]
    return [html.P(words("entry.refused"), className="sub"), html.Ul(lines, className="entry-problems")]
