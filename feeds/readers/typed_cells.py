"""What typed cells of a sheet mean to the fields they are read into: numbers of days, months, shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from feeds.cells import Unreadable
from feeds.date_format import date_format
from feeds.plausible_days import plausible
from feeds.readers.values import Month, Percent, Year
from feeds.records import Field
from feeds.tables import Row, Table

SHARES = ("percent", "figure")
"""Units of fields in which a share is kept in per cent."""


def with_days(table: Table, columns: Iterable[tuple[Field, str]], said_at: datetime) -> Table:
    """`table` with the days that numbers and month cells mean in its dated columns. columns: fields with their headers."""
    changes: dict[str, Callable[[Row, Any], Any]] = {}
    for field, name in columns:
        if field.type in ("moment", "day"):
            changes[name] = _moment_of(said_at) if field.type == "moment" else _day_or_marked
        elif field.type == "period":
            changes[name] = _serial_day
    return _each(table, changes)


def with_shares(table: Table, columns: Iterable[tuple[Field, str]]) -> Table:
    """`table` with 95.5 for a cell of 0.955 that is shown as 95.5 %; such a cell is marked where no share can be meant."""
    changes: dict[str, Callable[[Row, Any], Any]] = {}
    for field, name in columns:
        if field.type in ("whole", "number") and field.unit:
            changes[name] = _share if field.unit in SHARES else _no_share
    return _each(table, changes, came=True)


def _each(table: Table, changes: dict[str, Callable[[Row, Any], Any]], *, came: bool = False) -> Table:
    """came: whether what stood there is still to be seen where the row is turned away; a number of days is better seen as a day."""
    rows: list[Row] = []
    touched = False
    for row in table.rows:
        changed = {name: new for name, change in changes.items() if (new := change(row, old := row.values.get(name))) is not old}
        if changed and came:
            row = replace(row, came=row.values if row.came is None else row.came)
        rows.append(replace(row, values=row.values | changed) if changed else row)
        touched = touched or bool(changed)
    return replace(table, rows=rows) if touched else table


def serial_day(value: float, day_zero: date) -> datetime | None:
    """The moment that a spreadsheet's number of days means; None where that is no plausible day."""
    try:
        moment = datetime.combine(day_zero, time()) + timedelta(days=value)
    except (OverflowError, ValueError):
        return None
    moment = (moment + timedelta(milliseconds=500)).replace(microsecond=0)  # 8:00 is 0.333333333333 of a day
    return moment if plausible(moment) else None


def _serial_day(row: Row, value: Any) -> Any:
    if row.origin is None or row.origin.day_zero is None or isinstance(value, bool | Percent) or not isinstance(value, int | float):
        return value
    found = serial_day(value, row.origin.day_zero)
    return value if found is None else found


def _day_or_marked(row: Row, value: Any) -> Any:
    """A number that is neither a number of days nor 20261105 is marked: seconds since 1970 are no spreadsheet's way."""
    read = _serial_day(row, value)
    if read is not value or row.origin is None or row.origin.day_zero is None or not _is_number(value):
        return read
    return value if value == int(value) and _is_digits_of_day(int(value)) else Unreadable(value, "row.no_day_number")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_digits_of_day(value: int) -> bool:
    try:
        return plausible(date(value // 10_000, value // 100 % 100, value % 100))
    except ValueError:
        return False


def _moment_of(said_at: datetime) -> Callable[[Row, Any], Any]:
    """A whole month or year is known at its end, or when it was said before that."""

    def moment(row: Row, value: Any) -> Any:
        form = date_format("MM/yyyy" if isinstance(value, Month) else "yyyy") if isinstance(value, Month | Year) else None
        return _day_or_marked(row, value) if form is None else form.moment(str(value), said_at) or value

    return moment


def _share(row: Row, value: Any) -> Any:
    return value.percent if isinstance(value, Percent) else value


def _no_share(row: Row, value: Any) -> Any:
    return Unreadable(value, "row.percent_cell") if isinstance(value, Percent) else value
