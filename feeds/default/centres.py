"""Invented service centres and their months of dossiers.

One provincial centre throughout; until 2025-06-30 a one-stop unit in each district, since then a centre in each commune. For Điện Biên
the twelve months to April 2022 add up to the 133,370 dossiers that were published as received by then, handled on time by 96.63 %,
and so does that April by itself; how they spread over months and centres is invented, as the source does not say.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from feeds.default.register import Register, capital, kind_of
from feeds.default.synthetic import SOURCE, SURVEYED_ON, at_17, random
from feeds.default.villages import places
from geo.names import search_key
from geo.units import NEW_FROM, OLD_FROM, OLD_TO

CENTRE = "Trung tâm Phục vụ hành chính công"
FIRST_MONTH = date(2021, 5, 1)
YEAR_TO_SURVEY = 12
RECEIVED_IN_A_YEAR = {"11": 133_370}
RECEIVED_PER_PERSON = 0.205
ON_TIME_PCT = 96.63

Counts = npt.NDArray[np.int64]


def invent_centres(register: Register) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The centres and where they belong: rows of the centres table but stored_at, rows of place_units."""
    units = register.units
    lon, lat = capital(register)
    province = units[(units["level"] == "province") & (units["valid_from"] == NEW_FROM)]
    levels = [
        _rows(province, "provincial", CENTRE).assign(name=f"{CENTRE} {kind_of(register)}", lon=lon, lat=lat),
        _rows(units[units["level"] == "district"], "one_stop", "Bộ phận một cửa").assign(valid_to=OLD_TO, after=None),
        _rows(
            units[(units["level"] == "commune") & (units["valid_from"] == NEW_FROM)], "one_stop", "Trung tâm Phục vụ hành chính công"
        ).assign(valid_from=NEW_FROM, before=None),
    ]
    rows = pd.concat([level.astype(object) for level in levels], ignore_index=True)
    rows["id"] = [f"C{register.code}-{number:03d}" for number in range(1, len(rows) + 1)]
    frame = rows.assign(search_key=rows["name"].map(search_key), source=SOURCE, synthetic=True)
    return frame.drop(columns=["before", "after"]), places("centre", rows["id"], rows["before"], rows["after"])


def _rows(units: pd.DataFrame, kind: str, title: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": (title + " " + units["kind"] + " " + units["name"]).to_numpy(),
            "kind": kind,
            "lon": units["lon"].to_numpy(),
            "lat": units["lat"].to_numpy(),
            "valid_from": OLD_FROM,
            "valid_to": None,
            "before": units["code"].to_numpy(),
            "after": units["code"].to_numpy(),
        }
    )


def invent_dossiers(register: Register, centres: pd.DataFrame, places: pd.DataFrame, people: int, seed: int, today: date) -> pd.DataFrame:
    """Rows of the dossiers table but stored_at: every whole month from May 2021 to the one before `today`."""
    chance = random(seed, "dossiers")
    authority = places.drop_duplicates("place_id").set_index("place_id")["unit_code"]
    monthly = RECEIVED_IN_A_YEAR.get(register.code, round(people * RECEIVED_PER_PERSON)) / YEAR_TO_SURVEY
    known = register.code in RECEIVED_IN_A_YEAR
    frames = []
    for number, month in enumerate(_months(today)):
        working = centres[(centres["valid_from"] <= month) & (centres["valid_to"].isna() | (centres["valid_to"] >= month))]
        frame = _month(working, month, monthly, number, chance)
        frames += [frame.assign(authority_code=working["id"].map(authority).to_numpy())]
    rows = pd.concat(frames, ignore_index=True)
    if known:
        _agree_with_published(rows, RECEIVED_IN_A_YEAR[register.code])
    rows["overdue"] = rows["due"] - rows["on_time"]
    times = [at_17(day) for day in rows["period_to"]]
    return rows.assign(observed_at=times, reported_at=times, source=SOURCE, feed=None, synthetic=True)


def _months(today: date) -> Iterator[date]:
    month = FIRST_MONTH
    while month < today.replace(day=1):
        yield month
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _month(centres: pd.DataFrame, month: date, monthly: float, number: int, chance: np.random.Generator) -> pd.DataFrame:
    size = np.where(centres["kind"] == "provincial", 0.22 * len(centres), 1.0) * chance.lognormal(0.0, 0.3, len(centres))
    season = 1 + 0.08 * np.sin(2 * np.pi * month.month / 12) + 0.006 * max(0, number - YEAR_TO_SURVEY)
    received = np.maximum(5, np.rint(monthly * season * size / size.sum())).astype(int)
    due = np.rint(received * chance.uniform(0.88, 0.99, len(centres))).astype(int)
    online = min(0.25 + 0.011 * max(0, number - YEAR_TO_SURVEY + 1), 0.8)
    rated = chance.binomial(received, 0.22)
    return pd.DataFrame(
        {
            "centre_id": centres["id"].to_numpy(),
            "period": f"{month:%Y-%m}",
            "period_from": month,
            "period_to": month.replace(day=calendar.monthrange(month.year, month.month)[1]),
            "received": received,
            "in_progress": np.rint(received * chance.uniform(0.1, 0.25, len(centres))).astype(int),
            "due": due,
            "on_time": chance.binomial(due, np.clip(ON_TIME_PCT / 100 + 0.012 * chance.standard_normal(len(centres)), 0.85, 0.999)),
            "online": chance.binomial(received, online),
            "rated": rated,
            "satisfied": chance.binomial(rated, 0.965),
        }
    )


def _agree_with_published(rows: pd.DataFrame, received: int) -> None:
    """Make the year to the survey sum to `received`, and its on-time share, and its last month's, the published one."""
    year = rows["period_to"] <= SURVEYED_ON
    april = rows["period"] == f"{SURVEYED_ON:%Y-%m}"
    _spread(rows, year, "received", received)
    for chosen in (april, year & ~april):
        _spread(rows, chosen, "on_time", round(rows.loc[chosen, "due"].sum() * ON_TIME_PCT / 100))


def _spread(rows: pd.DataFrame, chosen: pd.Series, column: str, total: int) -> None:
    """Change the largest values of `column` by one each, again and again, until they sum to `total`."""
    order = rows.index[chosen][np.argsort(-rows.loc[chosen, column].to_numpy(), kind="stable")]
    missing = total - int(rows.loc[chosen, column].sum())
    whole, rest = divmod(abs(missing), len(order))
    step = np.full(len(order), whole)
    step[:rest] += 1
    rows.loc[order, column] += np.sign(missing) * step
