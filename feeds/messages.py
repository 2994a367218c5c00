"""One message as rows: a JSON object or list, lines of CSV, or one plain value; and levels of its topic as columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from feeds.errors import ContentError
from feeds.row_marks import UNDATED

SHOWN = 500  # of a payload that cannot be read, so many bytes are kept


@dataclass(frozen=True)
class Message:
    """What a broker delivered. number: the broker's for it on connection `connection`; size: of the payload before it was cut.

    received_at: None when it says nothing about when the message was sent: the broker had kept it (retained), for however long.
    """

    topic: str
    payload: bytes
    size: int
    received_at: datetime | None
    qos: int
    number: int
    connection: int

    @property
    def raw(self) -> dict[str, Any]:
        """What is kept of a message that cannot be read."""
        return {"topic": self.topic, "payload": self.payload[:SHOWN].decode("utf-8", "replace"), "received_at": self.received_at}


@dataclass(frozen=True)
class Form:
    """How payloads are written. records: dotted path to the list in a JSON object; csv_columns: of a line; value_column: for a bare value.

    topic_columns: names of the topic's levels, empty for a level that says nothing.
    """

    payload: Literal["json", "csv", "value"]
    records: str = ""
    csv_columns: Sequence[str] = ()
    value_column: str = "value"
    topic_columns: Sequence[str] = ()


def rows_of(message: Message, form: Form) -> list[dict[str, Any]]:
    """The rows of a message, each with topic, received_at and the topic's columns. Raises ContentError."""
    if message.size > len(message.payload):
        raise ContentError("run.message_too_large", size=message.size, topic=message.topic)
    named = dict(zip(form.topic_columns, message.topic.split("/"), strict=False))
    named.pop("", None)
    origin: dict[str, Any] = {"topic": message.topic, "received_at": message.received_at}
    if message.received_at is None:
        origin[UNDATED] = True
    return [{**origin, **row, **named} for row in _rows(_text(message.payload), form)]


def _text(payload: bytes) -> str:
    try:
        return payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError("run.encoding", position=error.start) from error


def _rows(text: str, form: Form) -> list[dict[str, Any]]:
    if form.payload == "value":
        return [{form.value_column: text.strip()}]
    return _csv(text, form.csv_columns) if form.payload == "csv" else _json(text, form)


def _json(text: str, form: Form) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ContentError("run.json_invalid", line=error.lineno, column=error.colno) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets without end
        raise ContentError("run.json_invalid", line=1, column=1) from error
    for name in form.records.split(".") if form.records else ():
        if not isinstance(value, dict) or name not in value:
            raise ContentError("run.records_missing", path=form.records, found=", ".join(value) if isinstance(value, dict) else "")
        value = value[name]
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, dict) else {form.value_column: item} for item in items]


def _csv(text: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    try:
        lines = [line for line in csv.reader(io.StringIO(text), strict=True) if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise ContentError("run.csv_invalid", detail=str(error)) from error
    for line in lines:
        if len(line) != len(columns):
            raise ContentError("run.csv_columns", expected=len(columns), found=len(line))
    return [dict(zip(columns, line, strict=True)) for line in lines]
