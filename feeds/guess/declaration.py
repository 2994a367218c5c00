"""A proposal as TOML: the feed's table as it would stand in feeds.toml, with what is not sure in comments above it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tomlkit
from tomlkit.items import Table as TomlTable

from geo.names import search_key

LONGEST_KEY = 40


def feed_key(file_name: str, taken: Iterable[str] = ()) -> str:
    """A feed's key from the words of a file's name, without its days and numbers; with a number when the key is taken."""
    words = [word for word in search_key(file_name.rpartition(".")[0] or file_name).split() if word.isascii() and not word.isdigit()]
    key = "-".join(words)[:LONGEST_KEY].strip("-") or "file"
    known, number = set(taken), 1
    while (free := key if number == 1 else f"{key}-{number}") in known:
        number += 1
    return free


def as_toml(key: str, table: Mapping[str, Any], comments: Iterable[str] = ()) -> str:
    """[feeds.KEY] and its tables."""
    document = tomlkit.document()
    for line in comments:
        document.add(tomlkit.comment(" ".join(line.split())))
    feeds = tomlkit.table(is_super_table=True)
    feeds.add(key, _table(table))
    document.add("feeds", feeds)
    return tomlkit.dumps(document)


def _table(values: Mapping[str, Any]) -> TomlTable:
    """Simple values first: what stands after a table belongs to it."""
    table = tomlkit.table()
    for key, value in values.items():
        if not isinstance(value, Mapping):
            table.add(key, value)
    for key, value in values.items():
        if isinstance(value, Mapping):
            table.add(key, _table(value))
    return table
