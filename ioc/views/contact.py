"""Whom to call: the contact of a register, with its telephone numbers as links that a phone dials."""

from __future__ import annotations

import re
from typing import Any

from dash import html

from ioc.text import Words

_NUMBER = re.compile(r"(?<![\w.])(?:\+84|0)(?:[ .\-]?\d){8,10}(?![\w])")


def contact(text: Any, words: Words) -> list[Any] | str:
    """text: free text of the register, with or without numbers ("Chị Lan, 0215 3812 345"); None where nobody is named."""
    if not isinstance(text, str) or not text.strip():
        return words("endpoint.no_contact")
    parts: list[Any] = []
    end = 0
    for found in _NUMBER.finditer(text):
        parts += [text[end : found.start()], html.A(found[0], href=f"tel:{dialled(found[0])}", className="phone")]
        end = found.end()
    return [part for part in [*parts, text[end:]] if part]


def dialled(number: str) -> str:
    """Digits alone, with the plus of an international number."""
    return ("+" if number.startswith("+") else "") + re.sub(r"\D", "", number)
