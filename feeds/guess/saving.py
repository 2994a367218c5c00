"""A proposal into the feeds file: its table is added at the end, all else stays as it stands."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from feeds.config import load
from feeds.errors import CommandError, ConfigError
from feeds.guess.declaration import as_toml


def save(feeds_file: Path, key: str, table: Mapping[str, Any], environment: Mapping[str, str], plugins: Path | None = None) -> Path:
    """Add [feeds.KEY] and make its folder; the folder. The text of before stays beside the file with the ending ".bak".

    Raises ConfigError when the file would be wrong with it, CommandError when it cannot be read or written; then nothing is changed.
    """
    folder = feeds_file.parent / str(table["folder"])
    try:
        before = feeds_file.read_text(encoding="utf-8-sig") if feeds_file.exists() else ""
        if key in tomlkit.parse(before).get("feeds", {}):
            raise CommandError("proposal_error.key_taken", key=key)
        folder.mkdir(parents=True, exist_ok=True)
        after = f"{before.rstrip()}\n\n{as_toml(key, table)}".lstrip()
        _replace(feeds_file, after, environment, plugins)
    except TOMLKitError as error:
        raise CommandError("config.syntax", detail=str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError("proposal_error.not_saved", path=feeds_file) from error
    return folder


def _replace(feeds_file: Path, text: str, environment: Mapping[str, str], plugins: Path | None) -> None:
    """Check the new text beside the old one, where its folders are the same, and let it take the old one's place."""
    new = feeds_file.with_name(f".{feeds_file.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.chmod(feeds_file.stat().st_mode & 0o777 if feeds_file.exists() else 0o600)
        load(new, environment, plugins)
        if feeds_file.exists():
            shutil.copy2(feeds_file, feeds_file.with_name(f"{feeds_file.name}.bak"))
        os.replace(new, feeds_file)
    finally:
        new.unlink(missing_ok=True)


def config_mistake(error: ConfigError) -> tuple[str, dict[str, Any]]:
    """The first mistake, as code and values of the catalogue."""
    return error.problems[0].code, error.problems[0].values
