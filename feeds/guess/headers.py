"""How like a column's header is to the usual headers of a field: 1 is the same, 0 has nothing in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from feeds.cells import fold
from geo.names import search_key

DBF_NAME = 10  # a dBASE field name has at most ten characters
FEWEST_LETTERS = 5
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LEVELS = re.compile(r"\s*/\s*")


def likeness(header: str, names: Iterable[str]) -> float:
    """The highest likeness of `header` to one of `names`; of a header of several lines ("Phủ sóng / 4G") also that of its last line."""
    *_, last = _LEVELS.split(header)
    return max((max(_like(header, name), 0.95 * _like(last, name)) for name in names), default=0.0)


def _like(header: str, name: str) -> float:
    if fold(header) == fold(name):
        return 1.0
    here, there = _words(header), _words(name)
    if not here or not there:
        return 0.0
    if here == there:
        return 0.95
    if set(here) == set(there):
        return 0.9
    return max(_cut_short(here, there), _within(here, there), _slip(here, there))


def _words(text: str) -> list[str]:
    return search_key(_CAMEL.sub(" ", text)).split()


def _cut_short(here: list[str], there: list[str]) -> float:
    """A name that was cut to the length of a dBASE field."""
    short, long = "_".join(here), "_".join(there)
    return 0.8 if len(short) == DBF_NAME and long.startswith(short) else 0.0


def _within(here: list[str], there: list[str]) -> float:
    """All words of the usual name stand in a longer header, in their order and side by side."""
    runs = (here[start : start + len(there)] == there for start in range(len(here) - len(there) + 1))
    if len(here) <= len(there) or not any(runs):
        return 0.0
    if len(there) == 1:
        return 0.65 if here[0] == there[0] or any(letter.isdigit() for letter in there[0]) else 0.0
    return 0.75


def _slip(here: list[str], there: list[str]) -> float:
    left, right = " ".join(here), " ".join(there)
    if min(len(left), len(right)) < FEWEST_LETTERS:
        return 0.0
    return 0.6 if SequenceMatcher(None, left, right).ratio() >= 0.87 else 0.0
