"""The feeds as they are now, or as they were known at a moment: what they brought, what they refused, what they wait for, who works."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from ioc import clock
from ioc.states import feed_state, worker_state
from store import conditions
from store.rejected_items import items_open
from store.transactions import reading

RUNS, REFUSED = 20, 100


@dataclass(frozen=True)
class FeedsNow:
    """feeds: by key, declared ones first; newest: the last run written down of each feed, by feed; chosen: None is all of them.

    runs, refused: the last runs and set-aside rows of the chosen feed or of all, newest first. Columns are those of the tables.
    rejected: items that were not taken, or not wholly, and that nobody has seen to; columns of store.rejected_items. Of now only.
    known_at: None for now; of a moment that has passed nobody knows who worked.
    """

    at: datetime
    feeds: pd.DataFrame
    newest: pd.DataFrame
    workers: pd.DataFrame
    chosen: str | None
    runs: pd.DataFrame
    refused: pd.DataFrame
    rejected: pd.DataFrame = field(default_factory=pd.DataFrame)
    known_at: datetime | None = None

    @property
    def as_of(self) -> None:
        """Feeds are shown as they are now, whatever day the other pages show."""

    @property
    def worker(self) -> str:
        """ok | silent | none."""
        return worker_state(self.workers, self.at)

    @property
    def known(self) -> bool:
        """Whether the chosen feed exists."""
        return self.chosen is None or self.chosen in self.feeds.index

    def state(self, feed: pd.Series) -> str:
        """fresh | late | stale | none by the age of its data; "ended" for a feed that is not declared any more."""
        return feed_state(feed, self.at) if feed["enabled"] else "ended"

    def last_run(self, feed: str) -> pd.Series | None:
        """The last run written down; None before the first. Runs that say the same again are not written down each time."""
        if feed not in self.newest.index:
            return None
        run: Any = self.newest.loc[feed]
        assert isinstance(run, pd.Series)
        return run

    def last_run_at(self, feed: pd.Series) -> datetime | None:
        """When it last ran, as far as is known."""
        run = self.last_run(str(feed["key"]))
        moments = [moment(feed["last_ok_at"]), None if run is None else moment(run["finished_at"])]
        return max((known for known in moments if known is not None), default=None)


def read_feeds(engine: Engine, chosen: str | None = None, known_at: datetime | None = None) -> FeedsNow:
    """The feeds now, or as they were known at a moment. Raises StoreError."""
    with reading(engine) as connection:
        feeds = conditions.feeds_all(connection, known_at).set_index("key", drop=False)
        feeds["enabled"] = feeds["enabled"].astype(bool)
        return FeedsNow(
            known_at or clock.now(),
            feeds.sort_values("enabled", ascending=False, kind="stable"),
            conditions.newest_run_of_each(connection, known_at).set_index("feed", drop=False),
            conditions.workers_all(connection),
            chosen,
            conditions.last_runs(connection, chosen, RUNS, known_at),
            conditions.quarantined(connection, chosen, REFUSED, known_at),
            items_open(connection, chosen) if known_at is None else pd.DataFrame(),
            known_at,
        )


def moment(value: Any) -> datetime | None:
    """A cell of a frame as a time, None where it is empty."""
    if value is None or pd.isna(value):
        return None
    found: datetime = pd.Timestamp(value).to_pydatetime()
    return found
