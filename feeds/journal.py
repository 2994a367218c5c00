"""What the worker says on stderr: one line per event, ``time level event key=value …``; a trouble once, and its end once."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Hashable

LOGGER = logging.getLogger("feeds")


class _Lines(logging.Formatter):
    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        values = getattr(record, "values", {})
        parts = [self.formatTime(record), record.levelname.lower(), record.getMessage()]
        line = " ".join([*parts, *(f"{key}={_quoted(value)}" for key, value in values.items())])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _quoted(value: object) -> str:
    text = str(value)
    return text if text and not set(text) & set(' "=\n\t') else json.dumps(text, ensure_ascii=False)


def open_journal(level: str = "INFO") -> None:
    """Send the events of this process to stderr. Libraries are heard from ERROR on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.ERROR)
    LOGGER.setLevel(level.upper())


def event(name: str, **values: object) -> None:
    """Something worth knowing happened."""
    LOGGER.info(name, extra={"values": values})


def trouble(name: str, **values: object) -> None:
    """Something is wrong that somebody may have to look at."""
    LOGGER.warning(name, extra={"values": values})


def crash(name: str, **values: object) -> None:
    """The exception that is being handled was not foreseen: said with its trace."""
    LOGGER.error(name, extra={"values": values}, exc_info=True)


class Troubles:
    """Which troubles are on, so that each is said when it begins, when it turns into another, and when it ends."""

    def __init__(self) -> None:
        self._on: dict[Hashable, str] = {}

    def begins(self, subject: Hashable, code: str, **values: object) -> None:
        if self._on.get(subject) != code:
            self._on[subject] = code
            trouble("trouble", subject=subject, code=code, **values)

    def ends(self, subject: Hashable) -> None:
        code = self._on.pop(subject, None)
        if code is not None:
            event("recovered", subject=subject, code=code)
