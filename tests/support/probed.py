"""One round of a probe on targets of a test's choice."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from feeds.fetching import Visit


def probe(
    connector: ModuleType, targets: dict[str, str], timeout_s: float = 15, spool: Path = Path("spool"), **options: Any
) -> dict[str, dict[str, Any]]:
    """The rows by id. spool: where a probe keeps what it knows of its targets."""
    visit = Visit(datetime.now(UTC), time.monotonic() + timeout_s, Path(), spool=spool)
    (fetched,) = connector.fetch(connector.Options(targets=targets, **{"spread_s": 0, **options}), visit)
    rows = fetched.read().data
    assert isinstance(rows, list)
    return {row["id"]: row for row in rows}
