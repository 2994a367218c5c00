"""`ioc doctor`: what is wrong on this installation, and what to type.

Looks and changes nothing. Every check is a module of feeds/checks with ``check(patient) -> Iterator[Finding]``, found by its file. A
finding that needs doing carries the command to type.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from feeds import checks
from feeds.config import Feed, load
from feeds.errors import ConfigError
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store.engine import open_engine
from store.errors import StoreError
from store.schema_version import check
from store.transactions import reading

Level = Literal["ok", "warning", "wrong"]
SIGNS: dict[Level, str] = {"ok": "✔", "warning": "!", "wrong": "✘"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    code: ``[doctor]`` in feeds/text; cause: code and values of what somebody else said about it, its ``{said}``; type_: the command
    that helps, as it is typed.
    """

    level: Level
    code: str
    values: dict[str, object] = dataclasses.field(default_factory=dict)
    type_: str | None = None
    cause: tuple[str, Mapping[str, object]] | None = None

    def text(self, language: str) -> str:
        said = CATALOGUE.text(language, self.cause[0], **self.cause[1]) if self.cause else ""
        return CATALOGUE.text(language, self.code, **{"said": said, **self.values})


class Patient:
    """The installation, read once for all checks."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = datetime.now(UTC)

    @cached_property
    def engine(self) -> Engine | StoreError:
        """The store, or why there is none to look at."""
        path = self.sqlite_path
        if path is not None and not path.exists():
            return StoreError(str(path))
        try:
            return open_engine(self.settings.store)
        except StoreError as error:
            return error

    @cached_property
    def sound(self) -> Engine | None:
        """The store when it answers and has the newest schema and a province; checks of its content look at nothing else."""
        if isinstance(self.engine, StoreError):
            return None
        try:
            check(self.engine)
        except (StoreError, SQLAlchemyError):
            return None
        return self.engine

    @cached_property
    def feeds(self) -> dict[str, Feed] | ConfigError:
        try:
            return load(self.settings.feeds_file, self.settings.environment)
        except ConfigError as error:
            return error

    @property
    def sqlite_path(self) -> Path | None:
        url = self.settings.store
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, in the order of the checks. Raises nothing that a sick installation could cause."""
    patient = Patient(settings)
    for name in sorted(info.name for info in iter_modules(checks.__path__)):
        try:
            yield from import_module(f"feeds.checks.{name}").check(patient)
        except (StoreError, SQLAlchemyError, OSError) as error:
            yield Finding("wrong", "doctor.check_broken", {"check": name.partition("_")[2], "detail": str(error).splitlines()[0]})


def engine_facts(patient: Patient, ask: Any) -> Any:
    """What `ask(connection)` says of a store that can be read; None when it cannot."""
    if patient.sound is None:
        return None
    with reading(patient.sound) as connection:
        return ask(connection)


def report(findings: list[Finding]) -> list[str]:
    """Lines for a person: sign, both languages, and below what to type."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{SIGNS[finding.level]} {finding.text('vi')}  /  {finding.text('en')}")
        if finding.type_:
            lines.append(f"    $ {finding.type_}")
    worst = {level: sum(finding.level == level for finding in findings) for level in SIGNS}
    lines.append(CATALOGUE.both("doctor.summary", **worst))
    return lines


def as_json(findings: list[Finding]) -> str:
    return json.dumps(
        [
            {
                "level": finding.level,
                "code": finding.code,
                "values": finding.values,
                "type": finding.type_,
                "vi": finding.text("vi"),
                "en": finding.text("en"),
            }
            for finding in findings
        ],
        ensure_ascii=False,
        indent=2,
        default=str,
    )
