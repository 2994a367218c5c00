"""What the environment says to the dashboard, the demo and the command line. The only reader of the environment in this package.

The worker reads the same names with the same defaults.
"""

from __future__ import annotations

import os
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.logs import LogForm


class Settings(BaseSettings):
    """IOC_HOME, IOC_STORE and the rest; an argument given to the constructor comes before the environment."""

    model_config = SettingsConfigDict(env_prefix="IOC_", extra="ignore", frozen=True, env_ignore_empty=True)

    home: Path = Field(default=Path("var"), description="Folder of the store, the feeds file, the logs and the demo's files")
    store: str = Field(default="", description="The store: `sqlite:///…` or `postgresql+psycopg://…`")
    store_read: str | None = Field(default=None, description="A read replica of the store on PostgreSQL, for the dashboard's reads")
    feeds: Path | None = Field(default=None, description="The file that declares the feeds")
    host: str = Field(default="127.0.0.1", description="Address the dashboard listens on")
    port: int = Field(default=8050, ge=1, le=65535, description="Port the dashboard listens on")
    hosts: str = Field(default="", description="Names by which browsers reach the dashboard, beside those of this machine")
    proxies: str = Field(default="", description="Addresses or networks of reverse proxies whose X-Forwarded-For and -Proto are believed")
    row_readers: str = Field(
        default="", description="Addresses or networks that may read rejected rows, beside this machine; `*`: everyone"
    )
    max_upload_mb: int = Field(default=60, ge=1, le=1000, description="Largest body of a request; a file grows by a third on its way")
    max_requests: int = Field(default=256, ge=1, description="Requests served at once")
    max_streams: int = Field(default=4000, ge=1, description="Live streams open at once, one for each page")
    language: Literal["vi", "en"] = Field(default="vi", description="Language of a page whose address names none")
    theme: Literal["dark", "light"] = Field(default="dark", description="Theme of a page whose address names none")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least severe line that is logged")
    log_form: LogForm = Field(default="text", description="How a line of the log is written: `text` or `json`")

    @model_validator(mode="before")
    @classmethod
    def _store_in_home(cls, values: dict[str, object]) -> dict[str, object]:
        return values if values.get("store") else {**values, "store": f"sqlite:///{values.get('home') or 'var'}/ioc.db"}

    @field_validator("row_readers")
    @classmethod
    def _networks(cls, declared: str) -> str:
        for name in declared.split(","):
            if name.strip() not in ("", "*"):
                ip_network(name.strip(), strict=False)
        return declared

    @property
    def feeds_file(self) -> Path:
        """The TOML file that declares the feeds: IOC_FEEDS, or feeds.toml in IOC_HOME."""
        return self.feeds or self.home / "feeds.toml"

    @property
    def log_folder(self) -> Path:
        return self.home / "log"

    @property
    def sqlite_path(self) -> Path | None:
        """The store's file; None when the store is a server's."""
        return Path(self.store.removeprefix("sqlite:///")) if self.store.startswith("sqlite:///") else None

    @property
    def is_loopback(self) -> bool:
        """Only this machine reaches the dashboard."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """The names of IOC_HOSTS."""
        return tuple(name.strip() for name in self.hosts.split(",") if name.strip())

    def as_environment(self) -> dict[str, str]:
        """The environment of a child process that is to see the same settings."""
        told = {
            "IOC_HOME": str(self.home),
            "IOC_STORE": self.store,
            "IOC_STORE_READ": self.store_read or "",
            "IOC_FEEDS": str(self.feeds_file),
            "IOC_HOST": self.host,
            "IOC_PORT": str(self.port),
            "IOC_HOSTS": self.hosts,
            "IOC_PROXIES": self.proxies,
            "IOC_ROW_READERS": self.row_readers,
            "IOC_MAX_UPLOAD_MB": str(self.max_upload_mb),
            "IOC_MAX_REQUESTS": str(self.max_requests),
            "IOC_MAX_STREAMS": str(self.max_streams),
            "IOC_LANGUAGE": self.language,
            "IOC_THEME": self.theme,
            "IOC_LOG_LEVEL": self.log_level,
            "IOC_LOG_FORM": self.log_form,
        }
        return {**os.environ, **told}
