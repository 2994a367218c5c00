"""What a feed's systems are while nothing is heard of them: unknown, or what the feed's table says."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from feeds.config import Feed
from feeds.records import Stamp

ABSENT = "absent"


def unheard(connection: Connection, feed: Feed, stamp: Stamp, why: str, heard: Collection[str] = ()) -> None:
    """Write it for a feed of states whose look failed (why: code of the error), or whose complete answer lacks some (why: ABSENT).

    heard: ids that it does say something about.
    """
    if feed.kind.unheard is None:
        return
    declared = feed.kind_options.when_failed  # type: ignore[attr-defined]
    state = declared or ("unknown" if why == ABSENT or feed.connector.asks_itself else "keep")
    if state != "keep":
        feed.kind.unheard(connection, stamp, feed.kind_options, state, why.removeprefix("run."), heard)
