"""User-visible text in Vietnamese and English.

The store carries codes and arguments (a run's error, a row's reason), never sentences; whoever shows them reads the sentence here
in the viewer's language. Each package keeps its own `vi.toml` and `en.toml`; tables nest and join with dots.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LANGUAGES = ("vi", "en")
STORE_TEXT = Path(__file__).parent / "text"


class Catalogue:
    """Texts of several folders, each holding one `<language>.toml` per language."""

    def __init__(self, *folders: Path) -> None:
        self._texts: dict[str, dict[str, str]] = {
            language: {key: text for folder in folders for key, text in _read(folder / f"{language}.toml").items()}
            for language in LANGUAGES
        }

    def keys(self, language: str) -> frozenset[str]:
        return frozenset(self._texts[language])

    def text(self, language: str, code: str, **values: object) -> str:
        """The sentence for `code`; the code itself, with its values, when the catalogue lacks it (a test keeps that from happening)."""
        template = self._texts.get(language, self._texts["vi"]).get(code)
        if template is None:
            return f"{code} {values}" if values else code
        return template.format_map(_Values(values)) if "{" in template else template

    def reason(self, language: str, code: str, values: Mapping[str, object]) -> str:
        """The sentence for `code` with the cell and the sheet that it is about, where the values name them."""
        where = place_code(values)
        text = self.text(language, code, **values)
        return f"{text} ({self.text(language, where, **values)})" if where else text

    def both(self, code: str, **values: object) -> str:
        """Vietnamese first with English beside it, for the command line."""
        return f"{self.text('vi', code, **values)}  /  {self.text('en', code, **values)}"


def place_code(values: Mapping[str, object]) -> str:
    """The code that says where in a file a fault is, for values with a "cell", a "sheet" or both; "" for others."""
    cell, sheet = bool(values.get("cell")), bool(values.get("sheet"))
    return {(True, True): "where.cell_in_sheet", (True, False): "where.cell", (False, True): "where.sheet"}.get((cell, sheet), "")


class _Values(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return dict(_flatten(tomllib.load(file)))


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []
    for key, value in table.items():
        texts += _flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(prefix + key, str(value))]
    return texts
