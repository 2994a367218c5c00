"""Every feed: did its newest run fail and why, how old is what it says, which of its rows wait in quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from feeds.cells import LOCAL
from feeds.doctor import Finding, Patient, engine_facts
from store import conditions, operations
from store.speaking import registered_promise

SET_ASIDE = timedelta(days=7)
"""For how long a file that broke its reader is told."""


def check(patient: Patient) -> Iterator[Finding]:
    found = engine_facts(patient, _read)
    if found is None:
        return
    feeds, newest, waiting, broken = found
    sound = 0
    for _, feed in feeds[feeds["enabled"].astype(bool)].iterrows():
        wrong = list(_feed(feed, newest.get(feed["key"]), patient.now))
        sound += not wrong
        yield from wrong
    if sound:
        yield Finding("ok", "doctor.feeds", {"count": sound})
    for _, run in broken.iterrows():
        values = {"feed": run["feed"], "item": run["item"] or "", "day": f"{run['finished_at'].astimezone(LOCAL):%d/%m/%Y %H:%M}"}
        yield Finding("warning", "doctor.set_aside", values, cause=(run["error_code"], run["error_args"] or {}))
    for key, rows in waiting.items():
        yield Finding(
            "warning",
            "doctor.quarantine",
            {"feed": key, "rows": rows},
            f"xdg-open http://127.0.0.1:{patient.settings.port}/feeds?feed={key}",
        )


def _read(connection: Connection) -> tuple[pd.DataFrame, dict[str, Any], dict[str, int], pd.DataFrame]:
    newest = {row["feed"]: row for _, row in conditions.newest_run_of_each(connection).iterrows()}
    broken = operations.broken_contents(connection, datetime.now(UTC) - SET_ASIDE)
    return conditions.feeds_all(connection), newest, operations.quarantine_counts(connection), broken


def _feed(feed: pd.Series, run: Any, now: datetime) -> Iterator[Finding]:
    key = str(feed["key"])
    if run is None and pd.isna(feed["last_ok_at"]):
        yield Finding("warning", "doctor.never_ran", {"feed": key}, f"ioc feeds run {key}")
        return
    if run is not None and run["state"] == "failed":
        yield Finding("wrong", "doctor.failing", {"feed": key}, f"ioc feeds try {key}", (str(run["error_code"]), run["error_args"] or {}))
    if registered_promise(feed).state(_moment(feed["true_at"]), now) == "stale":
        values = {"feed": key, "age_h": f"{(now - feed['true_at']).total_seconds() / 3600:.1f}", "source": feed["source"]}
        yield Finding("warning", "doctor.stale", values, f"ioc feeds try {key}")


def _moment(value: Any) -> datetime | None:
    return None if pd.isna(value) else value
