"""Forms of values that a feed has to declare: a day and an hour in two columns, the form of dates and of numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any

from feeds.cells import Unreadable
from feeds.date_format import DateFormat, date_format
from feeds.guess.contents import Column, Reference, share
from feeds.guess.matching import Found, Match
from feeds.guess.proposal import Doubt
from feeds.mapping import NUMERIC, Declared
from feeds.records import Field
from feeds.tables import Row, Table

DATE_FORMS = (
    "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy", "dd.MM.yyyy", "yyyyMMdd", "dd/MM/yy", "dd/MM/yyyy HH:mm", "yyyy/MM/dd", "MM/yyyy",
    "Tháng MM/yyyy", "Quý Q/yyyy", "yyyy",
)  # fmt: skip
DATED = ("moment", "day", "period")
LEAST_DAYS, LEAST_HOURS, LEAST_OF_FORM = 0.8, 0.8, 0.95
_HOUR = re.compile(r"\s*\d{1,2}\s*(?:[:hg]|giờ)\s*(?:\d{1,2})?(?::\d{2})?\s*(?:p|phút|am|pm)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Repair:
    """What the feed's table has to say besides the columns. doubts: where more than one form reads the cells."""

    tables: Mapping[str, Mapping[str, Any]]
    values: Mapping[str, Any]
    doubts: tuple[Doubt, ...] = ()


def repairs(match: Match, table: Table, columns: Sequence[Column], reference: Reference) -> Iterator[Repair]:
    """One for each field whose cells need a form declared."""
    fields = {item.name: item for item in match.fields}
    yield from _hours(match, fields, columns, reference)
    for name, found in match.found.items():
        item = fields[name]
        if item.type in DATED and not found.column.empty and not _are_hours(found.column):
            yield from _dates(item, found, _read_undeclared(found.column, item))
    yield from _numbers(fields, match.found, reference)


def _are_hours(column: Column) -> bool:
    hours = [isinstance(value, time) or (isinstance(value, str) and bool(_HOUR.fullmatch(value))) for _, value in column.cells]
    return bool(hours) and sum(hours) / len(hours) >= LEAST_HOURS


def _hours(match: Match, fields: Mapping[str, Field], columns: Sequence[Column], reference: Reference) -> Iterator[Repair]:
    """Fields whose column has hours alone: the day stands in another column."""
    lacking = [name for name, found in match.found.items() if fields[name].type == "moment" and _are_hours(found.column)]
    if not lacking:
        return
    used = {match.found[name].column.header for name in lacking}
    day = Field("day", type="day")
    days = [column for column in columns if column.header not in used and (share(column, day, reference) or 0) >= LEAST_DAYS]
    if not days:
        yield Repair({}, {}, (Doubt("no_day", {"columns": ", ".join(sorted(used))}, must=True),))
        return
    joined = {name: [days[0].header, match.found[name].column.header] for name in lacking}
    doubts = (Doubt("which_day", {"columns": ", ".join(column.header for column in days)}),) if len(days) > 1 else ()
    yield Repair({"columns": joined}, {}, doubts)


def _dates(item: Field, found: Found, fits: float) -> Iterator[Repair]:
    """The declared form in which nearly all cells are written, where they cannot be read without one.

    A column written in several ways gets no form: declared, it would turn the days that may be two into one of them.
    """
    forms_known = {text: form for text in DATE_FORMS if (form := date_format(text)) is not None}
    shares = {text: _written_share(found.column, form) for text, form in forms_known.items()}
    best = max(shares.values())
    if fits == 1.0 or best < LEAST_OF_FORM:
        return
    forms = [text for text, read in shares.items() if read == best]
    doubts = (Doubt("date_form", {"column": found.column.header, "forms": ", ".join(forms)}, must=True),) if len(forms) > 1 else ()
    yield Repair({"dates": {item.name: forms[0]}}, {}, doubts)


def _written_share(column: Column, form: DateFormat) -> float:
    """The share of the texts that are written in this very form; a spreadsheet's own dates need none."""
    read = [form.span(value.strip()) is not None for _, value in column.cells if isinstance(value, str)]
    return sum(read) / len(read) if read else 0.0


def _read_undeclared(column: Column, item: Field) -> float:
    """The share of the cells that can mean one day only, by all that the column says."""
    read = _values(column, Declared(), item, datetime.now(UTC))
    clear = Column(column.header, tuple(pair for pair in zip(range(len(read)), read, strict=True) if not isinstance(pair[1], Unreadable)))
    return (share(clear, item, Reference()) or 0.0) * len(clear.cells) / len(column.cells)


def _numbers(fields: Mapping[str, Field], found: Mapping[str, Found], reference: Reference) -> Iterator[Repair]:
    """Whether "1.234,5" or "1,234.5" is how the file writes numbers; nothing where it matters not."""
    numeric = {name: column for name, column in found.items() if fields[name].type in NUMERIC}
    poor = {name: column for name, column in numeric.items() if (share(column.column, fields[name], reference) or 0) < 1}
    if not poor:
        return
    now = datetime.now(UTC)
    shares = {
        form: sum(_read_share(column.column, Declared(numbers=form), fields[name], now) for name, column in poor.items()) / len(poor)
        for form in ("vi", "en")
    }
    if max(shares.values()) == 0:
        return
    if shares["vi"] == shares["en"]:
        yield Repair({}, {}, (Doubt("number_form", {"columns": ", ".join(column.column.header for column in poor.values())}, must=True),))
        return
    yield Repair({}, {"numbers": max(shares, key=lambda form: shares[form])})


def _read_share(column: Column, declared: Declared, item: Field, now: datetime) -> float:
    read = _values(column, declared, item, now)
    if item.type == "whole":
        read = [value if isinstance(value, int) else Unreadable(value, "row.bad_number", "") for value in read]
    return sum(not isinstance(value, Unreadable) and value is not None for value in read) / len(read)


def _values(column: Column, declared: Declared, item: Field, now: datetime) -> list[Any]:
    """The column's cells as a kind would get them."""
    table = Table((column.header,), [Row(number, {column.header: value}) for number, value in column.cells])
    with_column = replace(declared, columns={item.name: column.header})
    return [row.values[column.header] for row in with_column.apply(table, [item], now).rows]
