"""Feeds that stand in no feeds file: declared in a text of their own, and checked as the declared ones are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from feeds.config import Feed, load


def feed_of(text: str, key: str, environment: Mapping[str, str], plugins: Path | None = None) -> Feed:
    """The feed `key` of a TOML text; the folder "." in it is a temporary one. Raises ConfigError with every mistake."""
    with TemporaryDirectory(prefix="ioc-feed-") as folder:
        path = Path(folder) / "feeds.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, environment, plugins)[key]
