"""Words on a page that are of the other language, and keys of the catalogue that are shown as they are."""

from __future__ import annotations

import re
from functools import cache

from ioc.text import TEXT

VIETNAMESE = re.compile(r"[ăâđêôơưàảãạáằẳẵặắầẩẫậấèẻẽẹéềểễệếìỉĩịíòỏõọóồổỗộốờởỡợớùủũụúừửữựứỳỷỹỵý]", re.I)


def untranslated(said: list[dict[str, str]], language: str, names: frozenset[str]) -> list[str]:
    """Keys of the catalogue that are shown as they are, and words of the other language."""
    found = []
    for piece in said:
        text, where = piece["text"], piece["where"]
        if any(key in text for key in _key_like(text)):
            found.append(f"key of a text: “{text[:60]}” ({where})")
        elif language == "en" and VIETNAMESE.search(_without(text, names)):
            found.append(f"Vietnamese: “{text[:80]}” ({where})")
        elif language == "vi" and text in english_only():
            found.append(f"English: “{text[:60]}” ({where})")
    return found


@cache
def english_only() -> frozenset[str]:
    """What the English catalogue says in other words than the Vietnamese one."""
    texts = {key: (TEXT.text("en", key), TEXT.text("vi", key)) for key in TEXT.keys("en")}
    vietnamese = {vi for _, vi in texts.values()}
    return frozenset(en for key, (en, vi) in texts.items() if en != vi and en not in vietnamese and len(en) > 2)


@cache
def _sections() -> frozenset[str]:
    return frozenset(key.split(".")[0] for key in TEXT.keys("vi"))


def _key_like(text: str) -> list[str]:
    return [
        key for key in re.findall(r"\b[a-z_]+(?:\.[a-z0-9_]+)+\b", text) if key.split(".")[0] in _sections() and not key.endswith(".toml")
    ]


SAMPLE_NAMES = re.compile(r"Nhà mạng mẫu \w|Cán bộ mẫu \d+, Tổ CNTT [^,]+,?")


def _without(text: str, names: frozenset[str]) -> str:
    text = SAMPLE_NAMES.sub(" ", text)
    for name in sorted((name for name in names if name in text), key=len, reverse=True):
        text = text.replace(name, " ")
    return text
