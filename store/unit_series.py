"""Reads of what was counted in a unit month by month, in the units of that time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, and_, func, or_, select

from store.frames import frame
from store.history import as_known
from store.schema import dossiers, place_units


def monthly_dossiers(connection: Connection, codes: Collection[str], known_at: datetime | None = None) -> pd.DataFrame:
    """Dossier counts of whole months by the unit that each centre lay in at the end of the month.

    codes: the units wanted. Columns: unit_code, period, period_from, period_to, received, due, on_time, overdue, online,
    observed_at; ordered by period and unit.
    """
    d, lain = as_known(dossiers, known_at).c, as_known(place_units, known_at)
    p = lain.c
    inside = and_(
        p.place_kind == "centre",
        p.place_id == d.centre_id,
        p.unit_valid_from <= d.period_to,
        or_(p.unit_valid_to.is_(None), p.unit_valid_to >= d.period_to),
    )
    sums = [func.sum(d[name]).label(name) for name in ("received", "due", "on_time", "overdue", "online")]
    statement = (
        select(p.unit_code, d.period, d.period_from, d.period_to, *sums)
        .add_columns(func.max(d.observed_at).label("observed_at"))
        .where(inside, p.unit_code.in_(sorted(codes)), func.length(d.period) == 7)
        .group_by(p.unit_code, d.period, d.period_from, d.period_to)
        .order_by(d.period, p.unit_code)
    )
    return frame(connection, statement)
