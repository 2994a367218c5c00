"""Administrative units through time.

Until 2025-06-30 a province had districts and a district communes; since 2025-07-01 a province has communes only. Codes were used
again, so a unit's key is (code, valid_from) and everything is resolved as of a day.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

OLD_FROM = date(2004, 8, 31)
"""First day of the old structure in the store; it means "on or before"."""

OLD_TO = date(2025, 6, 30)
NEW_FROM = date(2025, 7, 1)

LEVELS = ("province", "district", "commune")


def valid_on(frame: pd.DataFrame, day: date, *, starts: str = "valid_from", ends: str = "valid_to") -> pd.DataFrame:
    """Rows of `frame` valid on `day`, both ends included; a missing end is still open.

    Works for any frame with two such columns (pass their names) of dates, Timestamps or ISO text.
    """
    moment = pd.Timestamp(day)
    begun = pd.to_datetime(frame[starts]).le(moment) | frame[starts].isna()
    return frame[begun & ~pd.to_datetime(frame[ends]).lt(moment)]


def unit_on(units: pd.DataFrame, code: str, day: date) -> pd.Series | None:
    """The row of the unit that bore `code` on `day`; None when no unit did."""
    rows = valid_on(units[units["code"] == code], day)
    return None if rows.empty else rows.iloc[-1]
