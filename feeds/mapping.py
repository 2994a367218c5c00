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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from feeds.cells import LOCAL, Unreadable, fold, is_empty
from feeds.columns import headers_of, nearest
from feeds.date_format import DateFormat
from feeds.errors import ContentError
from feeds.fetching import Wanted
from feeds.measures import scaled
from feeds.records import Field
from feeds.tables import Row, Table, header
from feeds.written_days import doubtful

NUMERIC = ("whole", "number")
_NUMERALS = {
    "vi": re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    "en": re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"),
}
NUMBERS = tuple(_NUMERALS)
_STORED_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True)
class Unpivot:
    """Columns that become rows: the header goes to the field `name`, the cell to the field `value`; empty cells make no row."""

    columns: tuple[str, ...]
    name: str
    value: str


@dataclass(frozen=True)
class Declared:
    """The mapping of one feed. units: field → factor to the stored unit; codes: field → folded word of the source → ours.

    words: vocabulary or field → word → ours, beside the usual words (`feeds.words` reads them). empty: what an empty cell of a field means.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
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
        made = [*self.constants, *((self.unpivot.name, self.unpivot.value) if self.unpivot else ())]
        return {**self.columns, **{name: name for name in made}}

    def wanted(self, fields: Sequence[Field]) -> tuple[Wanted, ...]:
        """The columns that a source should have: a declared header for its field, else the usual ones; what makes a row of its own, too."""
        made = {*self.constants, *((self.unpivot.name, self.unpivot.value) if self.unpivot else ())}
        said = [
            Wanted((self.columns[item.name],), True) if item.name in self.columns else Wanted((item.name, *item.aliases), item.required)
            for item in fields
            if item.name not in made
        ]
        return (*said, *(Wanted((name,), True) for name in (self.unpivot.columns if self.unpivot else ())))

    def apply(self, table: Table, fields: Sequence[Field], said_at: datetime) -> Table:
        """`table` with the values that a kind expects. Raises ContentError when a column to unpivot is missing."""
        if self.unpivot is not None:
            table = _unpivoted(table, self.unpivot)
        if self.constants:
            table = _with_constants(table, self.constants)
        found = headers_of(table, fields, self.headers)
        changes = {found[item.name]: change for item in fields if item.name in found and (change := self._change(item, said_at))}
        if changes:
            table = replace(table, rows=[_changed(row, changes) for row in table.rows])
        if self.empty:
            table = _filled(table, {found[name]: value for name, value in self.empty.items() if name in found})
        return self._without_doubtful_days(table, [(item, found[item.name]) for item in fields if item.name in found], said_at)

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


def _unpivoted(table: Table, unpivot: Unpivot) -> Table:
    present = {name.casefold(): name for name in table.columns}
    missing = [name for name in unpivot.columns if header(name).casefold() not in present]
    if missing:
        meant = [f"{name} → {near}" for name in missing if (near := nearest(name, table.columns))]
        code = "run.missing_column_meant" if meant else "run.missing_column"
        raise ContentError(code, columns=", ".join(missing), found=", ".join(table.columns[:30]), meant=", ".join(meant))
    wide = [present[header(name).casefold()] for name in unpivot.columns]
    made = {unpivot.name.casefold(), unpivot.value.casefold()}
    kept = tuple(name for name in table.columns if name not in wide and name.casefold() not in made)
    rows = [
        replace(row, values={**{name: row.values.get(name) for name in kept}, unpivot.name: column, unpivot.value: cell}, came=row.values)
        for row in table.rows
        for column in wide
        if (cell := row.values.get(column)) is not None and str(cell).strip()
    ]
    return replace(table, columns=(*kept, unpivot.name, unpivot.value), rows=rows)
