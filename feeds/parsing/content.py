"""Content of a source as records: read, its values mapped, placed, and parsed by its kind; the part of a run that needs no store.

Bytes are read in a process of their own, together with what follows, so that a million bad rows never reach the worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from feeds.errors import ContentError
from feeds.fetching import Content
from feeds.mapping import Declared
from feeds.name_dates import check_days
from feeds.parsing.process import apart
from feeds.passing import with_unreadable
from feeds.placing import in_degrees
from feeds.records import Parsed, Stamp, bounded
from feeds.registry import Kind, all_kinds
from feeds.row_marks import with_columns_of_ended, without_marked
from feeds.tables import Table, read_table
from feeds.words import WordReader


class Reader(NamedTuple):
    """How a feed reads its rows. options: of the kind; reference: what the kind knows of the store."""

    options: Any
    mapping: Declared
    words: WordReader
    reference: Any
    stamp: Stamp


def parsed(kind: Kind, reader: Reader, content: Content) -> Parsed:
    """What the kind makes of the content. Raises ContentError.

    A kind of a plug-in runs here, because the other process does not know it; what reads the bytes is always there.
    """
    if not isinstance(content.data, bytes):
        return _of_table(kind, reader, content, read_table(content.data, content.layout))
    if all_kinds().get(kind.key) is kind:
        return apart(_of_bytes, kind.key, reader, content)
    return _of_table(kind, reader, content, apart(read_table, content.data, content.layout))


def _of_bytes(kind: str, reader: Reader, content: Content) -> Parsed:
    return _of_table(all_kinds()[kind], reader, content, read_table(content.data, content.layout))


def _of_table(kind: Kind, reader: Reader, content: Content, table: Table) -> Parsed:
    if not content.whole and getattr(reader.options, "complete", False):
        raise ContentError("run.end_unknown")
    table = replace(table, notes=(*content.notes, *table.notes))
    unreadable = (*table.unreadable, *content.unreadable)
    if not table.rows and unreadable:
        return with_unreadable(Parsed(0, notes=table.notes), unreadable)
    if not table.rows:
        raise ContentError("run.empty")
    fields = kind.fields(reader.options)
    table = with_columns_of_ended(table, reader.mapping.headers)
    table = reader.mapping.apply(table, fields, reader.stamp.reported_at)
    table = without_marked(table, fields, reader.mapping.headers)
    if not table.rows:
        return with_unreadable(Parsed(0, notes=table.notes), unreadable)
    table = reader.words.read(table, fields, reader.mapping.headers)
    table = in_degrees(table, reader.mapping.headers, fields, content.layout)
    if content.named is not None:
        check_days(content.named, table, reader.mapping.headers, fields)
    found = kind.parse(table, reader.mapping.headers, reader.reference, reader.options, reader.stamp)
    found = replace(found, notes=(*table.notes, *found.notes), rejections=bounded(found.rejections))
    return with_unreadable(found, unreadable)


def preview(data: bytes | Sequence[dict[str, Any]], layout: Any, rows: int) -> Table:
    """The first rows of a table, for a person to look at. Raises ContentError, also when there are none."""
    table = _first_rows(list(data), layout, rows) if not isinstance(data, bytes) else apart(_first_rows, data, layout, rows)
    if not table.rows:
        raise ContentError("run.empty")
    return table


def _first_rows(data: Any, layout: Any, rows: int) -> Table:
    table = read_table(data, layout)
    return replace(table, rows=table.rows[:rows], unreadable=())
