"""Reads and writes of the register of units as a whole, for those who change it: `ioc init` and the import of outlines."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
from sqlalchemy import Connection, select, update

from store.frames import frame
from store.places import valid_on
from store.schema import crosswalk, meta, units
from store.write import bump


def facts(connection: Connection) -> dict[str, str]:
    """What the store says about its deployment: province, name, metric_crs, seed, created_at; empty before `ioc init`."""
    return {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}


def full_units_on(connection: Connection, day: date) -> pd.DataFrame:
    """Every column of the units valid on `day`, their outlines (EPSG:4326, None where there is none) among them."""
    return frame(connection, select(units).where(valid_on(units, day)).order_by(units.c.code))


def move_predecessor(connection: Connection, code: str, since: date, now_since: date, stored_at: datetime) -> None:
    """Let the crosswalk's old unit (code, `since`) be (code, `now_since`): what went into today's unit is the later of the two."""
    same = (crosswalk.c.old_code == code) & (crosswalk.c.old_valid_from == since)
    connection.execute(update(crosswalk).where(same).values(old_valid_from=now_since, stored_at=stored_at))
    bump(connection, crosswalk.name)
