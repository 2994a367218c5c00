"""Columns whose headers name an operator and a technology ("Viettel / 4G"): one form of header for all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from feeds.guess.contents import Column, Reference

FEWEST = 2
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class WideHeaders:
    """patterns: forms of headers as [unpivot] declares them; columns: those that are of one of these forms."""

    patterns: tuple[str, ...]
    columns: tuple[Column, ...]


def wide_headers(columns: Sequence[Column], reference: Reference) -> WideHeaders | None:
    """The columns that name both, and the forms that read them; None where fewer than two do."""
    operators = [word for pair in reference.operators.items() for word in pair]
    technologies = reference.known.get("technology", frozenset())
    found = {column: pattern for column in columns if (pattern := _pattern(column.header, operators, technologies)) is not None}
    if len(found) < FEWEST:
        return None
    forms = [pattern for pattern, _ in Counter(found.values()).most_common()]
    return WideHeaders(tuple(forms), tuple(found))


def _pattern(header: str, operators: Iterable[str], technologies: Iterable[str]) -> str | None:
    """The header with its operator and its technology as fields in braces."""
    named = _replaced(header, operators, "{operator}")
    both = None if named is None else _replaced(named, technologies, "{technology}")
    return None if both is None else _SPACES.sub(" ", both)


def _replaced(text: str, words: Iterable[str], field: str) -> str | None:
    for word in sorted(words, key=len, reverse=True):
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
        if found is not None:
            return text[: found.start()] + field + text[found.end() :]
    return None
