"""What a worker that cannot write to its store says to `ioc doctor`: a file beside the feeds file, for the store cannot hold it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from feeds.journal import trouble

NAME = "worker-trouble.json"


@dataclass(frozen=True)
class StoreTrouble:
    """worker, pid: who cannot write; code, values: why, in the catalogue; since: UTC, ISO 8601."""

    worker: str
    pid: int
    code: str
    values: Mapping[str, str]
    since: str


def note(home: Path, worker: str, code: str, values: Mapping[str, object]) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    said = StoreTrouble(worker, os.getpid(), code, {key: str(value) for key, value in values.items()}, since)
    try:
        (home / NAME).write_text(json.dumps(asdict(said), ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        trouble("trouble_not_noted", path=home / NAME, detail=error.strerror or "")


def forget(home: Path) -> None:
    """Forget what this process noted; another worker's note stays."""
    said = noted(home)
    if said is not None and said.pid == os.getpid():
        with suppress(OSError):
            (home / NAME).unlink()


def noted(home: Path) -> StoreTrouble | None:
    """What a worker that still runs has noted."""
    try:
        said = StoreTrouble(**json.loads((home / NAME).read_text(encoding="utf-8")))
        os.kill(said.pid, 0)
    except PermissionError:
        return said
    except (OSError, ValueError, TypeError):
        return None
    return said
