"""Dossiers of service centres, month to date: growing through the working day, about 96 % on time."""

from __future__ import annotations

import calendar
import random
from datetime import date, datetime

from feeds.cells import LOCAL

OPENS_H, CLOSES_H = 7.5, 17.0
MONTHLY = {"provincial": (3500, 6500), "one_stop": (60, 420)}


def month_to_date(centre_id: str, kind: str, moment: datetime, seed: int) -> dict[str, object]:
    """The report of one centre about the month of `moment`, as its system would put it."""
    local = moment.astimezone(LOCAL)
    chance = random.Random(f"{seed}/{centre_id}/{local:%Y-%m}")  # noqa: S311 - plays, guards nothing
    volume = chance.randint(*MONTHLY.get(kind, MONTHLY["one_stop"]))
    late_share = min(0.12, chance.gammavariate(2.0, 0.02))
    online_share = chance.uniform(0.5, 0.9)
    received = int(volume * elapsed(local))
    due = int(received * 0.82)
    on_time = due - round(due * late_share)
    rated = int(due * 0.3)
    return {
        "ma_don_vi": centre_id,
        "ky": f"{local:%Y-%m}",
        "tiep_nhan": received,
        "dang_xu_ly": received - due,
        "den_han": due,
        "dung_han": on_time,
        "qua_han": due - on_time,
        "truc_tuyen": int(received * online_share),
        "hai_long": int(rated * chance.uniform(0.9, 0.99)),
        "danh_gia": rated,
        "thoi_diem": local.isoformat(timespec="seconds"),
    }


def elapsed(local: datetime) -> float:
    """Share of the month's working time that has passed, 0…1."""
    days = [date(local.year, local.month, day) for day in range(1, calendar.monthrange(local.year, local.month)[1] + 1)]
    working = [day for day in days if day.weekday() < 5]
    done = float(sum(day < local.date() for day in working))
    if local.date() in working:
        hour = local.hour + local.minute / 60 + local.second / 3600
        done += min(1.0, max(0.0, (hour - OPENS_H) / (CLOSES_H - OPENS_H)))
    return done / len(working)
