"""Which targets have ever answered to the credentials that a feed has now, kept on disk: a worker that is started anew knows it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from feeds.journal import trouble


class Answered:
    """credentials: others than those of the file begin anew; the file has a short digest of them, too short to find them by."""

    def __init__(self, path: Path, credentials: str) -> None:
        self._path = path
        self._digest = hashlib.sha256(credentials.encode()).hexdigest()[:4]
        self.ids: set[str] = self._read()

    def add(self, ids: Iterable[str]) -> None:
        new = set(ids) - self.ids
        if new:
            self.ids |= new
            self._write()

    def _read(self) -> set[str]:
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
            return set(said["ids"]) if said["credentials"] == self._digest else set()
        except (OSError, ValueError, KeyError, TypeError):
            return set()

    def _write(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps({"credentials": self._digest, "ids": sorted(self.ids)}), encoding="utf-8")
        except OSError as error:
            trouble("answered_not_kept", path=self._path, detail=error.strerror or "")
