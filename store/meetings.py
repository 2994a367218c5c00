"""Meetings, and the board that matters before one: who is not ready yet, and whom to call."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, case, func, select

from store.frames import frame
from store.history import as_known
from store.schema import endpoint_state, endpoints, meeting_endpoints, meetings


def meetings_between(connection: Connection, start: datetime, end: datetime, known_at: datetime | None = None) -> pd.DataFrame:
    """Meetings that start in [start, end), the next one first.

    Columns: id, title, starts_at, ends_at, host, status, observed_at, source, synthetic.
    """
    m = as_known(meetings, known_at).c
    columns = (m.id, m.title, m.starts_at, m.ends_at, m.host, m.status, m.observed_at, m.source, m.synthetic)
    return frame(connection, select(*columns).where(m.starts_at >= start, m.starts_at < end).order_by(m.starts_at, m.id))


def readiness(connection: Connection, meeting_id: str, known_at: datetime | None = None) -> pd.DataFrame:
    """The endpoints invited to a meeting, those that are not ready first, then those nobody knows of.

    Columns: endpoint_id, name (None for one that is no longer in the register), ready, contact (of the meeting, else the register's),
    note, observed_at, and the endpoint's state now with since_at (None while nobody has observed it).
    """
    invited, listed = as_known(meeting_endpoints, known_at), as_known(endpoints, known_at)
    i, e, s = invited.c, listed.c, endpoint_state.c
    joined = invited.join(listed, e.id == i.endpoint_id, isouter=True).join(endpoint_state, s.endpoint_id == i.endpoint_id, isouter=True)
    contact = func.coalesce(i.contact, e.contact).label("contact")
    columns = (i.endpoint_id, e.name, i.ready, contact, i.note, i.observed_at, s.state, s.since_at)
    first = case((i.ready == "not_ready", 0), (i.ready == "unknown", 1), else_=2)
    return frame(connection, select(*columns).select_from(joined).where(i.meeting_id == meeting_id).order_by(first, i.endpoint_id))
