"""The first rows of a file as they would be stored: one table for each table of the store, its columns in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from ioc.text import TEXT, Words
from ioc.views.feeds import table

SHOWN, COLUMNS = 10, 9
HIDDEN = frozenset({"source", "confirmed_at", "reported_at", "stored_at", "search_key", "synthetic", "feed", "geometry"})


def stored_tables(stored: Sequence[tuple[int | None, str, Mapping[str, Any]]], words: Words) -> list[Any]:
    """stored: source row, table, column → value as text, as store.proposals.Answer has them."""
    by_table: dict[str, list[tuple[int | None, Mapping[str, Any]]]] = {}
    for number, name, values in stored:
        by_table.setdefault(name, []).append((number, values))
    return [_table(lines[:SHOWN], words) for lines in by_table.values()]


def _table(lines: Sequence[tuple[int | None, Mapping[str, Any]]], words: Words) -> html.Div:
    names = [name for name in dict.fromkeys(name for _, values in lines for name in values) if name not in HIDDEN]
    names = [name for name in names if any(values.get(name) for _, values in lines)][:COLUMNS]
    heads = [words("connect.column.row"), *(_label(name, words) for name in names)]
    rows = [
        ["–" if number is None else words.number(number), *(_value(values.get(name), words) for name in names)] for number, values in lines
    ]
    return table(heads, rows, "connect-stored")


def _label(name: str, words: Words) -> str:
    """A column of the store as the forms call it; its own name where they do not."""
    code = f"entry_field.{name}"
    return words(code) if code in TEXT.keys(words.language) else name


def _value(value: Any, words: Words) -> str:
    text = "" if value is None else str(value)
    if "T" in text[10:11]:
        try:
            return words.moment(datetime.fromisoformat(text))
        except ValueError:
            return text
    known = (code for code in (f"status.{text}", f"method.{text}") if code in TEXT.keys(words.language))
    return next((words(code) for code in known), text)
