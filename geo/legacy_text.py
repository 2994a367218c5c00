"""Vietnamese text from before Unicode: TCVN3 (ABC) and VNI, as old shapefiles, Access tables and spreadsheets hold it.

TCVN3 has a byte for every letter with its tone (TCVN 5712:1993, set VN3; capitals with a tone were small letters in a font of capitals
and come out small). VNI (VNI-Windows) writes a letter and then a byte for its marks. Programs that know neither show them as Latin-1:
"§iÖn Biªn" and "Ñieän Bieân" are Điện Biên. Nothing is decoded that nobody declared; what looks so can be pointed out.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

LEGACY = ("tcvn3", "vni")
LEAST_WORDS = 3
"""Different words that are not Vietnamese as they stand, before a column is said to look like an old encoding."""

_TCVN3_FROM_A1 = "ĂÂÊÔƠƯĐăâêôơưđ"
_TCVN3_FROM_B5 = "àảãáạ\0ằẳẵắ\0\0\0\0\0\0\0ặầẩẫấậè\0ẻẽéẹềểễếệìỉ\0\0\0ĩíịò\0ỏõóọồổỗốộờởỡớợù\0ủũúụừửữứựỳỷỹýỵ"

_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301\u0300\u0309\u0303\u0323"
_CIRCUMFLEX, _BREVE = "\u0302\u0306"
_VNI_MARKS = {
    "ù": _ACUTE,
    "ø": _GRAVE,
    "û": _HOOK,
    "õ": _TILDE,
    "ï": _DOT,
    "â": _CIRCUMFLEX,
    "á": _CIRCUMFLEX + _ACUTE,
    "à": _CIRCUMFLEX + _GRAVE,
    "å": _CIRCUMFLEX + _HOOK,
    "ã": _CIRCUMFLEX + _TILDE,
    "ä": _CIRCUMFLEX + _DOT,
    "ê": _BREVE,
    "é": _BREVE + _ACUTE,
    "è": _BREVE + _GRAVE,
    "ú": _BREVE + _HOOK,
    "ü": _BREVE + _TILDE,
    "ë": _BREVE + _DOT,
}
_VNI_LETTERS = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_BASES = "aeouyôö"

_ONSET = "(?:ngh|ng|nh|gh|gi|qu|kh|kr|ph|th|tr|ch|br|bl|dr|đr|pl|gr|[bcdđghklmnprstvxwzj])?"
_SYLLABLE = re.compile(f"{_ONSET}[aăâeêioôơuưy]{{1,3}}(?:ch|ng|nh|[cmnptklr])?")
_NO_WORD = re.compile(r"[\s\d!-/:-@\[-`{-~]+")


class LegacyTextError(UnicodeDecodeError):
    """Bytes that are no text of the declared encoding."""


def decode(data: bytes, encoding: str) -> str:
    """Text of bytes in one of LEGACY. Raises LegacyTextError for a byte that it does not have, and for what is UTF-8 already."""
    _refuse_utf8(data, encoding)
    return decode_latin(data.decode("latin-1"), encoding)


def decode_latin(text: str, encoding: str) -> str:
    """The same for text that was read as Latin-1, a character for each byte."""
    table, written = letters(encoding), _written(encoding)
    strange = next((c for c in written.sub("", text) if ord(c) > 0x7E and c != "\xa0"), None)
    if strange is not None:
        at = text.index(strange)
        raise LegacyTextError(encoding, text.encode("latin-1", "replace"), at, at + 1, "no letter of this encoding")
    return written.sub(lambda match: table[match[0]], text).replace("\xa0", " ")


@cache
def _written(encoding: str) -> re.Pattern[str]:
    """What stands for a letter, the longest first."""
    return re.compile("|".join(sorted(map(re.escape, letters(encoding)), key=len, reverse=True)))


def _refuse_utf8(data: bytes, encoding: str) -> None:
    if data.isascii():
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return
    at = next(position for position, byte in enumerate(data) if byte > 0x7F)
    raise LegacyTextError(encoding, data, at, at + 1, "this is UTF-8")


@cache
def letters(encoding: str) -> Mapping[str, str]:
    """What stands for what: Latin-1 characters as they come → the Vietnamese letter, lower and upper case."""
    return _tcvn3() if encoding == "tcvn3" else _vni()


def _tcvn3() -> dict[str, str]:
    runs = ((0xA1, _TCVN3_FROM_A1), (0xB5, _TCVN3_FROM_B5))
    return {chr(first + place): letter for first, run in runs for place, letter in enumerate(run) if letter != "\0"}


def _vni() -> dict[str, str]:
    table = dict(_VNI_LETTERS)
    for base in _VNI_BASES:
        for written, marks in _VNI_MARKS.items():
            letter = unicodedata.normalize("NFC", _VNI_LETTERS.get(base, base) + marks)
            if len(letter) == 1:
                table[base + written] = letter
    both = table | {key.upper(): letter.upper() for key, letter in table.items()}
    return both | {key[0].upper() + key[1:]: letter.upper() for key, letter in table.items() if len(key) == 2}


# ── Codecs ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def register() -> None:
    """Let Python know "tcvn3" and "vni" as names of encodings, for reading."""
    codecs.register(_codec)


def _codec(name: str) -> codecs.CodecInfo | None:
    if name not in LEGACY:
        return None

    def read(data: Buffer, errors: str = "strict", /) -> tuple[str, int]:
        return decode(bytes(data), name), len(bytes(data))

    def write(text: str, errors: str = "strict", /) -> tuple[bytes, int]:
        raise UnicodeEncodeError(name, text, 0, 1, "this encoding is only read")

    return codecs.CodecInfo(write, read, name=name)


# ── What looks like it ───────────────────────────────────────────────────────────────────────────────────────────────────


def looks_like(texts: Iterable[str]) -> str | None:
    """The old encoding that a column's texts look like: read so, every word with marks is Vietnamese, and as it stands many a one is not.

    None when nothing is certain: too few words, or both encodings would do.
    """
    words = {word for text in texts for word in _NO_WORD.split(text) if not word.isascii()}
    if sum(not is_vietnamese(word) for word in words) < LEAST_WORDS:
        return None
    fitting = [encoding for encoding in LEGACY if all(_reads_as(word, encoding) for word in words)]
    return fitting[0] if len(fitting) == 1 else None


def _reads_as(word: str, encoding: str) -> bool:
    try:
        return is_vietnamese(decode_latin(word, encoding))
    except LegacyTextError:
        return False


def is_vietnamese(word: str) -> bool:
    """Whether a word, or each part of a hyphenated one, could be a Vietnamese syllable: letters in their order, one tone."""
    return all(_is_syllable(part) for part in re.split(r"[^\w]+", word) if part)


def _is_syllable(word: str) -> bool:
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = [c for c in decomposed if c in _ACUTE + _GRAVE + _HOOK + _TILDE + _DOT]
    toneless = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _ACUTE + _GRAVE + _HOOK + _TILDE + _DOT))
    return len(tones) <= 1 and _SYLLABLE.fullmatch(toneless) is not None
