"""Columns made of others: date and time of two columns, ids written together from several, values inside a JSON record.

starts_at = ["Ngày", "Giờ"]             # a date and a time of day; of other fields the texts, a space between
village_id = "{Mã xã:05}-{TT:02}"       # with zeros in front where they were lost
population = "properties.dan_so"        # `a.0.b`: the first of a list
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from feeds.cells import LOCAL, Unreadable, is_empty
from feeds.columns import nearest
from feeds.date_format import DateFormat
from feeds.errors import ContentError
from feeds.records import Field
from feeds.tables import Row, Table, header
from feeds.written_days import time_of_day

_PLACE = re.compile(r"\{([^{}:]+)(?::0(\d{1,2}))?\}")
_DATED = ("moment", "day", "period")


@dataclass(frozen=True)
class Joined:
    """One column made of others. name: its header in the table; parts: theirs; template: "" for a list of columns."""

    name: str
    parts: tuple[str, ...]
    template: str = ""


def joined(value: object) -> Joined | None:
    """What a feed declares as a column that is made of others; None for a header by itself."""
    if isinstance(value, list) and len(value) > 1 and all(isinstance(part, str) and part.strip() for part in value):
        return Joined(" + ".join(map(header, value)), tuple(map(header, value)))
    if isinstance(value, str) and (places := _PLACE.findall(value)):
        return Joined(header(value), tuple(header(name) for name, _ in places), value)
    return None


def with_nested(table: Table, wanted: Iterable[str]) -> Table:
    """`table` with a column for each dotted header that it has not got and that leads to something inside a row's values."""
    present = {name.casefold() for name in table.columns}
    dotted = dict.fromkeys(name for name in wanted if "." in name and header(name).casefold() not in present)
    found = {name: [_inside(row.values, name) for row in table.rows] for name in dotted}
    found = {name: values for name, values in found.items() if any(value is not None for value in values)}
    if not found:
        return table
    rows = [
        replace(row, values=row.values | {header(name): values[place] for name, values in found.items()}, came=row.came or row.values)
        for place, row in enumerate(table.rows)
    ]
    return replace(table, columns=(*table.columns, *map(header, found)), rows=rows)


def _inside(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(
                step, next((inner for key, inner in value.items() if header(key).casefold() == header(step).casefold()), None)
            )
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def with_joined(table: Table, joins: Mapping[str, Joined], fields: Sequence[Field], dates: Mapping[str, DateFormat]) -> Table:
    """`table` with the columns that are made of others. Raises ContentError when one of those is missing.

    joins: field → its column. A column of which a part is empty is empty; of a field that must be there the empty part is named.
    """
    present = {name.casefold(): name for name in table.columns}
    missing = list(dict.fromkeys(part for join in joins.values() for part in join.parts if part.casefold() not in present))
    if missing:
        meant = [f"{name} → {near}" for name in missing if (near := nearest(name, table.columns))]
        code = "run.missing_column_meant" if meant else "run.missing_column"
        raise ContentError(code, columns=", ".join(missing), found=", ".join(table.columns[:30]), meant=", ".join(meant))
    of = {item.name: item for item in fields}
    made = {join.name: (join, [present[part.casefold()] for part in join.parts], of[name]) for name, join in joins.items() if name in of}
    rows = [_row(row, made, dates) for row in table.rows]
    return replace(table, columns=tuple(dict.fromkeys((*table.columns, *made))), rows=rows)


def _row(row: Row, made: Mapping[str, tuple[Joined, list[str], Field]], dates: Mapping[str, DateFormat]) -> Row:
    values = dict(row.values)
    for name, (join, headers, item) in made.items():
        cells = [row.values.get(part) for part in headers]
        values[name] = _cell(join, cells, headers, item, dates.get(item.name))
    return replace(row, values=values, came=row.came or row.values)


def _cell(join: Joined, cells: list[Any], headers: list[str], item: Field, form: DateFormat | None) -> Any:
    empty = [part for part, value in zip(headers, cells, strict=True) if is_empty(value)]
    if not join.template and item.type not in _DATED:
        return " ".join(_text(value) for value in cells if not is_empty(value)) or None
    if len(empty) == len(cells) or (empty and not item.required):
        return None
    if empty:
        shown = " ".join(_text(value) for value in cells if not is_empty(value))
        return Unreadable(shown, "row.part_missing", values={"part": empty[0]})
    if join.template:
        return _templated(join.template, cells)
    return _moment(cells[0], cells[1:], form)


def _templated(template: str, cells: list[Any]) -> str:
    values = iter(cells)

    def place(match: re.Match[str]) -> str:
        text = _text(next(values))
        return text.zfill(int(match[2])) if match[2] and text.isdigit() else text

    return _PLACE.sub(place, template)


def _moment(day: Any, clocks: list[Any], form: DateFormat | None) -> Any:
    """A date and a time of day as one; the text of both where only the reader of dates can tell what the day is."""
    shown = " ".join(map(_text, (day, *clocks)))
    clock = _clock(clocks[0]) if len(clocks) == 1 else None
    if isinstance(day, str) and form is not None and "hour" in form.parts:
        return shown
    if clock is None:
        return shown if len(clocks) != 1 else Unreadable(shown, "row.bad_clock")
    if isinstance(day, str) and form is not None:
        found = form.span(day)
        return Unreadable(shown, "row.bad_format", form.text) if found is None else datetime.combine(found[1], clock, LOCAL)
    if isinstance(day, date):
        return datetime.combine(day.date() if isinstance(day, datetime) else day, clock)
    text = _text(day).removesuffix(" 00:00:00")  # a date of a spreadsheet, in a row that has waited
    return f"{text} {clock:%H:%M:%S}"


def _clock(value: Any) -> time | None:
    """A time of day, as a spreadsheet or a person writes it."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    if isinstance(value, timedelta):
        value = value / timedelta(days=1)
    if isinstance(value, float) and 0 <= value < 1:
        return (datetime(2000, 1, 1) + timedelta(seconds=round(value * 86_400))).time()  # noqa: DTZ001 - the day does not matter
    return time_of_day(str(value).strip())


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
