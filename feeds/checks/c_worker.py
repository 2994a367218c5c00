"""The worker: does one lead, does it still beat, can it write to its store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from feeds import store_trouble
from feeds.cells import LOCAL
from feeds.doctor import Finding, Patient, engine_facts
from store import conditions

SILENT_S = 15
START = "sudo systemctl start ioc-worker"


def check(patient: Patient) -> Iterator[Finding]:
    noted = store_trouble.noted(patient.settings.feeds_file.absolute().parent)
    if noted is not None:
        since = datetime.fromisoformat(noted.since).astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S")
        values: dict[str, object] = {"name": noted.worker, "since": since}
        yield Finding("wrong", "doctor.worker_cannot_write", values, "journalctl -u ioc-worker -n 50", (noted.code, noted.values))
    workers = engine_facts(patient, conditions.workers_all)
    if workers is None:
        return
    if workers.empty:
        yield Finding("wrong", "doctor.no_worker", {}, START)
        return
    ages = {row["name"]: (patient.now - row["beat_at"]).total_seconds() for _, row in workers.iterrows()}
    leading = [str(row["name"]) for _, row in workers.iterrows() if row["leader"] and ages[row["name"]] <= SILENT_S]
    standing_by = [name for name, age_s in ages.items() if age_s <= SILENT_S and name not in leading]
    if leading:
        yield Finding("ok", "doctor.worker", {"name": leading[0], "standby": len(standing_by)})
    elif standing_by:
        yield Finding("wrong", "doctor.nobody_leads", {"names": ", ".join(map(str, standing_by))}, "journalctl -u ioc-worker -n 50")
    else:
        yield Finding("wrong", "doctor.worker_silent", {"age_s": f"{min(ages.values()):.0f}"}, f"{START} && journalctl -u ioc-worker -n 50")
