"""Names of people, compared as an eye compares them: by the skeleton of Unicode Technical Standard 39, section 4.

The table of confusable characters is that of the confusable_homoglyphs package, which carries Unicode's confusables.txt. Vietnamese letters
with other marks are other letters: Minh Quán and Minh Quân are two people.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from importlib.resources import files

# Nothing to see, though Unicode calls them letters, marks or symbols; all of category C and the other separators come on top.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0") | {*map(chr, range(0xFE00, 0xFE10))}
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_BLANK_PLANE = range(0xE0000, 0xE1000)  # tags and more variation selectors


def visible(name: str) -> str:
    """The name as it is seen, NFC: without invisible characters, white space as single spaces."""
    shown = "".join(" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", name) if not _invisible(letter))
    return " ".join(unicodedata.normalize("NFC", shown).split())


def same_person(one: str, other: str) -> bool:
    """Whether two names cannot be told apart by reading them; capitals, spaces and how accents are encoded do not matter."""
    return bool(_skeletons(one) & _skeletons(other))


def _skeletons(name: str) -> set[str]:
    """Of the name in small letters, and as it is written: I and l look alike, i and l do not."""
    shown = unicodedata.normalize("NFKC", visible(name))
    decomposed = unicodedata.normalize("NFD", shown)
    forms = {decomposed, " ".join(map(_tone_last, decomposed.split()))}
    return {_skeleton(form.casefold()) for form in forms} | {_skeleton(form).casefold() for form in forms}


def _skeleton(text: str) -> str:
    table = _prototypes()
    letters = "".join(unicodedata.normalize("NFD", text).split())
    return unicodedata.normalize("NFD", "".join(table.get(letter, letter) for letter in letters if not _invisible(letter)))


def _tone_last(word: str) -> str:
    """A decomposed syllable with its tone at the end: Hoà and Hòa are one name."""
    return "".join(sorted(word, key=_TONES.__contains__))


def _invisible(letter: str) -> bool:
    if letter in _BLANK or ord(letter) in _BLANK_PLANE:
        return True
    return unicodedata.category(letter)[0] == "C" and not letter.isspace()


@cache
def _prototypes() -> dict[str, str]:
    """Every character with one that stands for all that look like it, or with the several that it looks like (m as rn)."""
    pairs = json.loads((files("confusable_homoglyphs") / "confusables.json").read_text("utf-8"))
    alike = {letter: [one["c"] for one in found] for letter, found in pairs.items()}
    stands_for: dict[str, str] = {}
    several: dict[str, str] = {}
    for letter in alike:
        if len(letter) == 1 and letter not in stands_for:
            group = _group(letter, alike)
            stands_for |= dict.fromkeys(group, min(group))
            several |= _written_as_several(group, alike)
    decomposed = {letter: unicodedata.normalize("NFD", text) for letter, text in several.items()}
    written = {letter: "".join(stands_for.get(part, part) for part in text) for letter, text in decomposed.items()}
    return stands_for | written


def _group(first: str, alike: dict[str, list[str]]) -> set[str]:
    """All single characters that are alike, directly or by way of others."""
    group, waiting = {first}, [first]
    while waiting:
        for other in alike.get(waiting.pop(), ()):
            if len(other) == 1 and other not in group:
                group.add(other)
                waiting.append(other)
    return group


def _written_as_several(group: set[str], alike: dict[str, list[str]]) -> dict[str, str]:
    """The shortest way to write a group's characters as several, for all of them; nothing where there is none."""
    several = sorted((one for letter in group for one in alike.get(letter, ()) if len(one) > 1), key=lambda text: (len(text), text))
    return dict.fromkeys(group, several[0]) if several else {}
