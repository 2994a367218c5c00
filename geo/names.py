"""Vietnamese names: one spelling to compare, one key to search, and the join of a list's names with the register's units.

Names arrive as NFC or NFD, with the tone on either vowel (Hoà / Hòa), with or without the kind of unit, in any case. Joining is
strict, because accentless names are ambiguous (Minh Quán / Minh Quân): accents are disregarded only for a name that arrives
without any. Searching is generous.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

import pandas as pd

KINDS = ("thành phố", "thị trấn", "thị xã", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã")

SAME_NAME_RATIO = 0.6
"""Two spellings of one name are at least this alike (real lists: 0.71 and more); codes used again name units that are not."""

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE_ON_FIRST_VOWEL = re.compile(f"(o)([{_TONES}])([ae])|(u)([{_TONES}])(y)")
_NOT_WORDS = re.compile(r"[^\w]+|_+")
_APOSTROPHES = str.maketrans("", "", "'’ʼ`")


def same_spelling(text: str) -> str:
    """`text` as it is compared: NFC, lower case, single spaces, the tone of oa, oe and uy on the second vowel."""
    decomposed = unicodedata.normalize("NFD", " ".join(text.split()).lower())
    moved = _TONE_ON_FIRST_VOWEL.sub(lambda m: "".join(m[i] or "" for i in (1, 3, 2, 4, 6, 5)), decomposed)
    return unicodedata.normalize("NFC", moved)


def search_key(text: str) -> str:
    """`text` without accents, in lower case, đ as d, words apart by one space: "Điện Biên" → "dien bien"."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d").translate(_APOSTROPHES))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_WORDS.sub(" ", letters).strip()


def matches(query: str, key: str) -> bool:
    """Whether each word of `query` begins a word of `key` (a search_key), in the same order. An empty query matches nothing."""
    wanted = search_key(query).split()
    words = iter(key.split())
    return bool(wanted) and all(any(word.startswith(start) for word in words) for start in wanted)


def split_kind(full_name: str) -> tuple[str, str]:
    """ "Phường Him Lam" → ("phường", "Him Lam"); the kind is "" when the name does not begin with one."""
    text = unicodedata.normalize("NFC", " ".join(full_name.split()))
    for kind in KINDS:
        if text.lower().startswith(f"{kind} "):
            return kind, text[len(kind) + 1 :]
    return "", text


class Unmatched(NamedTuple):
    """A record that a person has to decide. position: 0-based row of the records; candidates: full names with codes."""

    position: int
    code: str
    name: str
    reason: str  # no_match | ambiguous | name_differs | twice
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Join:
    """What matched and what did not.

    codes: position of the record → code of the unit. how: number matched by each of code, name, tone, accentless.
    respelt: full names of the records whose code matched a unit spelt otherwise.
    """

    codes: dict[int, str]
    how: dict[str, int]
    respelt: tuple[str, ...]
    unmatched: tuple[Unmatched, ...]


def join_units(records: pd.DataFrame, units: pd.DataFrame) -> Join:
    """Join `records` to `units`: by code, then by name within the parent: exactly, tone-normalised, without accents where unique.

    records: columns name and, where the source has them, code and parent_code (missing values allowed).
    units: columns code, full_name, parent_code; the units of one level on one day.
    A code whose unit bears quite another name, a name that fits several units, and two records that fit one unit are left
    unmatched. Accents are disregarded only for a record that has none.
    """
    finder = _Finder(units)
    found = [finder.find(position, *values) for position, values in enumerate(_record_values(records))]
    return _without_repeats([hit for hit in found if isinstance(hit, _Hit)], [miss for miss in found if isinstance(miss, Unmatched)])


class _Hit(NamedTuple):
    position: int
    code: str
    how: str
    record: tuple[str, str]
    respelt: bool = False


def _record_values(records: pd.DataFrame) -> list[tuple[str, str, str]]:
    columns = [
        records[name].fillna("").astype(str).str.strip() if name in records else pd.Series("", index=records.index)
        for name in ("code", "name", "parent_code")
    ]
    return list(zip(*columns, strict=True))


def _spellings(full_name: str) -> tuple[tuple[str, str], ...]:
    exact = unicodedata.normalize("NFC", " ".join(full_name.split()))
    return (("name", exact), ("tone", same_spelling(exact)), ("accentless", search_key(exact)))


class _Finder:
    def __init__(self, units: pd.DataFrame) -> None:
        self._names = dict(zip(units["code"].astype(str), units["full_name"].astype(str), strict=True))
        self._index: dict[tuple[str, str, str], set[str]] = {}
        parents = units["parent_code"].fillna("").astype(str)
        for (code, full_name), parent in zip(self._names.items(), parents, strict=True):
            for within in {parent, ""}:
                for name in {full_name, split_kind(full_name)[1]}:
                    for how, spelling in _spellings(name):
                        self._index.setdefault((how, within, spelling), set()).add(code)

    def find(self, position: int, code: str, name: str, parent: str) -> _Hit | Unmatched:
        if code in self._names:
            alike = _likeness(name, self._names[code]) if name else 1.0
            if alike >= SAME_NAME_RATIO:
                return _Hit(position, code, "code", (code, name), respelt=alike < 1)
            return Unmatched(position, code, name, "name_differs", self._listed({code}))
        for how, spelling in _spellings(name):
            if how == "accentless" and spelling != same_spelling(name):
                break  # its accents say that it is another name
            codes = self._index.get((how, parent, spelling), set())
            if len(codes) == 1:
                return _Hit(position, next(iter(codes)), how, (code, name))
            if codes:
                return Unmatched(position, code, name, "ambiguous", self._listed(codes))
        return Unmatched(position, code, name, "no_match", self._listed(self._alike(name)))

    def _alike(self, name: str) -> set[str]:
        return self._index.get(("accentless", "", search_key(split_kind(name)[1])), set())

    def _listed(self, codes: set[str]) -> tuple[str, ...]:
        return tuple(f"{self._names[code]} ({code})" for code in sorted(codes))


def _likeness(one: str, other: str) -> float:
    first, second = (search_key(split_kind(name)[1]) for name in (one, other))
    return SequenceMatcher(None, first, second).ratio()


def _without_repeats(hits: list[_Hit], misses: list[Unmatched]) -> Join:
    times = Counter(hit.code for hit in hits)
    once = [hit for hit in hits if times[hit.code] == 1]
    twice = [Unmatched(hit.position, *hit.record, "twice", (hit.code,)) for hit in hits if times[hit.code] > 1]
    return Join(
        codes={hit.position: hit.code for hit in once},
        how=dict(Counter(hit.how for hit in once)),
        respelt=tuple(hit.record[1] for hit in once if hit.respelt),
        unmatched=tuple(sorted(misses + twice)),
    )
