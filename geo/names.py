"""Vietnamese names: one spelling to compare, one key to search.

Names arrive as NFC or NFD, with the tone on either vowel (Hoà / Hòa), with or without the kind of unit or with its abbreviation
(X., TT.), in any case, with Roman numerals, with another hyphen or apostrophe. What is an accent is never touched when names are
compared: Đắk and Đăk, Minh Quán and Minh Quân are different names. Searching is generous.
"""

from __future__ import annotations

import re
import unicodedata

KINDS = ("thành phố", "thị trấn", "thị xã", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã")
VILLAGE_KINDS = (
    "khu dân cư",
    "tổ dân phố",
    "khối phố",
    "tiểu khu",
    "khu phố",
    "buôn",
    "cụm",
    "khối",
    "làng",
    "thôn",
    "bản",
    "xóm",
    "đội",
    "ấp",
    "tổ",
)

_ABBREVIATED = {
    "x": "xã",
    "p": "phường",
    "q": "quận",
    "h": "huyện",
    "t": "tỉnh",
    "tt": "thị trấn",
    "tx": "thị xã",
    "tp": "thành phố",
    "đk": "đặc khu",
    "tdp": "tổ dân phố",
    "kp": "khu phố",
}
_ABBREVIATION = re.compile(r"^(tdp|t\.?d\.?p|t\.?t|t\.?x|t\.?p|đ\.?k|k\.?p|x|p|q|h|t)(?:\s*\.\s*|\s+|(?=\d))(?=\w)", re.IGNORECASE)
_ROMAN = re.compile(r"(?<!\S)(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})(?!\S)")
_ROMAN_ONES = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_HYPHENS = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
_COMBINING_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE_ON_FIRST_VOWEL = re.compile(f"(o)([{_COMBINING_TONES}])([ae])|(u)([{_COMBINING_TONES}])(y)")
_NOT_WORDS = re.compile(r"[^\w]+|_+")
_NO_APOSTROPHE = str.maketrans("", "", "'’‘ʼ`´")


def exact(text: str) -> str:
    """`text` as NFC with single spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def same_spelling(text: str) -> str:
    """`text` as it is compared: NFC, lower case, single spaces, the tone of oa, oe and uy on the second vowel."""
    decomposed = unicodedata.normalize("NFD", " ".join(text.split()).lower())
    moved = _TONE_ON_FIRST_VOWEL.sub(lambda m: "".join(m[i] or "" for i in (1, 3, 2, 4, 6, 5)), decomposed)
    return unicodedata.normalize("NFC", moved)


def written_out(text: str) -> str:
    """`same_spelling` of `text` with its kind in full ("TT. Tủa Chùa", "P1"), Arabic numerals without zeros ahead, and neither
    hyphens nor apostrophes. Accents stay as they are. Only capitals are Roman numerals: "Phường VI", not "Phường Vi".
    """
    plain = _HYPHENS.sub(" ", exact(text).translate(_NO_APOSTROPHE))
    full = _ABBREVIATION.sub(lambda m: f"{_ABBREVIATED[m[1].lower().replace('.', '')]} ", plain)
    arabic = _ROMAN.sub(lambda m: str(10 * len(m[1]) + _ROMAN_ONES[m[2]]), full)
    return same_spelling(_LEADING_ZEROS.sub("", arabic))


def spellings(name: str) -> tuple[tuple[str, str], ...]:
    """What two names are compared by, the strictest first: name, tone, written, accentless."""
    return (
        ("name", exact(name)),
        ("tone", same_spelling(name)),
        ("written", written_out(name)),
        ("accentless", search_key(written_out(name))),
    )


def has_accents(text: str) -> bool:
    """Whether any letter of `text` is one that only Vietnamese has."""
    lower = text.lower()
    return "đ" in lower or any(unicodedata.combining(c) for c in unicodedata.normalize("NFD", lower))


def search_key(text: str) -> str:
    """`text` without accents, in lower case, đ as d, words apart by one space: "Điện Biên" → "dien bien"."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d").translate(_NO_APOSTROPHE))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_WORDS.sub(" ", letters).strip()


def matches(query: str, key: str) -> bool:
    """Whether each word of `query` begins a word of `key` (a search_key), in the same order. An empty query matches nothing."""
    wanted = search_key(query).split()
    words = iter(key.split())
    return bool(wanted) and all(any(word.startswith(start) for word in words) for start in wanted)


def written_name(full_name: str) -> str:
    """A unit's name with its kind as a sentence begins: "Thị Xã Mường Lay", "thị xã Mường Lay" → "Thị xã Mường Lay"."""
    kind, name = split_kind(full_name)
    return f"{kind[0].upper()}{kind[1:]} {name}" if kind else name


def split_kind(full_name: str, kinds: tuple[str, ...] = KINDS) -> tuple[str, str]:
    """ "Phường Him Lam" → ("phường", "Him Lam"); the kind is "" when the name does not begin with one of `kinds`."""
    text = exact(full_name)
    for kind in kinds:
        if text.lower().startswith(f"{kind} "):
            return kind, text[len(kind) + 1 :]
    return "", text
