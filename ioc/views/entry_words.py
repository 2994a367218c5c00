"""How the fields of a form are called and written."""

from __future__ import annotations

from ioc.entry import Choices
from ioc.text import TEXT, Words
from store.manual import FormField

EXAMPLES = {"moment": "21/11/2026 08:00", "day": "21/11/2026", "period": "10/2026", "degrees": "103,016"}


def field_label(field: FormField, words: Words) -> str:
    """The field in words; the header of its column where the catalogue has none."""
    code = f"entry_field.{field.name}"
    return words(code) if code in TEXT.keys(words.language) else field.header


def field_choices(field: FormField, choices: Choices) -> tuple[tuple[str, str], ...]:
    """What may stand there, as value and words; nothing when anything may."""
    return field.choices or choices.get(field.name, ())


def how_to_write(field: FormField, words: Words) -> str:
    """One sentence on what to put there."""
    if field.choices:
        return words("entry.write.choice", choices=", ".join(value for value, _ in field.choices))
    unit = f" ({field.unit})" if field.unit not in ("", "one") else ""
    return words(f"entry.write.{field.type}", example=EXAMPLES.get(field.type, "")) + unit
