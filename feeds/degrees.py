"""Coordinates in degrees as people and devices write them: 103.0231, 103,0231, 103°01'23"Đ, 21°23′10,5″B, N 21° 23.175', 103 01 23."""

from __future__ import annotations

import math
import re
import unicodedata

_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_SIXTIETH = r"\d{1,2}(?:[.,]\d+)?"
_SIGNED = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
_PARTS = re.compile(
    rf"(?P<sign>[+-])?\s*(?P<d>{_NUMBER})\s*(?P<mark>°|độ|:|\s)\s*"
    rf"(?:(?P<m>{_SIXTIETH})\s*(?:'|phút|:|\s|$)\s*(?:(?P<s>{_SIXTIETH})\s*(?:\"|giây)?)?)?"
)
_DMS = re.compile(r"(\d+)d(\d+)m([\d.,]+)s")
_BARE = re.compile(rf"(?P<sign>[+-])?\s*(?P<d>{_NUMBER})")
_LETTER = re.compile(r"^(?P<front>bắc|nam|đông|tây|[bnsđdewt])?\s*(?P<figures>.*?)\s*(?P<back>bắc|nam|đông|tây|[bnsđdewt])?\.?$")
_MARKS = str.maketrans(dict.fromkeys("º˚", "°") | dict.fromkeys("′’‘´`", "'") | dict.fromkeys("″”“", '"') | {"\u2212": "-"})

# N is Bắc (north), never Nam: all of Việt Nam lies north of the equator. D is the Đ of a keyboard without it.
_AXES = {"b": "lat", "bắc": "lat", "n": "lat", "s": "lat", "nam": "lat"}
_AXES |= {"đ": "lon", "d": "lon", "đông": "lon", "e": "lon", "w": "lon", "t": "lon", "tây": "lon"}
_NEGATIVE = frozenset({"s", "nam", "w", "t", "tây"})


def degrees(value: object, axis: str = "") -> float | None:
    """Decimal degrees, west and south negative; None for what is no coordinate.

    axis: "lon" or "lat", of which a letter (Đ, B, N, E …) must be; "" for either. A number of thousands would be no coordinate, so both
    "103.012" and "103,012" can only mean the fraction. Minutes and seconds must be below 60, and only the last part may have a fraction.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    text = " ".join(unicodedata.normalize("NFC", str(value)).casefold().translate(_MARKS).replace("''", '"').split())
    if _SIGNED.fullmatch(text):
        return float(text.replace(",", "."))
    text = re.sub(r"(?<=\d)o(?=[\s\d])", "°", text)  # 103o01'23"
    return _lettered(_DMS.sub(r"\1°\2'\3", text), axis)


def _lettered(text: str, axis: str) -> float | None:
    found = _LETTER.fullmatch(text)
    if found is None or (found["front"] and found["back"]):
        return None
    letter = found["front"] or found["back"] or ""
    if letter and axis in ("lon", "lat") and _AXES[letter] != axis:
        return None
    number = _figures(found["figures"])
    if number is None or (letter and number < 0):
        return None
    return -number if letter in _NEGATIVE else number


def _figures(text: str) -> float | None:
    match = _PARTS.fullmatch(text) or _BARE.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    parts = [part.replace(",", ".") for name in "dms" if (part := found.get(name))]
    if found.get("mark") == " " and len(parts) != 3:
        return None  # two numbers side by side may be anything
    if any("." in part for part in parts[:-1]) or any(float(part) >= 60 for part in parts[1:]):
        return None
    number = sum(float(part) / (1.0, 60.0, 3600.0)[place] for place, part in enumerate(parts))
    return round(-number if found["sign"] == "-" else number, 9)
