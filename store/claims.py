"""Reads of coverage: what each source last said about a village by a moment, and how fresh each source is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Integer, Select, and_, cast, func, select

from store.frames import frame
from store.schema import coverage, operators, technologies


def _latest(at: datetime, *columns: Any, village_id: str | None = None) -> Select[Any]:
    key = [coverage.c[name] for name in ("village_id", "operator", "technology", "method", "source")]
    newest = select(*key, func.max(coverage.c.observed_at).label("observed_at")).where(coverage.c.observed_at <= at)
    if village_id is not None:
        newest = newest.where(coverage.c.village_id == village_id)
    last = newest.group_by(*key).subquery("last")
    same = and_(*(coverage.c[column.key] == last.c[column.key] for column in key), coverage.c.observed_at == last.c.observed_at)
    return select(*columns).select_from(coverage.join(last, same))


def latest_statuses(connection: Connection, at: datetime) -> pd.DataFrame:
    """The last status by `at` of each village × operator × technology × method × source.

    Columns: village_id, operator, technology, method, status.
    """
    c = coverage.c
    return frame(connection, _latest(at, c.village_id, c.operator, c.technology, c.method, c.status))


def village_claims(connection: Connection, village_id: str, at: datetime) -> pd.DataFrame:
    """Every source's last word by `at` about one village, with its times.

    Columns: operator, technology, method, source, status, observed_at, confirmed_at, reported_at, synthetic.
    """
    c = coverage.c
    columns = (c.operator, c.technology, c.method, c.source, c.status, c.observed_at, c.confirmed_at, c.reported_at, c.synthetic)
    return frame(connection, _latest(at, *columns, village_id=village_id))


def source_times(connection: Connection, at: datetime) -> pd.DataFrame:
    """How far each source's word reaches by `at`.

    Columns: operator, technology, source, true_at (not after `at`), synthetic.
    """
    c = coverage.c
    statement = (
        select(c.operator, c.technology, c.source, func.max(c.confirmed_at).label("true_at"))
        .where(c.observed_at <= at)
        .group_by(c.operator, c.technology, c.source)
    )
    times = frame(connection, statement)
    times["true_at"] = [min(true_at, at) for true_at in times["true_at"]]
    synthetic = frame(connection, select(c.source, func.max(cast(c.synthetic, Integer)).label("synthetic")).group_by(c.source))
    merged = times.merge(synthetic, on="source", how="left")
    merged["synthetic"] = merged["synthetic"].astype(bool)
    return merged


def operators_all(connection: Connection) -> pd.DataFrame:
    """Operators in display order: key, name, valid_from, valid_to, synthetic."""
    o = operators.c
    return frame(connection, select(o.key, o.name, o.valid_from, o.valid_to, o.synthetic).order_by(o.position, o.key))


def technologies_all(connection: Connection) -> pd.DataFrame:
    """Technologies in display order: key, name, kind, valid_from, valid_to, source."""
    t = technologies.c
    return frame(connection, select(t.key, t.name, t.kind, t.valid_from, t.valid_to, t.source).order_by(t.position, t.key))


def last_changes(connection: Connection, at: datetime, technologies: Collection[str], operator: str | None = None) -> pd.DataFrame:
    """When a word about each village last changed by `at`, for some technologies and one operator or all.

    Columns: village_id, method, since_at: since then every source of that method has said what it says.
    """
    c = coverage.c
    statement = select(c.village_id, c.method, func.max(c.observed_at).label("since_at")).where(
        c.observed_at <= at, c.technology.in_(sorted(technologies))
    )
    if operator is not None:
        statement = statement.where(c.operator == operator)
    return frame(connection, statement.group_by(c.village_id, c.method))
