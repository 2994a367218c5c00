"""How every process of the product writes its log on standard error: one line for each event, for people or for machines.

``text``: ``time level event key=value …``; ``json``: one object a line with time, level, logger, event and the values, for a log collector.
Times are UTC. Passwords and keys that the process knows are left out.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from store.hidden import without_secrets

LogForm = Literal["text", "json"]


def open_log(form: LogForm, *levels: tuple[str, str]) -> None:
    """Send the log of this process to standard error. levels: (logger, level), the root's with the name ""; at first ERROR."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.ERROR)
    for name, level in levels:
        logging.getLogger(name).setLevel(level)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        parts = [_time(record), record.levelname.lower(), *_what(record)]
        line = " ".join([*parts, *(f"{key}={_quoted(value)}" for key, value in _values(record).items())])
        return without_secrets(f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {"time": _time(record), "level": record.levelname.lower(), "logger": record.name}
        said |= {"event": record.getMessage(), **_values(record)}
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(said, ensure_ascii=False, default=str))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _what(record: logging.LogRecord) -> list[str]:
    """An event of ours is a word; a sentence of somebody else says whose it is."""
    message = record.getMessage()
    return [message] if hasattr(record, "values") else [f"{record.name}:", message]


def _values(record: logging.LogRecord) -> dict[str, Any]:
    return dict(getattr(record, "values", {}))


def _quoted(value: object) -> str:
    text = str(value)
    return text if text and not set(text) & set(' "=\n\t') else json.dumps(text, ensure_ascii=False)
