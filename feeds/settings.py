"""What the environment says to the worker and its command line. The only reader of the environment in this package.

The dashboard reads the same names with the same defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, PrivateAttr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.logs import LogForm


class Settings(BaseSettings):
    """Every IOC_… that the worker heeds; and the whole environment for the ``${NAME}`` of the feeds file.

    samples_kept_days: raw samples of endpoints are kept at least so long; their hourly and daily sums for good. host, port: where
    the dashboard listens.
    """

    model_config = SettingsConfigDict(env_prefix="IOC_", extra="ignore", env_ignore_empty=True)

    home: Path = Path("var")
    store: str = ""
    feeds: Path | None = None
    samples_kept_days: int = Field(default=7, ge=7, le=30)
    host: str = "127.0.0.1"
    port: int = 8050
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_form: LogForm = "text"
    _environment: dict[str, str] = PrivateAttr(default_factory=lambda: dict(os.environ))

    @model_validator(mode="before")
    @classmethod
    def _store_in_home(cls, values: dict[str, object]) -> dict[str, object]:
        return values if values.get("store") else {**values, "store": f"sqlite:///{values.get('home') or 'var'}/ioc.db"}

    @property
    def environment(self) -> Mapping[str, str]:
        """Every variable, as it was when the settings were read."""
        return self._environment

    @property
    def feeds_file(self) -> Path:
        """The TOML file that declares the feeds: IOC_FEEDS, or feeds.toml in IOC_HOME."""
        return self.feeds or self.home / "feeds.toml"

    @property
    def plugins_folder(self) -> Path:
        """Connectors and record kinds of this deployment: `connectors/*.py`, `kinds/*.py`."""
        return self.home / "plugins"

    @property
    def spool_folder(self) -> Path:
        """Where connectors keep what came in and is not stored yet."""
        return self.home / "spool"

    @property
    def drop_folder(self) -> Path:
        """Where the demo's operators drop their spreadsheets."""
        return self.home / "drop"
