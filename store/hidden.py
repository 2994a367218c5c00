"""Passwords and keys that this process knows: kept out of its log and of what it stores about its runs, whoever wrote the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from threading import Lock
from urllib.parse import quote, unquote

MARK = "…"
LEAST = 4  # characters; what is shorter stands in many a word
_lock = Lock()
_words: set[str] = set()
_pattern: re.Pattern[str] | None = None


def hide(words: Iterable[str]) -> None:
    """From now on none of these is written, in any spelling that an address gives it. Words of fewer than four characters are left."""
    global _pattern
    spelled = {way for word in words for way in (word, quote(word, safe=""), quote(word), unquote(word)) if len(way) >= LEAST}
    with _lock:
        if spelled <= _words:
            return
        _words.update(spelled)
        _pattern = re.compile("|".join(re.escape(word) for word in sorted(_words, key=len, reverse=True)))


def without_secrets(text: str) -> str:
    """`text` with "…" where a known password or key stood."""
    return text if _pattern is None else _pattern.sub(MARK, text)
