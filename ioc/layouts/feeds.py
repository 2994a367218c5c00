"""Every feed: how old its data are, what its last run did, what it refused, and a button that runs it now."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ioc.api.context import Context
from ioc.feeds_now import FeedsNow, read_feeds
from ioc.names_now import open_names
from ioc.parts import list_parts
from ioc.security.row_readers import may_read_rows
from ioc.selection import Selection
from ioc.text import Words
from ioc.views.connect import connect_link
from ioc.views.feeds import (
    asked_note,
    feeds_table,
    feeds_title,
    no_feeds,
    refused_table,
    rejected_list,
    runs_table,
    unknown_feed,
    worker_line,
)
from ioc.views.names import names_link

MAIN_PART = "page"
LIVE_PARTS = ("page", "alerts")
PATH = "/feeds"


class ID:
    RUN, ASKED, DISMISS, SEEN = "run-feed", "asked-feed", "dismiss-item", "dismissed-item"

    @staticmethod
    def run(feed: str) -> dict[str, str]:
        return {"type": ID.RUN, "feed": feed}

    @staticmethod
    def asked(feed: str) -> dict[str, str]:
        return {"type": ID.ASKED, "feed": feed}

    @staticmethod
    def dismiss(item: int) -> dict[str, Any]:
        return {"type": ID.DISMISS, "item": item}

    @staticmethod
    def seen(item: int) -> dict[str, Any]:
        return {"type": ID.SEEN, "item": item}


def parts(context: Context, selection: Selection) -> dict[str, Any]:
    words = Words(selection.language)
    snapshot = context.snapshots.get(selection.as_of, selection.known_at)
    return list_parts(snapshot, selection, words, page(context, selection, words))


def page(context: Context, selection: Selection, words: Words) -> list[Any]:
    """Feeds are shown as they are now, whatever day the other pages show, or as they were known at the moment that is shown."""
    now = read_feeds(context.snapshots.engine, selection.feed, selection.known_at)
    of_now = [worker_line(now, words), names_link(open_names(context.snapshots.engine), selection, words), connect_link(selection, words)]
    head = html.Header([feeds_title(now, words), *(of_now if now.known_at is None else [])], className="page-head")
    if now.feeds.empty:
        return [head, no_feeds(words)]
    controls = {
        str(key): [
            dbc.Button(
                words("feeds.run_now"),
                id=ID.run(str(key)),
                class_name="btn-quiet",
                disabled=not feed["enabled"] or now.known_at is not None,
            ),
            html.Span(asked_note(feed["run_requested_at"], now, words), id=ID.asked(str(key)), className="asked", role="status"),
        ]
        for key, feed in now.feeds.iterrows()
    }
    lists = (
        [runs_table(now, words), refused_table(now, words, may_read=may_read_rows())]
        if now.known
        else [unknown_feed(now, selection, words, PATH)]
    )
    return [head, feeds_table(now, selection, words, PATH, controls), *rejected_list(now, words, _dismissing(now, words)), *lists]


def _dismissing(now: FeedsNow, words: Words) -> dict[int, list[Any]]:
    """The button that takes a rejected item off the list, and where its answer stands, by the item's id."""
    ids = [] if now.rejected.empty else [int(id_) for id_ in now.rejected["id"]]
    return {
        id_: [dbc.Button(words("feeds.dismiss"), id=ID.dismiss(id_), class_name="btn-quiet"), html.Span(id=ID.seen(id_), role="status")]
        for id_ in ids
    }
