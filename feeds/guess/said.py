"""What a person has said about a proposal: the kind, which column is which field, and single values. It goes before what is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VALUES = ("title", "title_en", "source", "speaks", "operator", "crs", "encoding", "numbers", "sheet", "header_row", "layer", "method")


@dataclass(frozen=True)
class Said:
    """kind: "" when nobody chose. columns: header → field, "" for a column that is not to be read. values: of VALUES alone."""

    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Said:
        """From JSON; what is no such thing is left out, and so is a reference to the environment: it would show a secret."""
        columns, values = said.get("columns"), said.get("values")
        return cls(
            str(said.get("kind") or ""),
            {str(header): str(name or "") for header, name in columns.items()} if isinstance(columns, Mapping) else {},
            {key: value for key, value in values.items() if key in VALUES and _plain(value)} if isinstance(values, Mapping) else {},
        )


def _plain(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and bool(value.strip()) and "${" not in value)
