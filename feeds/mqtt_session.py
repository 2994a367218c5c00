"""One connection to an MQTT broker that stays open, with a session that the broker keeps for us while we are away.

A message is acknowledged when `settle` says so and not before, and only on the connection that brought it: after a reconnection the
broker sends again what was open, under numbers that may mean something else.
"""

from __future__ import annotations

import ssl
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from paho.mqtt.client import Client, MQTTMessage, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from feeds.errors import FetchError
from feeds.journal import Troubles
from feeds.messages import SHOWN, Message

DENIED = ("Bad user name or password", "Not authorized")
RECONNECT_S = (1, 30)
PACKET_ROOM = 16  # the broker need not send packets so many times larger than the largest message we read
MOST_UNACKNOWLEDGED = 65535


@dataclass(frozen=True)
class Line:
    """Where the broker is and how to speak to it. tls: None for a plain connection; shown: its address for people."""

    host: str
    port: int
    shown: str
    client_id: str
    topics: tuple[str, ...]
    protocol: MQTTProtocolVersion
    username: str
    password: str
    tls: ssl.SSLContext | None
    keepalive_s: int
    session_expiry_s: int
    connect_timeout_s: float
    max_messages: int
    max_message_bytes: int
    retained: Literal["dated", "ignore", "take"] = "dated"


class Session:
    """Opens at once and connects in the background, again and again. wake: called when a message arrives after none was waiting.

    heard_at: until when messages came before this session was opened. What the broker then has kept for us was sent at some time after
    that, and is taken to be of that time: older is honest, newer is invented.
    """

    def __init__(self, line: Line, wake: Callable[[], None], heard_at: datetime | None = None) -> None:
        self._away_since = heard_at
        self._behind = False
        self._line = line
        self._wake = wake
        self._waiting: deque[Message] = deque()
        self._in_hand: list[Message] = []
        self._news = threading.Condition()
        self._connection = 0
        self._fault: FetchError | None = FetchError("run.timeout", transient=True, url=line.shown)
        self._first = threading.Event()
        self._troubles = Troubles()
        self._client = self._make_client()
        self._connect()

    # ── For the connector ────────────────────────────────────────────────────────────────────────────────────────────────

    def await_ready(self, within_s: float) -> None:
        """Wait until the subscriptions stand, or it is known why they do not."""
        self._first.wait(within_s)

    @property
    def fault(self) -> FetchError | None:
        """Why no messages can come now; None when they can."""
        with self._news:
            return self._fault

    def take(self, max_bytes: int, wait_s: float) -> list[Message]:
        """The next messages, oldest first; the same again until they are settled. Waits for a first one."""
        with self._news:
            if self._in_hand:
                return self._in_hand
            self._news.wait_for(lambda: bool(self._waiting), wait_s)
            size = 0
            while self._waiting and len(self._in_hand) < self._line.max_messages and size <= max_bytes:
                self._in_hand.append(self._waiting.popleft())
                size += len(self._in_hand[-1].payload)
            if not self._in_hand and self._first.is_set():
                self._behind = False
            return self._in_hand

    def settle(self) -> None:
        """Acknowledge what was taken."""
        with self._news:
            done, self._in_hand = self._in_hand, []
            for message in done:
                self._acknowledge(message)

    @property
    def unsettled(self) -> bool:
        return bool(self._in_hand)

    def close(self) -> None:
        """Leave; the broker keeps the session, and what was not acknowledged."""
        self._client.disconnect()
        self._client.loop_stop()

    # ── Connecting ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _make_client(self) -> Client:
        line = self._line
        old = line.protocol != MQTTProtocolVersion.MQTTv5
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=line.client_id,
            clean_session=False if old else None,
            protocol=line.protocol,
            manual_ack=True,
        )
        if line.username:
            client.username_pw_set(line.username, line.password)
        if line.tls is not None:
            client.tls_set_context(line.tls)
        client.connect_timeout = line.connect_timeout_s
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _connect(self) -> None:
        line = self._line
        if line.protocol == MQTTProtocolVersion.MQTTv5:
            wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            wishes.SessionExpiryInterval = line.session_expiry_s
            wishes.ReceiveMaximum = min(line.max_messages, MOST_UNACKNOWLEDGED)
            wishes.MaximumPacketSize = line.max_message_bytes * PACKET_ROOM
            self._client.connect_async(line.host, line.port, line.keepalive_s, clean_start=False, properties=wishes)
        else:
            self._client.connect_async(line.host, line.port, line.keepalive_s)
        self._client.loop_start()

    def _on_connect(self, client: Client, _: Any, flags: Any, reason: ReasonCode, __: Any) -> None:
        if reason.is_failure:
            code = "run.mqtt_denied" if str(reason) in DENIED else "run.mqtt_refused"
            self._say(FetchError(code, transient=False, url=self._line.shown, detail=str(reason)))
            return
        with self._news:
            self._connection += 1
            self._fault = None
            self._behind = bool(flags.session_present)
            if flags.session_present:  # what was open comes again; without a session ours are the only copies
                self._waiting = deque(message for message in self._waiting if message.qos == 0)
        client.subscribe(self._wanted())

    def _wanted(self) -> list[Any]:
        if self._line.protocol != MQTTProtocolVersion.MQTTv5:
            return [(topic, 1) for topic in self._line.topics]
        once = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        return [(topic, once) for topic in self._line.topics]

    def _on_subscribe(self, _: Client, __: Any, ___: int, reasons: Sequence[ReasonCode], ____: Any) -> None:
        denied = [topic for topic, reason in zip(self._line.topics, reasons, strict=False) if reason.is_failure]
        if denied:
            self._say(FetchError("run.mqtt_topic_denied", url=self._line.shown, topics=", ".join(denied)))
            return
        self._first.set()

    def _on_connect_fail(self, _: Client, __: Any) -> None:
        error = sys.exc_info()[1]  # paho calls this while it handles the error
        if isinstance(error, ssl.SSLError):
            detail = getattr(error, "verify_message", "") or error.reason or ""
            self._say(FetchError("run.tls_failed", url=self._line.shown, detail=detail))
        else:
            self._say(FetchError("run.no_connection", transient=True, url=self._line.shown))

    def _on_disconnect(self, _: Client, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
        if self._fault is None:
            self._away_since = self._away_since if self._behind else datetime.now(UTC)
            self._say(FetchError("run.broken_off", transient=True, url=self._line.shown))

    def _say(self, fault: FetchError) -> None:
        with self._news:
            self._fault = fault
        self._first.set()

    # ── Messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _on_message(self, _: Client, __: Any, received: MQTTMessage) -> None:
        with self._news:
            message = self._message(received)
            if not message.size or not self._is_wanted(message.topic) or (received.retain and self._line.retained == "ignore"):
                self._acknowledge(message)  # an empty one takes a kept value back; others stem from an earlier subscription
                return
            if message.qos == 0 and len(self._waiting) >= self._line.max_messages:
                self._troubles.begins(self._line.client_id, "run.mqtt_overflow", topic=message.topic)
                return
            self._troubles.ends(self._line.client_id)
            self._waiting.append(message)
            first = len(self._waiting) == 1
            self._news.notify_all()
        if first:
            self._wake()

    def _message(self, received: MQTTMessage) -> Message:
        size = len(received.payload)
        kept = received.payload if size <= self._line.max_message_bytes else received.payload[:SHOWN]
        return Message(received.topic, bytes(kept), size, self._sent_at(received), received.qos, received.mid, self._connection)

    def _sent_at(self, received: MQTTMessage) -> datetime | None:
        """When it was sent, as far as that can be known: now, unless the broker had it before."""
        if received.retain and self._line.retained == "dated":
            return None
        if not (self._behind or received.dup):
            return datetime.now(UTC)
        if self._away_since is not None:
            self._away_since += timedelta(microseconds=1)  # in the order in which they come
        return self._away_since

    def _is_wanted(self, topic: str) -> bool:
        return any(topic_matches_sub(_without_group(wanted), topic) for wanted in self._line.topics)

    def _acknowledge(self, message: Message) -> None:
        if message.qos and message.connection == self._connection:
            self._client.ack(message.number, message.qos)


def _without_group(topic: str) -> str:
    """``$share/GROUP/a/b`` is a way to subscribe to a/b."""
    return topic.split("/", 2)[2] if topic.startswith("$share/") and topic.count("/") >= 2 else topic
