"""HTML attributes with a dash in their name, which Python's keywords cannot spell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def attributes(values: Mapping[str, object]) -> Any:
    """`data-…` and `aria-…` attributes for a Dash component's keyword arguments."""
    return dict(values)
