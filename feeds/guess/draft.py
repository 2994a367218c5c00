"""A feed's table while it is made up, with what is not sure about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feeds.cells import fold
from feeds.columns import headers_of, label
from feeds.guess.constants import constant
from feeds.guess.contents import Column, Reference, unread
from feeds.guess.headers import likeness
from feeds.guess.joined_ids import joined_id
from feeds.guess.matching import Match
from feeds.guess.proposal import Doubt
from feeds.guess.repairs import DATED, Repair, repairs
from feeds.guess.said import Said
from feeds.records import Field
from feeds.tables import Table

EVERY_S = 60
SPEAKS = "hằng tháng chậm nhất ngày 5"
WORDS_SHOWN = 8
NAMED, RIVAL = 0.65, 0.6


@dataclass
class Draft:
    """values: simple entries of the table; tables: those below it."""

    values: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @classmethod
    def begun(cls, path: Path, key: str, match: Match, options: Mapping[str, Any], said: Said) -> Draft:
        """What every feed says: where its files lie and how often they come."""
        values = {
            "title": path.stem,
            "title_en": said.values.get("title", path.stem),
            "connector": "folder",
            "folder": f"drop/{key}",
            "pattern": f"*{path.suffix}",
            "kind": match.kind.key,
            "source": path.stem,
            "every_s": EVERY_S,
            "speaks": SPEAKS,
        }
        known = {*values, *options, *match.kind.Options.model_fields, "numbers"}
        draft = cls(values | dict(options) | dict(match.options) | {key: said.values[key] for key in said.values if key in known})
        for name in ("source", "speaks"):
            if name not in said.values:
                draft.doubts.append(Doubt(name, {"said": values[name]}))
        return draft

    @property
    def table(self) -> dict[str, Any]:
        return {**self.values, **{name: entries for name, entries in self.tables.items() if entries}}

    def complete(self, match: Match, table: Table, columns: Sequence[Column], reference: Reference, said: Said) -> None:
        """Add the columns, the forms of their values, what no column holds, and what is not sure of all these."""
        fields = {item.name: item for item in match.fields}
        named = {name: found.column.header for name, found in match.found.items()}
        self.tables["columns"] = {name: header for name, header in named.items() if not _finds(fields[name], header, table)}
        if match.wide is not None:
            self.tables["unpivot"] = {"headers": list(match.wide.patterns), "value": "status"}
        for repair in repairs(match, table, columns, reference):
            self._take(repair, said)
        self.doubts += [*_of_columns(match, fields, said), *_of_words(match, fields), *_of_rivals(match, fields, columns, said)]
        for item in match.missing:
            self._fill(item, match, columns, reference)

    def _take(self, repair: Repair, said: Said) -> None:
        self.values |= {name: value for name, value in repair.values.items() if name not in said.values}
        for name, entries in repair.tables.items():
            self.tables.setdefault(name, {}).update(entries)
        self.doubts += [doubt for doubt in repair.doubts if not (doubt.code == "number_form" and "numbers" in said.values)]

    def _fill(self, item: Field, match: Match, columns: Sequence[Column], reference: Reference) -> None:
        """What no column says: an id of two columns; an operator that the file's name or a header names, else the first one."""
        if item.name in self.values:
            return
        made = joined_id(item.name, match, columns, reference)
        if made is not None:
            self.tables["columns"][item.name] = made
            self.doubts.append(Doubt("id_joined", {"field": label(item), "template": made}))
            return
        told = constant(item.name, match, reference)
        if told is not None:
            self.tables.setdefault("constants", {})[item.name] = told[0]
            self.doubts.append(told[1])
            return
        if item.name != "operator" or not reference.operators:
            self.doubts.append(Doubt("missing", {"field": label(item)}, must=True))
            return
        texts = (self.values["title"], *(column.header for column in columns))
        named = [key for key, name in reference.operators.items() if any(likeness(text, (key, name)) >= NAMED for text in texts)]
        self.values["operator"] = named[0] if named else next(iter(reference.operators))
        known = ", ".join(f"{key} ({name})" for key, name in reference.operators.items())
        self.doubts.append(Doubt("operator", {"operator": self.values["operator"], "known": known}, must=len(named) != 1))


def _finds(item: Field, header: str, table: Table) -> bool:
    """Whether the kind finds the column by its own usual headers, and no other column before it."""
    if "." in header:
        return False  # inside an object: only a declared name leads there
    return headers_of(table, [item], {}).get(item.name) == header


def _of_columns(match: Match, fields: Mapping[str, Field], said: Said) -> Iterator[Doubt]:
    for name, found in match.found.items():
        if not found.sure and found.column.header not in said.columns:
            code = "column_by_cells" if found.by_cells else "column_like"
            yield Doubt(
                code, {"column": found.column.header, "field": label(fields[name])}, must=found.by_cells and fields[name].type in DATED
            )


def _of_rivals(match: Match, fields: Mapping[str, Field], columns: Sequence[Column], said: Said) -> Iterator[Doubt]:
    """Columns that nobody reads whose header says the same as that of a column that is read."""
    taken = {found.column.header for found in match.found.values()} | set((match.wide and [one.header for one in match.wide.columns]) or ())
    free = [column for column in columns if not column.empty and column.header not in taken and column.header not in said.columns]
    for name, found in match.found.items():
        names = (name, *fields[name].aliases)
        rivals = [column.header for column in free if likeness(column.header, names) >= max(found.like, RIVAL)]
        if rivals and fold(found.column.header) != name:  # our own name goes before the usual headers
            values = {"column": found.column.header, "field": label(fields[name]), "rivals": ", ".join(rivals)}
            yield Doubt("column_rival", values, must=True)


def _of_words(match: Match, fields: Mapping[str, Field]) -> Iterator[Doubt]:
    for name, found in match.found.items():
        if fields[name].type in ("code", "flag"):
            yield from _words_doubt(found.column.header, unread(found.column, fields[name]))
    if match.wide is not None:
        unknown = (word for column in match.wide.columns for word in unread(column, fields["status"]))
        yield from _words_doubt(", ".join(column.header for column in match.wide.columns), list(dict.fromkeys(unknown)))


def _words_doubt(header: str, words: Sequence[str]) -> Iterator[Doubt]:
    if words:
        shown = ", ".join(f"“{word}”" for word in words[:WORDS_SHOWN])
        yield Doubt("words", {"column": header, "words": shown, "count": len(words)})
