"""What a feed declares about its source's values, applied to a table before a kind reads it.

    [feeds.report]
    numbers = "vi"                          # 1.234,5
    [feeds.report.columns]                  # our field = their column
    population = "Dân số (nghìn)"
    [feeds.report.units]
    population = "thousand"
    [feeds.report.codes.state]              # their word = ours
    "1" = "up"
    [feeds.report.words.coverage]           # more words, beside the usual ones
    C = "covered"
    [feeds.report.empty]                    # what an empty cell means
    coverage = "none"
    [feeds.report.dates]
    observed_at = "dd/MM/yyyy HH:mm"
    [feeds.report.constants]                # what no column says
    technology = "4g"
    [feeds.report.unpivot]                  # a column for each of these → a row for each
    columns = ["Tỷ lệ 4G", "Tỷ lệ 5G"]
    name = "indicator"
    value = "value"

A cell that is not what is declared is marked, not dropped: the kind turns its row away with the column and what stood there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from math import isfinite
from typing import Any

from feeds.cells import LOCAL, Unreadable, fold, is_empty
from feeds.column_rows import Unpivot, unpivoted
from feeds.columns import headers_of
from feeds.date_format import DateFormat
from feeds.fetching import Wanted
from feeds.joined_columns import Joined, with_joined, with_nested
from feeds.measures import scaled
from feeds.readers.typed_cells import with_days, with_shares
from feeds.readers.values import CellError, Percent
from feeds.records import Field
from feeds.tables import Note, Row, Table
from feeds.written_days import doubtful, in_order

NUMERIC = ("whole", "number")
_NUMERALS = {
    "vi": re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    "en": re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"),
}
NUMBERS = tuple(_NUMERALS)
_NAN = frozenset({"nan", "inf", "-inf", "+inf", "infinity", "-infinity", "null", "#n/a", "n/a"})
_STORED_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True)
class Declared:
    """The mapping of one feed. units: field → factor to the stored unit; codes: field → folded word of the source → ours.

    joins: fields whose column is made of others; `columns` has the header it gets. words: vocabulary or field → word → ours, beside the
    usual words (`feeds.words` reads them). empty: what an empty cell of a field means.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    joins: Mapping[str, Joined] = field(default_factory=dict)
    units: Mapping[str, Decimal] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: Mapping[str, DateFormat] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    empty: Mapping[str, Any] = field(default_factory=dict)
    numbers: str = ""
    unpivot: Unpivot | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Field → header in the table that `apply` gives back, for the fields whose header is declared."""
        made = [*self.constants, *(self.unpivot.made if self.unpivot else ())]
        return {**self.columns, **{name: name for name in made}}

    def wanted(self, fields: Sequence[Field]) -> tuple[Wanted, ...]:
        """The columns that a source should have: a declared header for its field, else the usual ones; what makes a row of its own, too."""
        made = {*self.constants, *(self.unpivot.made if self.unpivot else ())}
        said = [
            Wanted((self.columns[item.name],), True) if item.name in self.columns else Wanted((item.name, *item.aliases), item.required)
            for item in fields
            if item.name not in made and item.name not in self.joins
        ]
        parts = dict.fromkeys([*self._parts, *(self.unpivot.columns if self.unpivot else ())])
        return (*said, *(Wanted((name,), True) for name in parts))

    @property
    def _parts(self) -> list[str]:
        """The headers of columns of which others are made."""
        return [part for join in self.joins.values() for part in join.parts]

    def apply(self, table: Table, fields: Sequence[Field], said_at: datetime) -> Table:
        """`table` with the values that a kind expects. Raises ContentError when a column that others are made of is missing."""
        table = with_nested(table, [*self.columns.values(), *self._parts])
        if self.unpivot is not None:
            keep_empty = self.unpivot.value in self.empty
            table = unpivoted(table, self.unpivot, fields, self.columns, keep_empty=keep_empty)
        if self.constants:
            table = _with_constants(table, self.constants)
        if self.joins:
            table = with_joined(table, self.joins, fields, self.dates)
        found = headers_of(table, fields, self.headers)
        columns = [(item, found[item.name]) for item in fields if item.name in found]
        table = _without_nan(table, {name for item, name in columns if item.type in (*NUMERIC, "degrees")})
        table = with_days(table, columns, said_at)
        changes = {name: change for item, name in columns if (change := self._change(item, said_at))}
        if changes:
            table = replace(table, rows=[_changed(row, changes) for row in table.rows])
        if self.empty:
            table = _filled(table, {found[name]: value for name, value in self.empty.items() if name in found})
        return self._without_doubtful_days(with_shares(table, columns), columns, said_at)

    def _without_doubtful_days(self, table: Table, columns: Sequence[tuple[Field, str]], said_at: datetime) -> Table:
        """Days that may be two, in columns whose form is not declared, are marked."""
        today = said_at.astimezone(LOCAL).date()
        for item, name in columns:
            if item.type not in ("moment", "day", "period") or item.name in self.dates:
                continue
            texts = doubtful((value for row in table.rows if isinstance(value := row.values.get(name), str)), today)
            if texts:
                table = replace(table, rows=[_changed(row, {name: partial(_doubted, texts)}) for row in table.rows])
        return table

    def _change(self, item: Field, said_at: datetime) -> _Change | None:
        name = item.name
        numeric = item.type in NUMERIC and (bool(self.numbers) or name in self.units)
        if name not in self.codes and name not in self.dates and not numeric:
            return None
        return _Change(item, self.codes.get(name), self.dates.get(name), self.numbers, self.units.get(name), said_at)


@dataclass(frozen=True)
class _Change:
    """What happens to the cells of one field: a code, then a date or a number."""

    item: Field
    codes: Mapping[str, str] | None
    form: DateFormat | None
    numbers: str
    times: Decimal | None
    said_at: datetime

    def __call__(self, value: Any) -> Any:
        if is_empty(value):
            return None
        if isinstance(value, Unreadable | Percent | CellError):
            return value  # a share is what its cell says, whatever unit is declared
        if self.codes is not None:
            return self._code(value, self.codes)
        if self.form is not None:
            return self._date(value, self.form)
        return self._number(value) if self.item.type in NUMERIC else value

    def _code(self, value: Any, codes: Mapping[str, str]) -> Any:
        """Only what is declared, or our own code: the usual words would read another system's "1" their way."""
        word = fold(int(value) if isinstance(value, float) and value.is_integer() else value)
        if word in codes:
            return codes[word]
        return word if word in set(codes.values()) & self.item.words.keys() else Unreadable(value, "row.bad_code", "")

    def _date(self, value: Any, form: DateFormat) -> Any:
        """A spreadsheet's own dates are dates already; a row that waited has them as the text that they make."""
        if hasattr(value, "isoformat") or (isinstance(value, str) and _STORED_DATE.fullmatch(value)):
            return value
        text = str(int(value) if isinstance(value, float) and value.is_integer() else value)
        span = form.span(text)
        read: Any = form.moment(text, self.said_at)
        if self.item.type in ("period", "day"):
            read = None if span is None else span[0] if self.item.type == "period" else span[1]
        if read is None and self.item.type in ("moment", "day") and not form.coarse:
            read = in_order(text, form.order)
        return Unreadable(value, "row.bad_format", form.text) if read is None else read

    def _number(self, value: Any) -> Any:
        number = self._numeral(value)
        if number is None:
            return Unreadable(value, "row.bad_numeral" if self.numbers else "row.bad_number", self.numbers)
        scaled_number = number if self.times is None else scaled(number, self.times)
        return int(scaled_number) if self.item.type == "whole" and scaled_number == int(scaled_number) else scaled_number

    def _numeral(self, value: Any) -> float | int | None:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return value if abs(value) < 1e15 else None
        text = "".join(str(value).split()).replace("\u2212", "-")
        if self.item.unit in ("percent", "figure"):
            text = text.removesuffix("%")
        if not self.numbers:
            return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else None
        if len(text) > 24 or not _NUMERALS[self.numbers].fullmatch(text) or not text.isascii():
            return None
        thousands, fraction = (".", ",") if self.numbers == "vi" else (",", ".")
        plain = text.replace(thousands, "").replace(fraction, ".")
        return float(plain) if "." in plain else int(plain)


def _without_nan(table: Table, columns: Collection[str]) -> Table:
    """What programs write for a number that they have not got is an empty cell; the cells are counted."""
    count, rows = 0, []
    for row in table.rows:
        values = {name: None for name in columns if _is_nan(row.values.get(name))}
        count += len(values)
        rows.append(replace(row, values=row.values | values, came=row.came or row.values) if values else row)
    return replace(table, rows=rows, notes=(*table.notes, Note("note.not_a_number", count))) if count else table


def _is_nan(value: Any) -> bool:
    if isinstance(value, str):
        return not isinstance(value, CellError) and value.strip().casefold() in _NAN
    return isinstance(value, float) and not isfinite(value)


def _filled(table: Table, meaning: Mapping[str, Any]) -> Table:
    """`table` with what an empty cell means in each of these columns."""
    rows = []
    for row in table.rows:
        values = {name: value for name, value in meaning.items() if is_empty(row.values.get(name))}
        rows.append(replace(row, values=row.values | values, came=row.came or row.values) if values else row)
    return replace(table, rows=rows)


def _doubted(texts: Mapping[str, Mapping[str, str]], value: Any) -> Any:
    return Unreadable(value, "row.day_doubtful", values=texts[value]) if isinstance(value, str) and value in texts else value


def _changed(row: Row, changes: Mapping[str, Callable[[Any], Any]]) -> Row:
    values = {name: changes[name](value) if name in changes else value for name, value in row.values.items()}
    return replace(row, values=values, came=row.values if row.came is None else row.came)


def _with_constants(table: Table, constants: Mapping[str, Any]) -> Table:
    taken = {name.casefold() for name in constants}
    columns = tuple(name for name in table.columns if name.casefold() not in taken)
    rows = [
        replace(
            row,
            values={**{name: row.values.get(name) for name in columns}, **constants},
            came=row.values if row.came is None else row.came,
        )
        for row in table.rows
    ]
    return replace(table, columns=(*columns, *constants), rows=rows)
