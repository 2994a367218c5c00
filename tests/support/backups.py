"""Backups that somebody made up."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path


def forged(sound: Path, files: dict[str, bytes], told: dict[str, str] | None = None) -> Path:
    """The same backup with more files in it, and check sums that fit."""
    target = sound.with_name("forged.zip")
    with zipfile.ZipFile(sound) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            data = source.read(name)
            if name == "manifest.json":
                manifest = json.loads(data)
                manifest["files"] |= {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} | (told or {})
                data = json.dumps(manifest).encode()
            out.writestr(name, data)
        for name, content in files.items():
            out.writestr(f"files/{name}", content)
    return target


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
