"""Characters that nobody sees and that make equal words differ: zero-width spaces, byte order marks, soft hyphens, marks of direction."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from feeds.fetching import Layout
from feeds.old_text import old_column, refuse_old_text
from feeds.tables import Note, Table, header

_HIDDEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
_SPACE = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_ANY = re.compile(f"{_HIDDEN.pattern}|{_SPACE.pattern}")


def visible(text: str) -> str:
    """`text` without what cannot be seen, and with plain spaces for special ones."""
    if (text.isascii() and text.isprintable()) or not _ANY.search(text):
        return text
    return _SPACE.sub(" ", _HIDDEN.sub("", text))


def in_plain_sight(table: Table, layout: Layout) -> Table:
    """`table` cleaned. Raises ContentError for an old encoding that nobody declared: the soft hyphen is a letter in it."""
    if not layout.encoding:
        return cleaned(refuse_old_text(table))
    return table if old_column(table) else cleaned(table)


def cleaned(table: Table) -> Table:
    """`table` with visible text only; a note says how many cells were changed. Headers count as cells."""
    names = {name: header(visible(name)) for name in table.columns}
    changed = sum(new != old for old, new in names.items())
    rows = list(table.rows)
    for place, row in enumerate(rows):
        values: dict[str, Any] = {}
        here = 0
        for name, value in row.values.items():
            shown = visible(value) if type(value) is str else value
            here += shown is not value and shown != value
            values[names.get(name, name)] = shown
        if here or changed:
            rows[place] = replace(row, values=values)
        changed += here
    if not changed:
        return table
    # A header that was only seen apart by such characters keeps its own name: two columns must not become one.
    if len(set(names.values())) < len(names):
        return table
    return replace(table, columns=tuple(names.values()), rows=rows, notes=(*table.notes, Note("note.invisible", changed)))
