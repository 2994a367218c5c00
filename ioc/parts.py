"""The parts that every page is made of, and those of a page that is one list without a map."""

from __future__ import annotations

from typing import Any

from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words
from ioc.views.events import alerts

PARTS = ("crumbs", "map_bar", "legend", "map_notes", "panel", "page", "alerts", "known")
OF_MAP = ("crumbs", "map_bar", "legend", "map_notes", "panel")


def list_parts(snapshot: Snapshot, selection: Selection, words: Words, page: Any, **more: Any) -> dict[str, Any]:
    """page: what is below the top bar. more: parts that this page has besides, by name."""
    return dict.fromkeys(OF_MAP) | {"alerts": alerts(snapshot, selection, words), "page": page} | more
