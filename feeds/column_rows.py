"""Columns that become rows: the header goes into fields, the cell into another.

[feeds.report.unpivot]
columns = ["Tỷ lệ 4G", "Tỷ lệ 5G"]      # these columns, their whole header to one field
name = "indicator"
value = "value"

[feeds.operators.unpivot]
headers = "{operator} / {technology} / Có sóng"   # every column whose header is of this form
value = "status"                        # left out: a column whose cell is marked (x) makes a row, any other none
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from feeds.cells import Unreadable, is_empty
from feeds.columns import headers_of, nearest
from feeds.errors import ContentError
from feeds.records import Field
from feeds.tables import Row, Table, header
from feeds.words import FLAGS, NO, YES, usual, word

_PLACE = re.compile(r"\{(\w+)\}")
_MARKS = usual(FLAGS)


@dataclass(frozen=True)
class Unpivot:
    """Columns that become rows: the header goes to the field `name`, the cell to the field `value`; empty cells make no row.

    patterns: forms of headers with fields in braces, in the stead of `name`; then `columns` may be empty: all that fit. value "": cells are
    marks.
    """

    columns: tuple[str, ...]
    name: str
    value: str
    patterns: tuple[str, ...] = ()

    @property
    def made(self) -> tuple[str, ...]:
        """The fields that are filled."""
        named = [name for pattern in self.patterns for name in _PLACE.findall(pattern)] or [self.name]
        return tuple(dict.fromkeys((*named, *([self.value] if self.value else []))))


def places(pattern: str) -> list[str]:
    """The fields that a form of headers names."""
    return _PLACE.findall(pattern)


def unpivoted(table: Table, unpivot: Unpivot, fields: Sequence[Field], mapping: Mapping[str, str], *, keep_empty: bool) -> Table:
    """`table` with a row for each cell of the columns. mapping: field → header of other fields, whose columns stay.

    keep_empty: an empty cell makes a row, too. Raises ContentError when a column is missing, or none is of the form.
    """
    wide = _matched(table, unpivot, fields, mapping) if unpivot.patterns else _named(table, unpivot)
    made = {name.casefold() for name in unpivot.made}
    kept = tuple(name for name in table.columns if name not in wide and name.casefold() not in made)
    rows = [
        _row(row, kept, {**said, **cell})
        for row in table.rows
        for column, said in wide.items()
        if (cell := _cell(row.values.get(column), unpivot, keep_empty)) is not None
    ]
    return replace(table, columns=(*kept, *unpivot.made), rows=rows)


def _row(row: Row, kept: Collection[str], made: Mapping[str, Any]) -> Row:
    return replace(row, values={**{name: row.values.get(name) for name in kept}, **made}, came=row.values if row.came is None else row.came)


def _cell(value: Any, unpivot: Unpivot, keep_empty: bool) -> dict[str, Any] | None:
    """The field that the cell fills; None when it makes no row."""
    if unpivot.value:
        return None if is_empty(value) and not keep_empty else {unpivot.value: value}
    mark = None if is_empty(value) else _MARKS.get(word(value))
    if is_empty(value) or mark == NO:
        return None
    return {} if mark == YES else {unpivot.made[-1]: Unreadable(value, "row.bad_mark")}


def _named(table: Table, unpivot: Unpivot) -> dict[str, dict[str, Any]]:
    return {column: {unpivot.name: column} for column in _present(table, unpivot.columns)}


def _present(table: Table, columns: Sequence[str]) -> list[str]:
    present = {name.casefold(): name for name in table.columns}
    missing = [name for name in columns if header(name).casefold() not in present]
    if missing:
        meant = [f"{name} → {near}" for name in missing if (near := nearest(name, table.columns))]
        code = "run.missing_column_meant" if meant else "run.missing_column"
        raise ContentError(code, columns=", ".join(missing), found=", ".join(table.columns[:30]), meant=", ".join(meant))
    return [present[header(name).casefold()] for name in columns]


def _matched(table: Table, unpivot: Unpivot, fields: Sequence[Field], mapping: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Column → field → what its header says of it."""
    of = {item.name: item for item in fields}
    forms = [_form(pattern, of) for pattern in unpivot.patterns]
    others = [item for item in fields if item.name not in unpivot.made]
    taken = set(headers_of(table, others, mapping).values())
    candidates = _present(table, unpivot.columns) or [name for name in table.columns if name not in taken]
    found = {name: said for name in candidates if (said := _said(name, forms, of)) is not None}
    strange = [name for name in candidates if name not in found]
    if not found or (unpivot.columns and strange):
        shown = ", ".join((strange or list(table.columns))[:30])
        raise ContentError("run.no_header_fits", pattern=" | ".join(unpivot.patterns), found=shown)
    return found


def _form(pattern: str, fields: Mapping[str, Field]) -> re.Pattern[str]:
    """A field with words of its own stands for these only, any other for whatever is there."""
    text, at = "", 0
    for match in _PLACE.finditer(pattern):
        words = usual(fields[match[1]].words) if fields[match[1]].words else {}
        inner = "|".join(re.escape(said) for said in sorted(words, key=len, reverse=True)) or r"\S.*?"
        text += _literal(pattern[at : match.start()]) + f"(?P<{match[1]}>{inner})"
        at = match.end()
    return re.compile(text + _literal(pattern[at:]), re.IGNORECASE)


def _literal(text: str) -> str:
    """White space around signs does not matter; between words there must be some."""
    spaced = re.sub(r"\s*([^\w\s])\s*", r" \1 ", header(text) if text.strip() else " ")
    parts = [re.escape(part) for part in spaced.split()]
    gap = r"\s*" if re.search(r"[^\w\s]", text) else r"\s+"
    lead, tail = (gap if text[:1].isspace() or gap == r"\s*" else ""), (gap if text[-1:].isspace() or gap == r"\s*" else "")
    return "" if not text else (gap if not parts else lead + gap.join(parts) + tail)


def _said(name: str, forms: Sequence[re.Pattern[str]], fields: Mapping[str, Field]) -> dict[str, Any] | None:
    for form in forms:
        match = form.fullmatch(name)
        if match is not None:
            return {
                key: usual(fields[key].words).get(word(text), text) if fields[key].words else text
                for key, text in match.groupdict().items()
            }
    return None
