"""Figures that newspapers printed about four provinces, 2017 to 2022: actual values and dated targets, each with its source.

They are real, not invented: facts of `published.csv`, named by `indicators.csv`. Undated figures keep an empty period.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

_FOLDER = Path(__file__).parent


def indicators() -> pd.DataFrame:
    """Rows of the indicators table but stored_at: key, unit, name_vi, name_en."""
    return pd.read_csv(_FOLDER / "indicators.csv", dtype=str, keep_default_na=False)


def indicator_values() -> pd.DataFrame:
    """Rows of the indicator_values table but stored_at: what was said to be so."""
    rows = _figures("actual")
    rows["true_on"] = [last_day(period) for period in rows["period"]]
    return rows.drop(columns=["kind"]).assign(synthetic=False)


def targets() -> pd.DataFrame:
    """Rows of the targets table but stored_at: what was to be reached, and by when."""
    rows = _figures("target")
    rows["due_on"] = [last_day(period) for period in rows["period"]]
    return rows.drop(columns=["kind", "period"])


def last_day(period: str) -> date | None:
    """The last day of a published period: of a year, or the day itself; None when undated."""
    if not period:
        return None
    return date(int(period), 12, 31) if len(period) == 4 else date.fromisoformat(period)


def _figures(kind: str) -> pd.DataFrame:
    figures = pd.read_csv(_FOLDER / "published.csv", dtype=str, keep_default_na=False)
    rows = figures[figures["kind"] == kind].merge(indicators(), left_on="indicator", right_on="key")
    for language in ("vi", "en"):
        detail = rows.pop(f"detail_{language}")
        rows[f"label_{language}"] = rows.pop(f"name_{language}") + detail.where(detail == "", " – " + detail)
    rows["value"] = rows["value"].astype(float)
    return rows.drop(columns=["key", "unit"])
