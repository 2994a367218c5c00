"""Feeds as a table that a phone shows as cards, the worker in words, runs, and the rows that were set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from dash import html

from ioc import clock
from ioc.feeds_now import REFUSED, FeedsNow, moment
from ioc.freshness import WORST_LAST
from ioc.selection import Selection
from ioc.states import feed_ageing
from ioc.text import TEXT, Words
from ioc.views.attributes import attributes
from ioc.views.figure import age_span
from store.catalogue import place_code
from store.speaking import in_words, registered_promise

RUN_STATES = {"ok": "fresh", "unchanged": "fresh", "partial": "late", "failed": "stale"}
COUNTS = ("read", "added", "changed", "unchanged", "rejected")
TICKING = ("fresh", "late", "stale")
SPANS = (("days", 86_400), ("hours", 3600), ("minutes", 60))


def feeds_title(now: FeedsNow, words: Words) -> html.Div:
    """How many feeds there are, and in which state."""
    states = Counter(now.state(feed) for _, feed in now.feeds.iterrows())
    parts = [words("feeds.count", n=words.number(len(now.feeds)))]
    parts += [f"{words.number(states[state])} {words(f'state.{state}')}" for state in WORST_LAST if states[state]]
    return html.Div([html.H1(words("feeds.title")), html.P(" · ".join(parts), className="page-sub")], className="page-title")


def worker_line(now: FeedsNow, words: Words) -> html.P:
    """Whether the worker works, and what to do when it does not."""
    state = now.worker
    beat_at = None if now.workers.empty else moment(now.workers["beat_at"].max())
    since = "" if beat_at is None else short_moment(beat_at, now, words)
    shown = {"ok": "fresh", "silent": "stale", "none": "none"}[state]
    badge = html.Span(words(f"worker.{state}", since=since), className="badge", **attributes({"data-state": shown}))
    advice = [] if state == "ok" else [html.Span(words("worker.advice")), html.Code("ioc worker")]
    return html.P([badge, *advice], className="worker-line", role="status")


def no_feeds(words: Words) -> html.Div:
    text = [html.H2(words("feeds.none_title")), html.P(words("feeds.none")), html.Code("ioc worker")]
    return html.Div([*text, html.P(words("feeds.none_guess"))], className="empty")


def unknown_feed(now: FeedsNow, selection: Selection, words: Words, path: str) -> html.Div:
    link = html.A(words("feeds.all"), href=path + selection.to(feed=None).query(), className="btn btn-quiet")
    return html.Div(
        [html.H2(words("feeds.unknown_title")), html.P(words("feeds.unknown", key=now.chosen)), html.P(link)], className="empty"
    )


# ── One row for each feed ────────────────────────────────────────────────────────────────────────────────────────────────


def feeds_table(now: FeedsNow, selection: Selection, words: Words, path: str, controls: Mapping[str, Sequence[Any]]) -> html.Div:
    """controls: what stands in the last column, by feed."""
    heads = ("feed", "data", "last_run", "next_run", "run")
    rows = [_feed_row(feed, now, selection, words, path, controls.get(str(key), ())) for key, feed in now.feeds.iterrows()]
    return table([words(f"feeds.column.{key}") for key in heads], rows, "feeds-table")


def _feed_row(feed: pd.Series, now: FeedsNow, selection: Selection, words: Words, path: str, controls: Sequence[Any]) -> list[Any]:
    chosen = feed["key"] == now.chosen
    link = html.A(
        str(feed[f"title_{words.language}"]),
        href=path + selection.to(feed=None if chosen else feed["key"]).query(),
        className="feed-title",
        **attributes({"aria-current": "true"} if chosen else {}),
    )
    about = [words.source(str(feed["source"])), named("feeds.connector", feed["connector"], words), _every(int(feed["every_s"]), words)]
    if feed["synthetic"]:
        about.append(words("synthetic.label"))
    return [
        [link, html.Span(" · ".join(about), className="sub")],
        [data_age(feed, now, words), *promise_lines(feed, now, words)],
        _last_run(feed, now, words),
        _next_run(feed, now, words),
        list(controls),
    ]


def _every(every_s: int, words: Words) -> str:
    if every_s % 3600 == 0:
        return words("feeds.every_hours", n=words.number(every_s // 3600))
    return words("feeds.every_minutes", n=words.number(every_s // 60)) if every_s % 60 == 0 else words("feeds.every_seconds", n=every_s)


def data_age(feed: pd.Series, now: FeedsNow, words: Words) -> html.Span:
    """Age of the newest moment that the source has spoken about: symbol, time ago and word, all of which grow old in the browser."""
    span = age_span(feed_ageing(feed) if feed["enabled"] else None, now.state(feed), now, words)
    for state in TICKING:
        setattr(span, f"data-word-{state}", words(f"state.{state}"))
    return span


def promise_lines(feed: pd.Series, now: FeedsNow, words: Words) -> list[Any]:
    """What its source promises, when its next word is due or since when it is late, and whether its clock can be right."""
    if not feed["enabled"]:
        return []
    lines = [in_words(registered_promise(feed), words)]
    ageing = feed_ageing(feed)
    if ageing is not None:
        due = due_text(ageing.due_at, now, words)
        lines.append(words("feeds.due" if now.at < ageing.late_at else "feeds.late_since", at=due))
    if not pd.isna(feed["ahead_s"]):
        lines.append(words("feeds.ahead", span=in_words_span(int(feed["ahead_s"]), words)))
    return [html.Span(line, className="sub") for line in lines]


def in_words_span(seconds: int, words: Words) -> str:
    """Whole days, hours or minutes, whichever is the largest that there is one of."""
    code, size = next(((code, size) for code, size in SPANS if seconds >= size), SPANS[-1])
    return words(f"promise.span_{code}", n=words.number(seconds // size))


def due_text(at: datetime, now: FeedsNow, words: Words) -> str:
    """A moment by which a word is due; midnight is the end of the day before it."""
    local = clock.local(at)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return words("feeds.end_of", day=words.day((local - timedelta(days=1)).date()))
    return short_moment(at, now, words)


def _last_run(feed: pd.Series, now: FeedsNow, words: Words) -> list[Any]:
    run, at = now.last_run(str(feed["key"])), now.last_run_at(feed)
    if run is None or at is None:
        return [words("feeds.never_run")]
    head = html.Span([run_badge(str(run["state"]), words), html.Span(short_moment(at, now, words), className="at")], className="run-head")
    return [head, html.Span(counts_text(run, words), className="sub"), *error_lines(run, words), *note_lines(run, words)]


def run_badge(state: str, words: Words) -> html.Span:
    return html.Span(words(f"run_state.{state}"), className="badge", **attributes({"data-state": RUN_STATES.get(state, "none")}))


def counts_text(run: pd.Series, words: Words) -> str:
    """What happened to the rows, leaving out what is zero."""
    counted = [(key, int(run[f"rows_{key}"])) for key in COUNTS]
    return " · ".join(words(f"feeds.rows_{key}", n=words.number(count)) for key, count in counted if count or key == "read")


def error_lines(run: pd.Series, words: Words) -> list[Any]:
    text = error_text(run["error_code"], run["error_args"], words)
    return [html.Span(text, className="reason run-error")] if text else []


def note_lines(run: pd.Series, words: Words) -> list[Any]:
    """What the run changed or left out of what it read, a line for each."""
    notes = run["notes"] if isinstance(run["notes"], list) else []
    texts = [words(note["code"], **_note_values(note, words)) for note in notes]
    return [html.Span(text, className="sub run-note") for text in texts]


def _note_values(note: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The placeholders of a note; the reason that it counts as a sentence of its own."""
    values = {**note["values"], "count": words.number(note["count"])}
    return values | {"reason": words(values["reason_code"], **note["values"])} if "reason_code" in values else values


def error_text(code: Any, values: Any, words: Words) -> str:
    """The sentence of an error or of a row's reason; "" when there is none."""
    if not isinstance(code, str):
        return ""
    if not isinstance(values, Mapping):
        return words(code)
    where = place_code(values) if code.startswith("row.") else ""
    text = words(code, **values)
    return f"{text} ({words(where, **values)})" if where else text


def _next_run(feed: pd.Series, now: FeedsNow, words: Words) -> str:
    at = moment(feed["next_run_at"])
    if not feed["enabled"]:
        return words("feeds.not_declared")
    if at is None:
        return words("feeds.not_planned")
    missed = now.worker != "ok" and at < now.at
    return words("feeds.missed", at=short_moment(at, now, words)) if missed else short_moment(at, now, words)


def asked_note(asked_at: Any, now: FeedsNow, words: Words) -> str:
    at = moment(asked_at)
    if at is None:
        return ""
    return asked_words(at, words) if now.worker == "ok" else words("feeds.asked_waiting", at=_clock(at))


def asked_words(at: datetime, words: Words) -> str:
    return words("feeds.asked", at=_clock(at))


# ── Runs and rows set aside ──────────────────────────────────────────────────────────────────────────────────────────────


def runs_table(now: FeedsNow, words: Words) -> html.Section:
    title = html.H2(_of_chosen("feeds.runs", now, words))
    if now.runs.empty:
        return html.Section([title, html.P(words("feeds.no_runs"), className="empty")])
    heads = ["at", *([] if now.chosen else ["feed"]), "result", "item", *COUNTS, "duration"]
    rows = [_run_row(run, now, words) for _, run in now.runs.iterrows()]
    return html.Section([title, table([words(f"feeds.column.{key}") for key in heads], rows, "runs-table", numbers_from=len(heads) - 6)])


def _run_row(run: pd.Series, now: FeedsNow, words: Words) -> list[Any]:
    started_at, finished_at = moment(run["started_at"]), moment(run["finished_at"])
    assert started_at is not None
    assert finished_at is not None
    tries = [html.Span(words("feeds.attempts", n=int(run["attempts"])), className="sub")] if run["attempts"] > 1 else []
    counts = [words.number(int(run[f"rows_{key}"])) for key in COUNTS]
    seconds = words.number((finished_at - started_at).total_seconds(), 1)
    return [
        short_moment(finished_at, now, words),
        *([] if now.chosen else [_title(str(run["feed"]), now, words)]),
        [run_badge(str(run["state"]), words), *tries, *error_lines(run, words), *note_lines(run, words)],
        html.Span(_text(run["item"]), className="item"),
        *counts,
        f"{seconds} s",
    ]


def rejected_list(now: FeedsNow, words: Words, controls: Mapping[int, Sequence[Any]]) -> list[Any]:
    """Items that were not taken, or not wholly, until they are or somebody has seen to them. controls: what stands beside each, by id."""
    if now.rejected.empty:
        return []
    heads = ["at", *([] if now.chosen else ["feed"]), "item", "result", "dismiss"]
    rows = [_rejected_row(item, now, words, controls[int(item["id"])]) for _, item in now.rejected.iterrows()]
    title = html.H2(_of_chosen("feeds.rejected", now, words))
    body = table([words(f"feeds.column.{key}") for key in heads], rows, "rejected-table")
    return [html.Section([title, html.P(words("feeds.rejected_note"), className="sub"), body])]


def _rejected_row(item: pd.Series, now: FeedsNow, words: Words, controls: Sequence[Any]) -> list[Any]:
    at = moment(item["rejected_at"])
    assert at is not None
    read, rejected = int(item["rows_read"]), int(item["rows_rejected"])
    rows = [html.Span(words("feeds.rows_refused_of", n=words.number(rejected), d=words.number(read)), className="sub")] if rejected else []
    return [
        short_moment(at, now, words),
        *([] if now.chosen else [_title(str(item["feed"]), now, words)]),
        html.Span(str(item["item"]), className="item"),
        [run_badge(str(item["state"]), words), *rows, *error_lines(item, words)],
        list(controls),
    ]


def refused_table(now: FeedsNow, words: Words, *, may_read: bool) -> html.Section:
    """Rows that runs set aside: where, why in words, and what stood there. may_read: without it only where (a reason quotes its cell)."""
    title = html.H2(_of_chosen("feeds.refused", now, words))
    if now.refused.empty:
        return html.Section([title, html.P(words("feeds.none_refused"), className="empty")])
    heads = ["row", *([] if now.chosen else ["feed"]), *(["reason", "raw"] if may_read else []), "item", "at"]
    rows = [_refused_row(row, now, words, may_read) for _, row in now.refused.iterrows()]
    body = table([words(f"feeds.column.{key}") for key in heads], rows, "refused-table")
    more = [html.P(words("feeds.refused_limit", n=words.number(REFUSED)), className="sub")] if len(now.refused) == REFUSED else []
    hidden = [] if may_read else [html.P(words("feeds.refused_hidden"), className="sub")]
    return html.Section([title, *hidden, body, *more])


def _refused_row(row: pd.Series, now: FeedsNow, words: Words, may_read: bool) -> list[Any]:
    at = moment(row["stored_at"])
    assert at is not None
    reason = html.Span(error_text(row["reason_code"], row["reason_args"], words), className="reason")
    return [
        words.number(int(row["row_number"])),
        *([] if now.chosen else [_title(str(row["feed"]), now, words)]),
        *([reason, html.Code(raw_text(row["raw"]), className="raw")] if may_read else []),
        html.Span(_text(row["item"]), className="item"),
        short_moment(at, now, words),
    ]


def raw_text(raw: Any) -> str:
    """What stood in the row, as one line: names with values where the columns had names."""
    if isinstance(raw, Mapping):
        return " · ".join(f"{name}: {_text(value)}" for name, value in raw.items())
    return " · ".join(_text(value) for value in raw) if isinstance(raw, list) else _text(raw)


# ── Small parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], class_name: str, numbers_from: int | None = None) -> html.Div:
    """A table whose cells carry their column's name, so that a phone can show each row as a card. numbers_from: columns aligned right."""

    def kind(i: int) -> str:
        return "num" if numbers_from is not None and i >= numbers_from else ""

    head = html.Tr([html.Th(text, scope="col", className=kind(i)) for i, text in enumerate(heads)])
    body = [
        html.Tr([html.Td(cell, className=kind(i), **attributes({"data-label": heads[i]})) for i, cell in enumerate(row)]) for row in rows
    ]
    return html.Div(html.Table([html.Thead(head), html.Tbody(body)], className=f"table cards {class_name}"), className="table-wrap")


def short_moment(at: datetime, now: FeedsNow, words: Words) -> str:
    """The time alone today, with the day before it on other days."""
    same_day = clock.local(at).date() == clock.local(now.at).date()
    return _clock(at) if same_day else f"{words.day(clock.local(at).date())} {_clock(at)}"


def _clock(at: datetime) -> str:
    return f"{clock.local(at):%H:%M:%S}"


def named(table_: str, key: Any, words: Words) -> str:
    """The catalogue's word for a key, or the key itself where it has none: connectors may be added."""
    code = f"{table_}.{key}"
    return words(code) if code in TEXT.keys(words.language) else str(key)


def _title(key: str, now: FeedsNow, words: Words) -> str:
    return str(now.feeds.at[key, f"title_{words.language}"]) if key in now.feeds.index else key


def _of_chosen(code: str, now: FeedsNow, words: Words) -> str:
    return words(code) if now.chosen is None else f"{words(code)} · {_title(now.chosen, now, words)}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or (isinstance(value, float) and pd.isna(value)) else str(value)
