"""Reading a feed's mapping from the feeds file: every mistake is named, with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from feeds.cells import fold
from feeds.column_rows import Unpivot, places
from feeds.columns import nearest
from feeds.date_format import DateFormat, date_format
from feeds.joined_columns import Joined, joined
from feeds.mapping import NUMBERS, NUMERIC, Declared
from feeds.measures import FACTORS, factor
from feeds.records import Field
from feeds.words import codes_of, vocabulary

TABLES = ("columns", "units", "codes", "words", "empty", "dates", "constants", "unpivot")
KEYS = (*TABLES, "numbers")
DATED = ("moment", "day", "period")

Mistake = tuple[tuple[str, ...], str, dict[str, object]]
"""Path below the feed's table, code of the catalogue, values."""


def meant(code: str, value: str, known: Sequence[str]) -> tuple[str, dict[str, object]]:
    """The code and values of "there is no such thing", with what was probably meant where something is near."""
    near = nearest(value, known)
    values: dict[str, object] = {"key": value, "known": ", ".join(known)}
    return (f"{code}_meant", values | {"meant": near}) if near else (code, values)


class MappingReader:
    """The mapping tables of one feed. mistakes: filled by `read`. fields: of its kind; None when its options are wrong."""

    def __init__(self, table: Mapping[str, Any], fields: Sequence[Field] | None) -> None:
        self.mistakes: list[Mistake] = []
        self._table = table
        self._fields = None if fields is None else {field.name: field for field in fields}

    def read(self) -> Declared:
        columns = dict(self._columns())
        return Declared(
            columns={key: said.name if isinstance(said, Joined) else said for key, said in columns.items()},
            joins={key: said for key, said in columns.items() if isinstance(said, Joined)},
            units=dict(self._units()),
            codes=dict(self._codes()),
            dates=dict(self._dates()),
            constants=dict(self._constants()),
            words=dict(self._words()),
            empty=dict(self._empty()),
            numbers=self._numbers(),
            unpivot=self._unpivot(),
        )

    def _say(self, path: tuple[str, ...], code: str, **values: object) -> None:
        self.mistakes.append((path, code, values))

    def _entries(self, name: str) -> Iterator[tuple[str, Any, Field | None]]:
        """Key, value and field of each entry of one table, unknown fields named."""
        entries = self._table.get(name, {})
        if not isinstance(entries, Mapping):
            self._say((name,), "config.bad_value", key=name, value=str(entries), detail="table expected")
            return
        for key, value in entries.items():
            if self._fields is None or self._is_field((name, key), key):
                yield key, value, (self._fields or {}).get(key)

    def _is_field(self, path: tuple[str, ...], key: str) -> bool:
        if self._fields is None or key in self._fields:
            return True
        code, values = meant("config.unknown_column", key, list(self._fields))
        self._say(path, code, **values)
        return False

    def _is_text(self, path: tuple[str, ...], value: Any) -> bool:
        if isinstance(value, str) and value.strip():
            return True
        self._say(path, "config.bad_value", key=path[-1], value=str(value), detail="text expected")
        return False

    def _columns(self) -> Iterator[tuple[str, str | Joined]]:
        for key, value, _ in self._entries("columns"):
            made = joined(value)
            if made is not None:
                yield key, made
            elif self._is_text(("columns", key), value):
                yield key, value

    def _units(self) -> Iterator[tuple[str, Decimal]]:
        for key, unit, item in self._entries("units"):
            path = ("units", key)
            if item is None or not self._is_text(path, unit):
                continue
            if item.unit not in FACTORS:
                self._say(path, "config.no_unit", key=key)
            elif (times := factor(item.unit, unit)) is None:
                code, values = meant("config.unknown_unit", unit, list(FACTORS[item.unit]))
                self._say(path, code, **values)
            else:
                yield key, times

    def _codes(self) -> Iterator[tuple[str, dict[str, str]]]:
        for key, words, item in self._entries("codes"):
            path = ("codes", key)
            if not isinstance(words, Mapping) or not words:
                self._say(path, "config.bad_value", key=key, value=str(words), detail="table expected")
                continue
            for word, code in words.items():
                if self._is_text((*path, word), code) and item is not None and item.words and code not in item.words:
                    said, values = meant("config.unknown_code", code, list(item.words))
                    self._say((*path, word), said, **values)
            yield key, {fold(word): str(code) for word, code in words.items()}

    def _words(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Words of a field, or of all fields that share a vocabulary."""
        for key, words, items in self._shared("words"):
            path = ("words", key)
            if not isinstance(words, Mapping) or not words:
                self._say(path, "config.bad_value", key=key, value=str(words), detail="table expected")
                continue
            codes = list(codes_of(items[0])) if items else []
            for said, code in words.items():
                if self._is_text((*path, said), code) and codes and code not in codes:
                    problem, values = meant("config.unknown_code", code, codes)
                    self._say((*path, said), problem, **values)
            yield key, {said: str(code) for said, code in words.items()}

    def _empty(self) -> Iterator[tuple[str, Any]]:
        """What an empty cell means, by field; a code alone stands for every field that has it."""
        said = self._table.get("empty")
        if isinstance(said, str):
            having = [item.name for item in (self._fields or {}).values() if vocabulary(item) and said in codes_of(item)]
            if having:
                yield from ((name, said) for name in having)
                return
        for key, value, items in self._shared("empty", every=True):
            path = ("empty", key)
            codes = list(codes_of(items[0])) if items and vocabulary(items[0]) else []
            if isinstance(value, Mapping | list):
                self._say(path, "config.bad_value", key=key, value=str(value), detail="text or number expected")
            elif codes and value not in codes:
                problem, values = meant("config.unknown_code", str(value), codes)
                self._say(path, problem, **values)
            else:
                yield from ((item.name, value) for item in items)

    def _shared(self, name: str, *, every: bool = False) -> Iterator[tuple[str, Any, list[Field]]]:
        """Key, value and fields of each entry of a table whose keys are fields or vocabularies. every: fields without words, too."""
        entries = self._table.get(name, {})
        if not isinstance(entries, Mapping):
            self._say((name,), "config.bad_value", key=name, value=str(entries), detail="table expected")
            return
        fields = list((self._fields or {}).values())
        for key, value in entries.items():
            items = [item for item in fields if key in (vocabulary(item) or item.name, item.name) and (every or vocabulary(item))]
            if items or self._fields is None:
                yield key, value, items
                continue
            known = [vocabulary(item) or item.name for item in fields if every or vocabulary(item)]
            code, values = meant("config.unknown_column", key, list(dict.fromkeys(known)))
            self._say((name, key), code, **values)

    def _dates(self) -> Iterator[tuple[str, DateFormat]]:
        for key, text, item in self._entries("dates"):
            path = ("dates", key)
            if not self._is_text(path, text):
                continue
            form = date_format(text)
            if form is None:
                self._say(path, "config.bad_date_form", key=key, value=text)
            elif item is not None and item.type not in DATED:
                self._say(path, "config.no_date", key=key)
            else:
                yield key, form

    def _constants(self) -> Iterator[tuple[str, Any]]:
        for key, value, _ in self._entries("constants"):
            if isinstance(value, Mapping | list):
                self._say(("constants", key), "config.bad_value", key=key, value=str(value), detail="text or number expected")
            elif key in self._table.get("columns", {}):
                self._say(("constants", key), "config.said_twice", key=key)
            else:
                yield key, value

    def _numbers(self) -> str:
        numbers = self._table.get("numbers", "")
        if numbers and numbers not in NUMBERS:
            self._say(
                ("numbers",), "config.bad_value", key="numbers", value=str(numbers), detail='"vi" (1.234,5) or "en" (1,234.5) expected'
            )
            return ""
        if numbers and self._fields is not None and not any(field.type in NUMERIC for field in self._fields.values()):
            self._say(("numbers",), "config.no_numbers")
        return str(numbers)

    def _unpivot(self) -> Unpivot | None:
        table = self._table.get("unpivot")
        if table is None:
            return None
        if not isinstance(table, Mapping):
            self._say(("unpivot",), "config.bad_value", key="unpivot", value=str(table), detail="table expected")
            return None
        keys = ["columns", "headers", "name", "value"]
        for key in set(table) - set(keys):
            code, values = meant("config.unknown_key", key, keys)
            self._say(("unpivot", key), code, **values)
        return self._by_headers(table) if "headers" in table else self._by_name(table)

    def _by_name(self, table: Mapping[str, Any]) -> Unpivot | None:
        columns, name, value = table.get("columns"), table.get("name"), table.get("value")
        if not _are_texts(columns):
            self._say(("unpivot", "columns"), "config.bad_value", key="columns", value=str(columns), detail="list of headers expected")
            return None
        if not all(
            self._is_text(("unpivot", key), text) and self._is_field(("unpivot", key), str(text))
            for key, text in [("name", name), ("value", value)]
        ):
            return None
        return Unpivot(tuple(columns or ()), str(name), str(value))

    def _by_headers(self, table: Mapping[str, Any]) -> Unpivot | None:
        """The form of headers, with fields in braces; one or several."""
        headers, value, columns = table["headers"], table.get("value", ""), table.get("columns", [])
        patterns = [headers] if isinstance(headers, str) else headers
        named = [name for pattern in patterns for name in places(pattern)] if _are_texts(patterns) else []
        if not named or (columns and not _are_texts(columns)):
            detail = '"{technology} {operator}" expected'
            self._say(("unpivot", "headers"), "config.bad_value", key="headers", value=str(headers), detail=detail)
            return None
        if not all(self._is_field(("unpivot", "headers"), name) for name in dict.fromkeys(named)):
            return None
        if value and not (self._is_text(("unpivot", "value"), value) and self._is_field(("unpivot", "value"), value)):
            return None
        return Unpivot(tuple(columns), "", str(value), tuple(patterns))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item.strip() for item in value)
