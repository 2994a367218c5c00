"""Names that wait to be settled, what was decided about others, and the units that they may mean, as they are at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from ioc import clock
from store import conditions, names
from store.transactions import reading

SHOWN, DECIDED = 100, 50


@dataclass(frozen=True)
class NamesNow:
    """open: reviews that nobody has settled, newest first (store.names.reviews); waiting: rows that wait, by review.

    decisions: store.names.decisions; standing: review → id of the decision that holds. places: by structure, units as "Name (code)".
    """

    at: datetime
    open: pd.DataFrame
    waiting: dict[str, int]
    decisions: pd.DataFrame
    standing: dict[str, int]
    places: dict[str, list[str]]
    feeds: pd.DataFrame

    @property
    def as_of(self) -> None:
        """Names are always shown as they are now."""

    def title(self, feed: str, language: str) -> str:
        return str(self.feeds.at[feed, f"title_{language}"]) if feed in self.feeds.index else feed


def read_names(engine: Engine) -> NamesNow:
    """Names now. Raises StoreError."""
    with reading(engine) as connection:
        reviews = names.reviews(connection)
        decisions = names.decisions(connection, DECIDED)
        waiting_for = reviews[reviews["decision"].isna()].reset_index(drop=True)
        days: dict[Any, Any] = waiting_for[waiting_for["what"] == "unit"].groupby("structure")["day"].max().to_dict()
        places = {str(structure): _listed(names.places_on(connection, day)) for structure, day in days.items()}
        feeds = conditions.feeds_all(connection).set_index("key", drop=False)
        newest = decisions.sort_values("id").drop_duplicates("review_id", keep="last")
        held = newest[newest["decision"] != names.FORGOTTEN]
        standing = dict(zip(held["review_id"], held["id"], strict=True))
        return NamesNow(clock.now(), waiting_for, names.waiting_counts(connection), decisions, standing, places, feeds)


def open_names(engine: Engine) -> int:
    """How many names wait. Raises StoreError."""
    with reading(engine) as connection:
        return names.count_open(connection)


def _listed(units: pd.DataFrame) -> list[str]:
    return [f"{name} ({code})" for name, code in zip(units["full_name"], units["code"], strict=True)]
