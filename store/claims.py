"""Reads of coverage: what each source last said about a village by a moment, and how fresh each source is.

at: what was true by then; known_at: as far as was known then, None for all that is known now.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Integer, Select, cast, func, select

from store.frames import frame
from store.history import as_known
from store.schema import coverage, operators, technologies

SPEAKERS = ("village_id", "operator", "technology", "method", "source")


def _latest(at: datetime, known_at: datetime | None, *columns: str, village_id: str | None = None) -> Select[Any]:
    """Numbered rows, not a join with the newest moments: of what was known then, a join costs three times as much."""
    known = as_known(coverage, known_at)
    newest_first = func.row_number().over(partition_by=[known.c[name] for name in SPEAKERS], order_by=known.c.observed_at.desc())
    words = select(*(known.c[name] for name in columns), newest_first.label("place")).where(known.c.observed_at <= at)
    if village_id is not None:
        words = words.where(known.c.village_id == village_id)
    numbered = words.subquery("words")
    return select(*(numbered.c[name] for name in columns)).where(numbered.c.place == 1)


def latest_statuses(connection: Connection, at: datetime, known_at: datetime | None = None) -> pd.DataFrame:
    """The last status by `at` of each village × operator × technology × method × source.

    Columns: village_id, operator, technology, method, status.
    """
    return frame(connection, _latest(at, known_at, "village_id", "operator", "technology", "method", "status"))


def village_claims(connection: Connection, village_id: str, at: datetime, known_at: datetime | None = None) -> pd.DataFrame:
    """Every source's last word by `at` about one village, with its times.

    Columns: operator, technology, method, source, status, observed_at, confirmed_at, reported_at, synthetic.
    """
    columns = ("operator", "technology", "method", "source", "status", "observed_at", "confirmed_at", "reported_at", "synthetic")
    return frame(connection, _latest(at, known_at, *columns, village_id=village_id).order_by(*columns[:4]))


def source_times(connection: Connection, at: datetime, known_at: datetime | None = None) -> pd.DataFrame:
    """How far each source's word reaches by `at`.

    Columns: operator, technology, source, true_at (not after `at`), synthetic.
    """
    c = as_known(coverage, known_at).c
    speaker = (c.operator, c.technology, c.source)
    statement = select(*speaker, func.max(c.confirmed_at).label("true_at")).where(c.observed_at <= at).group_by(*speaker).order_by(*speaker)
    times = frame(connection, statement)
    times["true_at"] = [min(true_at, at) for true_at in times["true_at"]]
    synthetic = frame(connection, select(c.source, func.max(cast(c.synthetic, Integer)).label("synthetic")).group_by(c.source))
    merged = times.merge(synthetic, on="source", how="left")
    merged["synthetic"] = merged["synthetic"].astype(bool)
    return merged


def operators_all(connection: Connection, known_at: datetime | None = None) -> pd.DataFrame:
    """Operators in display order: key, name, valid_from, valid_to, synthetic."""
    o = as_known(operators, known_at).c
    return frame(connection, select(o.key, o.name, o.valid_from, o.valid_to, o.synthetic).order_by(o.position, o.key))


def technologies_all(connection: Connection, known_at: datetime | None = None) -> pd.DataFrame:
    """Technologies in display order: key, name, kind, valid_from, valid_to, source."""
    t = as_known(technologies, known_at).c
    return frame(connection, select(t.key, t.name, t.kind, t.valid_from, t.valid_to, t.source).order_by(t.position, t.key))


def last_changes(
    connection: Connection, at: datetime, technologies: Collection[str], operator: str | None = None, known_at: datetime | None = None
) -> pd.DataFrame:
    """When a word about each village last changed by `at`, for some technologies and one operator or all.

    Columns: village_id, method, since_at: since then every source of that method has said what it says.
    """
    c = as_known(coverage, known_at).c
    statement = select(c.village_id, c.method, func.max(c.observed_at).label("since_at")).where(
        c.observed_at <= at, c.technology.in_(sorted(technologies))
    )
    if operator is not None:
        statement = statement.where(c.operator == operator)
    return frame(connection, statement.group_by(c.village_id, c.method))
