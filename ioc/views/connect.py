"""A proposed feed on a page: what is not sure, which column is which field, ten rows as they would be stored, and what to press."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ioc.connecting import ProposalNow
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.connect_choices import choices_form, kind_name
from ioc.views.connect_stored import stored_tables
from ioc.views.entry import name_input


def connect_title(words: Words) -> html.Div:
    return html.Div([html.H1(words("connect.title")), html.P(words("connect.about"), className="page-sub")], className="page-title")


def connect_link(selection: Selection, words: Words) -> html.A:
    """The way to this page from the list of feeds."""
    return html.A(words("connect.link"), href=f"/connect{selection.to(feed=None).query()}", className="btn btn-quiet")


def drop_box(words: Words, upload_id: str, *, small: bool) -> html.Div:
    """Where a file is dropped; smaller once there is a proposal to look at."""
    text = [html.Span(words("connect.drop_other" if small else "connect.drop")), html.Span(words("connect.drop_kinds"), className="sub")]
    drop = dcc.Upload(html.Div(text), id=upload_id, className="entry-drop connect-drop", max_size=40_000_000, multiple=False)
    return html.Div(drop, **attributes({"data-small": "true" if small else "false"}), role="group", className="connect-box")


BADGES = {"proposed": "late", "refused": "stale", "saved": "fresh"}


def unknown_proposal(words: Words) -> html.Div:
    return html.Div([html.H2(words("connect.unknown_title")), html.P(words("connect.unknown"))], className="empty")


def proposal_card(now: ProposalNow, selection: Selection, words: Words, ids: Any) -> html.Article:
    """The file's proposal in the state that it is in."""
    state = attributes({"data-state": BADGES.get(now.state, "none")})
    badge = html.Span(words(f"connect_state.{now.state}"), className="badge", **state)
    head = html.Header([html.H2(now.file_name), badge], className="entry-head")
    return html.Article([head, *_parts(now, selection, words, ids)], className="entry connect", **attributes({"data-state": now.state}))


def _parts(now: ProposalNow, selection: Selection, words: Words, ids: Any) -> list[Any]:
    if now.state == "saved":
        link = html.A(words("connect.see_feed"), href=f"/feeds{selection.to(file=None, feed=now.feed).query()}", className="btn")
        return [html.P(words("connect.saved", feed=now.feed or "", person=now.person or "")), html.P(link)]
    if now.waiting and not now.answer:
        return [html.P(words("connect.reading"), className="sub")]
    if now.answer.get("error"):
        code, values = now.answer["error"]
        return [html.P(words(code, **values), className="reason run-error"), html.P(words("connect.refused_next"), className="sub")]
    return [_doubts(now, words), choices_form(now, words, ids), *_preview(now, words), _to_save(now, words, ids), _declaration(now, words)]


def _doubts(now: ProposalNow, words: Words) -> html.Section:
    """What should be looked at; what has to be answered comes first."""
    listed = sorted(now.answer["doubts"], key=lambda doubt: not doubt[2])
    if not listed:
        return html.Section([html.P(words("connect.sure"), className="entry-said", **attributes({"data-state": "fresh"}))])
    lines = [
        html.Li([html.B(words("connect.must" if must else "connect.look")), " ", words(f"guess_doubt.{code}", **_worded(values, words))],
                **attributes({"data-must": "true" if must else "false"}))
        for code, values, must in listed
    ]  # fmt: skip
    return html.Section([html.H3(words("connect.doubts")), html.Ul(lines, className="connect-doubts")])


def _worded(values: dict[str, Any], words: Words) -> dict[str, Any]:
    """A doubt's values with record kinds in words."""
    return {name: kind_name(str(value), words) if name in ("kind", "other") else value for name, value in values.items()}


def _preview(now: ProposalNow, words: Words) -> list[Any]:
    """How many rows would be taken, the first of them field by field, and those that would be refused."""
    answer = now.answer
    counts = {name: words.number(answer[name]) for name in ("rows", "added", "changed", "unchanged", "refused")}
    shown: list[Any] = [html.H3(words("connect.preview")), html.P(words("connect.counts", **counts), className="entry-counts")]
    shown += stored_tables(answer["stored"], words)
    problems = [
        html.Li([html.B(words("entry.row", n=words.number(number))) if number else "", " ", words(code, **values)])
        for number, code, values in answer["problems"]
    ]
    if problems:
        shown.append(html.Ul(problems, className="entry-problems"))
    return [html.Section(shown)]


def _to_save(now: ProposalNow, words: Words, ids: Any) -> html.Div:
    """Who saves, and the button; it rests while something has to be answered first."""
    usable = bool(now.answer["usable"]) and not now.waiting
    why = [] if usable else [html.P(words("connect.waiting" if now.waiting else "connect.not_usable"), className="sub")]
    return html.Div(
        [
            name_input(ids.PERSON, words("connect.person"), words("entry.name_hint"), kept=True),
            dbc.Button(words("connect.save"), id=ids.SAVE, disabled=not usable),
            *why,
            html.Div(id=ids.ANSWER, className="entry-answer", role="status"),
        ],
        className="entry-submit",
    )


def _declaration(now: ProposalNow, words: Words) -> html.Details:
    return html.Details([html.Summary(words("connect.toml")), html.Pre(html.Code(now.answer["toml"]))], className="entry-look")
