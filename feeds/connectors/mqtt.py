"""A subscription at an MQTT broker. Each message is acknowledged when its rows are stored; what arrived meanwhile waits at the broker."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from paho.mqtt.enums import MQTTProtocolVersion
from pydantic import BaseModel, Field, field_validator, model_validator

from feeds.errors import ContentError, FetchError
from feeds.fetching import Content, Fetched, Layout, Unreadable, Visit
from feeds.messages import Form, Message, rows_of
from feeds.mqtt_session import Line, Session

QUEUE = "streams"
PROTOCOLS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
PORTS = {"mqtt": 1883, "mqtts": 8883}
BUSY_S = 5.0  # a look goes on for so long while messages keep coming, then others have their turn
FIRST_WAIT_S, NEXT_WAIT_S = 1.0, 0.1


class Options(BaseModel):
    """url: mqtt:// or mqtts://host:port. topics: with wildcards; topic_columns: names for the levels of a message's topic.

    client_id: under which the broker keeps our session (session_expiry_s) while we are away; two installations need two.
    retained: of a message that the broker has kept, "dated" takes rows that say themselves when they were true (observed_at), "take" takes
    all as of now, "ignore" none. max_messages: unacknowledged at a time; max_message_bytes: a larger one is set aside.
    """

    url: str
    topics: list[str] = Field(min_length=1)
    client_id: str = ""
    username: str = ""
    password: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    protocol: Literal["5", "3.1.1"] = "5"
    payload: Literal["json", "csv", "value"] = "json"
    records: str = ""
    csv_columns: list[str] = Field(default_factory=list)
    value_column: str = "value"
    topic_columns: list[str] = Field(default_factory=list)
    max_messages: int = Field(default=1000, ge=1, le=65535)
    max_message_bytes: int = Field(default=262_144, ge=1, le=16_000_000)
    session_expiry_s: int = Field(default=604_800, ge=60, le=4_294_967_294)
    keepalive_s: int = Field(default=30, ge=5, le=3600)
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60)
    retained: Literal["dated", "ignore", "take"] = "dated"

    @field_validator("url")
    @classmethod
    def _mqtt(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.password or parts.port == 0:
            raise ValueError("mqtt://host:port or mqtts://host:port expected; user and password have options of their own")
        return url

    @field_validator("topics")
    @classmethod
    def _filters(cls, topics: list[str]) -> list[str]:
        for topic in topics:
            levels = topic.split("/")
            if not topic or "#" in "".join(levels[:-1]) or any(len(level) > 1 and set(level) & set("#+") for level in levels):
                raise ValueError("'+' stands for one whole level, '#' for all that follow, at the end")
        return topics

    @model_validator(mode="after")
    def _csv_has_columns(self) -> Options:
        if self.payload == "csv" and not self.csv_columns:
            raise ValueError('payload = "csv" needs csv_columns')
        return self


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """The messages that came since the last look, in batches; then why no more can come, if so."""
    session, wait_s = visit.memory.get("session"), 0.0
    if session is None:
        session = visit.memory["session"] = Session(_line(options, visit), visit.wake, visit.newest())
        session.await_ready(min(options.connect_timeout_s, visit.left_s))
        wait_s = min(FIRST_WAIT_S, visit.left_s)
    if session.fault is not None and session.fault.code == "run.mqtt_topic_denied":
        raise session.fault
    until = time.monotonic() + min(BUSY_S, visit.left_s / 2)
    while time.monotonic() < until and (messages := session.take(visit.max_bytes, wait_s if session.fault is None else 0.0)):
        yield Fetched(_shown(options), partial(_read, messages, options), partial(_settle, session), passing=True)
        if session.unsettled:  # the store is away: the same again, later
            return
        wait_s = NEXT_WAIT_S
    if session.fault is not None:
        raise session.fault


def close(memory: MutableMapping[str, Any]) -> None:
    """Leave the broker in order."""
    session = memory.pop("session", None)
    if session is not None:
        session.close()


def _settle(session: Session, taken: bool) -> None:
    session.settle()  # also what was set aside: it is kept in quarantine, and must not stand in the way of the others


def _read(messages: list[Message], options: Options) -> Content:
    form = Form(options.payload, options.records, options.csv_columns, options.value_column, options.topic_columns)
    rows: list[dict[str, Any]] = []
    unreadable: list[Unreadable] = []
    for number, message in enumerate(messages, start=1):
        try:
            rows += rows_of(message, form)
        except ContentError as error:
            unreadable.append(Unreadable(number, error, message.raw))
    size = sum(message.size for message in messages)
    return Content(rows, Layout("rows"), _said_at(messages), unreadable=tuple(unreadable), size=size)


def _said_at(messages: list[Message]) -> datetime:
    """The first of them with a time; rows of the others say their own."""
    return next((message.received_at for message in messages if message.received_at is not None), datetime.now(UTC))


def _shown(options: Options) -> str:
    parts = urlsplit(options.url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or PORTS[parts.scheme]}"


def _line(options: Options, visit: Visit) -> Line:
    parts = urlsplit(options.url)
    return Line(
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        shown=_shown(options),
        client_id=options.client_id or f"ioc-{visit.feed}",
        topics=tuple(options.topics),
        protocol=PROTOCOLS[options.protocol],
        username=options.username,
        password=options.password,
        tls=_tls(options, visit.base) if parts.scheme == "mqtts" else None,
        keepalive_s=options.keepalive_s,
        session_expiry_s=options.session_expiry_s,
        connect_timeout_s=options.connect_timeout_s,
        max_messages=options.max_messages,
        max_message_bytes=options.max_message_bytes,
        retained=options.retained,
    )


def _tls(options: Options, base: Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=base / options.ca_file if options.ca_file else None)
        if options.cert_file is not None:
            context.load_cert_chain(base / options.cert_file, base / options.key_file if options.key_file else None)
    except OSError as error:
        raise FetchError("run.certificate_unreadable", detail=str(error)) from error
    return context
