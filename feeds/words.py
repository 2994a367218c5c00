"""Words of a source as the codes that a field knows: the feed's own declaration, then the usual words, then what a person has answered.

A word that nothing explains becomes one question for a person, on the page of names; its rows wait for the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from feeds.cells import Unreadable, fold, is_empty
from feeds.columns import headers_of
from feeds.readers.values import CellError
from feeds.records import Field
from feeds.tables import Row, Table
from geo.names import search_key
from store.catalogue import STORE_TEXT, Catalogue
from store.names import WORD, Candidate, Decision, Question

YES, NO = "yes", "no"
FLAGS: Mapping[str, tuple[str, ...]] = {
    YES: ("có", "đúng", "rồi", "đã có", "true", "1", "y", "x", "v", "✓", "✔", "☑", "√", "+"),
    NO: ("không", "không có", "chưa", "chưa có", "sai", "false", "0", "n"),
}
# What says that nothing is known; for a field that has a code for it ("unknown"), that code.
SILENT = frozenset({"n/a", "#n/a", "na", "null", "nan", "không rõ", "chưa rõ", "chưa xác định", "chưa có số liệu", "không có số liệu"})
_EDGES = re.compile(r"^[\s.,;:!]+|[\s.,;:!]+$")
_WHOLE = re.compile(r"([01])[.,]0+")
_LABELS = Catalogue(STORE_TEXT)


def vocabulary(item: Field) -> str:
    """By which a feed declares words for a field and for those that share its words; "" for fields that are not read as words."""
    if item.type == "flag":
        return item.vocabulary or "flag"
    return (item.vocabulary or item.name) if item.type == "code" else ""


def codes_of(item: Field) -> Mapping[str, tuple[str, ...]]:
    """The codes of a field that is read as words, with the usual words for each."""
    return FLAGS if item.type == "flag" else item.words


def word(value: Any) -> str:
    """A cell as words are compared: case, form and outer punctuation off; 1.0 as 1, true as a spreadsheet has it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = fold(value)
    text = _EDGES.sub("", text) or text
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text.replace(" %", "%")


def usual(codes: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Word → code: each code, its words, and those without accents where only one code has them."""
    known: dict[str, str] = {}
    for code, words in codes.items():
        known |= {word(text): code for text in (code, *words)}
    bare: dict[str, set[str]] = {}
    for text, code in known.items():
        bare.setdefault(search_key(text), set()).add(code)
    return {text: next(iter(found)) for text, found in bare.items() if text and len(found) == 1} | known


@dataclass
class WordReader:
    """Reads the words of one feed. declared: vocabulary or field → word → code. decided: review id → what a person said; asked once."""

    feed: str
    declared: Mapping[str, Mapping[str, str]]
    decided: Callable[[], Mapping[str, Decision]]
    day: date
    _decisions: Mapping[str, Decision] | None = field(default=None, init=False)

    def read(self, table: Table, fields: Sequence[Field], mapping: Mapping[str, str]) -> Table:
        """`table` with the code in the stead of each word that is understood, the others marked with their question."""
        found = headers_of(table, fields, mapping)
        columns = {found[item.name]: self._reader(item) for item in fields if item.name in found and vocabulary(item)}
        if not columns:
            return table
        return replace(table, rows=[self._row(row, columns) for row in table.rows])

    def _row(self, row: Row, columns: Mapping[str, _Column]) -> Row:
        values = {name: columns[name](row.values[name]) for name in columns.keys() & row.values.keys()}
        if all(row.values[name] is value for name, value in values.items()):
            return row
        return replace(row, values=row.values | values, came=row.values if row.came is None else row.came)

    def _reader(self, item: Field) -> _Column:
        name = vocabulary(item)
        declared = {**self.declared.get(name, {}), **self.declared.get(item.name, {})}
        return _Column(item, name, {word(text): code for text, code in declared.items()}, usual(codes_of(item)), self)

    def decision(self, question: Question) -> Decision | None:
        """What a person has answered."""
        if self._decisions is None:
            self._decisions = self.decided()
        return self._decisions.get(question.review_id(self.feed))


@dataclass
class _Column:
    """The cells of one field; each word is looked up once."""

    item: Field
    name: str
    declared: Mapping[str, str]
    usual: Mapping[str, str]
    reader: WordReader
    _known: dict[str, Any] = field(default_factory=dict)

    def __call__(self, value: Any) -> Any:
        if isinstance(value, Unreadable | CellError) or is_empty(value):
            return value
        text = word(value)
        if text not in self._known:
            self._known[text] = self._meaning(text, value)
        found = self._known[text]
        return replace(found, value=value) if isinstance(found, Unreadable) else found

    def _meaning(self, text: str, value: Any) -> Any:
        code = self.declared.get(text, self.usual.get(text))
        if code is not None:
            return self._as_value(code)
        if text in SILENT:
            return None
        question = self._question(text)
        decision = self.reader.decision(question)
        if decision is not None and decision.code in (*codes_of(self.item), ""):
            return self._as_value(decision.code) if decision.code else None
        return Unreadable(value, "row.word_unknown", question=question)

    def _as_value(self, code: str) -> Any:
        return code == YES if self.item.type == "flag" else code

    def _question(self, text: str) -> Question:
        candidates = tuple(Candidate(code, label(self.name, code)) for code in codes_of(self.item))
        return Question(WORD, self.name, "", text[:200], "", "", self.reader.day, "row.word_unknown", candidates)


def label(name: str, code: str) -> str:
    """What a person is shown for a code, in Vietnamese; the code itself for one of a plug-in."""
    key = f"word.{name}.{code}"
    text = _LABELS.text("vi", key)
    return code if text == key else text
