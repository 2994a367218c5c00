"""Dossier counts of service centres: one row per centre, competent authority and period (a month or a day)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel
from pydantic import Field as Option
from sqlalchemy import Connection

from feeds.cells import LOCAL, Cells
from feeds.columns import resolve
from feeds.errors import RowError
from feeds.periods import period
from feeds.records import Field, Parsed, Rejections, Stamp, Stored, rejection
from feeds.tables import Table
from store import observations
from store.schema import dossiers
from store.write import upsert

COUNTS = ("received", "in_progress", "due", "on_time", "overdue", "online")
LONGEST_DAYS = 31  # counts of a quarter or a year would be added to those of its months
OPTIONAL_COUNTS = ("satisfied", "rated")
HEADERS = {
    "received": ("Tiếp nhận", "Số hồ sơ tiếp nhận", "Hồ sơ tiếp nhận", "Đã tiếp nhận"),
    "in_progress": ("Đang giải quyết", "Số hồ sơ đang giải quyết", "Đang xử lý"),
    "due": ("Đến hạn", "Số hồ sơ đến hạn", "Đã đến hạn"),
    "on_time": ("Đúng hạn", "Số hồ sơ đúng hạn", "Giải quyết đúng hạn"),
    "overdue": ("Quá hạn", "Số hồ sơ quá hạn"),
    "online": ("Trực tuyến", "Số hồ sơ trực tuyến", "Nộp trực tuyến"),
    "satisfied": ("Số lượt hài lòng", "Số người hài lòng"),
    "rated": ("Số lượt đánh giá", "Số người đánh giá"),
}
NOT_MORE = (("on_time", "due"), ("online", "received"), ("satisfied", "rated"))  # the first is part of the second
COLUMNS = tuple(column.key for column in dossiers.c)

Units = Mapping[str, list[tuple[date, date | None, str]]]


class Options(BaseModel):
    """future_tolerance_s: how far the source's clock may be ahead."""

    future_tolerance_s: int = Option(default=300, ge=0)


@dataclass(frozen=True)
class Count:
    centre_id: str
    authority_code: str
    period: str
    period_from: date
    period_to: date
    observed_at: datetime
    counts: Mapping[str, int | None]
    row: int

    @property
    def key(self) -> tuple[str, str, str]:
        return self.centre_id, self.authority_code, self.period


def fields(options: Options) -> tuple[Field, ...]:
    return (
        Field("centre_id", aliases=("Mã trung tâm", "Mã bộ phận một cửa")),
        Field("authority_code", required=False, aliases=("Mã cơ quan có thẩm quyền",)),
        Field("period", aliases=("Kỳ", "Kỳ báo cáo", "Tháng"), type="period"),
        Field("observed_at", required=False, aliases=("Thời điểm", "Ngày báo cáo"), type="moment"),
        *(Field(name, aliases=HEADERS[name], type="whole", unit="one") for name in COUNTS),
        *(Field(name, required=False, aliases=HEADERS[name], type="whole", unit="one") for name in OPTIONAL_COUNTS),
    )


def reference(connection: Connection) -> Units:
    """The units each centre has lain in."""
    return observations.centre_units(connection)


def parse(table: Table, mapping: Mapping[str, str], centres: Units, options: Options, stamp: Stamp) -> Parsed:
    """One Count per accepted row; the second row about the same centre, authority and period is turned away."""
    headers = resolve(table, fields(options), mapping)
    latest = stamp.stored_at + timedelta(seconds=options.future_tolerance_s)
    records: dict[tuple[str, str, str], Count] = {}
    numbers: dict[tuple[str, str, str], int] = {}
    rejections = Rejections()
    for row in table.rows:
        try:
            count = _count(Cells(row, headers), centres, stamp.reported_at, latest)
            if count.key in records:
                raise RowError("row.duplicate", first=numbers[count.key])
            records[count.key] = count
            numbers[count.key] = row.number
        except RowError as error:
            rejections.append(rejection(row, error))
    true_at = max((record.observed_at for record in records.values()), default=None)
    return Parsed(len(table.rows), list(records.values()), rejections, true_at)


def _count(cells: Cells, centres: Units, said_at: datetime, latest: datetime) -> Count:
    centre_id = cells.text("centre_id")
    if centre_id not in centres:
        raise cells.fail("row.unknown_centre", "centre_id")
    observed_at = cells.moment("observed_at") if cells.has("observed_at") else said_at
    if observed_at > latest:
        raise cells.fail("row.future", "observed_at")
    span = period(cells.raw("period"))
    if span is None:
        raise cells.fail("row.bad_period", "period")
    if (span[2] - span[1]).days >= LONGEST_DAYS:
        raise cells.fail("row.long_period", "period")
    name, start, end = span
    if start > latest.astimezone(LOCAL).date():
        raise cells.fail("row.future", "period")
    authority = cells.text("authority_code") if cells.has("authority_code") else _own_unit(centres[centre_id], end, observed_at)
    return Count(centre_id, authority, name, start, end, observed_at, _counts(cells), cells.number_of_row)


def _counts(cells: Cells) -> dict[str, int | None]:
    counts: dict[str, int | None] = {name: cells.whole(name) for name in COUNTS}
    counts |= {name: cells.whole(name) if cells.has(name) else None for name in OPTIONAL_COUNTS}
    for part, whole in NOT_MORE:
        few, many = counts[part], counts[whole]
        if few is not None and many is not None and few > many:
            raise cells.fail("row.more_than", part, whole=cells.called(whole), limit=many)
    return counts


def _own_unit(lain: list[tuple[date, date | None, str]], end: date, observed_at: datetime) -> str:
    """The unit the centre lay in at the end of the period, or at the time of the report while the period runs."""
    day = min(end, observed_at.astimezone(LOCAL).date())
    return next((code for start, stop, code in lain if start <= day and (stop is None or day <= stop)), lain[-1][2] if lain else "")


def store(connection: Connection, records: list[Count], stamp: Stamp, options: Options) -> Stored:
    """Upsert the counts; a report older than the stored one of the same key changes nothing."""
    stored = observations.dossier_rows(connection, {record.period for record in records})
    outcomes = [_outcome(stored.get(record.key), record) for record in records]
    rows = [_row(record, stamp) for record, outcome in zip(records, outcomes, strict=True) if outcome != "older"]
    upsert(connection, dossiers, COLUMNS, rows)
    return Stored(*(outcomes.count(outcome) for outcome in Stored._fields))


def _outcome(stored: Mapping[str, Any] | None, record: Count) -> str:
    if stored is None:
        return "added"
    if record.observed_at < stored["observed_at"]:
        return "older"
    return "unchanged" if all(stored[name] == value for name, value in record.counts.items()) else "changed"


def _row(record: Count, stamp: Stamp) -> tuple[object, ...]:
    row: dict[str, object] = {
        "centre_id": record.centre_id,
        "authority_code": record.authority_code,
        "period": record.period,
        "period_from": record.period_from,
        "period_to": record.period_to,
        **record.counts,
        "observed_at": record.observed_at,
        "reported_at": stamp.reported_at,
        "stored_at": stamp.stored_at,
        "source": stamp.source,
        "feed": stamp.feed,
        "synthetic": stamp.synthetic,
    }
    return tuple(row[name] for name in COLUMNS)
