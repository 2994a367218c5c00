"""An NGSI-LD broker: all entities of a type now and then, and in between what the broker delivers to our own door."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from feeds.errors import ContentError
from feeds.fetching import Content, Fetched, Layout, Unreadable, Visit
from feeds.inbox import Door, Inbox
from feeds.ngsi_broker import Broker, Subscription, Wanted, entities, keep
from feeds.ngsi_rows import ended_part, row_of
from feeds.paging import Paging, stopped
from feeds.row_marks import ENDED, ENTITY_ENDED
from feeds.web import Session, WebOptions, ask, shown

QUEUE = "streams"
BATCH = 200  # deliveries in one run
SHOWN = 500
LOOPBACK = "127.0.0.1"
MOST_KNOWN = 200_000  # entities whose last row is remembered


class Options(WebOptions):
    """url: of the broker, up to /ngsi-ld. entity_types, attributes, filter: what is asked for; context: address of the @context.

    deliver_to: address of our door as the broker reaches it; without it the broker is only asked, at every look. listen_host, listen_port:
    where the door is, unless told at the address of this machine that deliver_to names, else at loopback. token: what the broker has to
    show. query_every_s: all is asked again, for what was not delivered.
    """

    entity_types: list[str] = Field(min_length=1)
    attributes: list[str] = Field(default_factory=list)
    filter: str = ""
    context: str = ""
    tenant: str = ""
    representation: Literal["normalized", "simplified"] = "normalized"
    paging: Literal["offset", "link"] = "offset"
    page_size: int = Field(default=500, ge=1, le=1000)
    deliver_to: str = ""
    listen_host: str = ""
    listen_port: int = Field(default=0, ge=0, le=65535)
    token: str = ""
    subscription_id: str = ""
    subscription_hours: int = Field(default=24, ge=1, le=8760)
    query_every_s: int = Field(default=600, ge=1)
    max_message_bytes: int = Field(default=5_000_000, ge=1)
    max_waiting: int = Field(default=10_000, ge=1)

    @model_validator(mode="after")
    def _door_is_complete(self) -> Options:
        if self.deliver_to and not (self.listen_port and len(self.token) >= 16):
            raise ValueError("deliver_to needs listen_port and a token of at least 16 characters")
        return self


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """What was delivered since the last look, in the order in which it came; all entities when their time has come."""
    if options.deliver_to:
        inbox = visit.memory.get("inbox")
        if inbox is None:
            inbox = visit.memory["inbox"] = Inbox(_door(options, visit), visit.wake)
        waiting = inbox.waiting()
        while waiting and visit.left_s > 0:
            batch, waiting = waiting[:BATCH], waiting[BATCH:]
            yield Fetched(
                f"{shown(options.url)} → :{inbox.port}", partial(_delivered, batch, visit), partial(_settle, inbox, batch), passing=True
            )
            if batch[0].exists():  # not settled: the store is away
                return
    if _is_time(options, visit):
        yield Fetched(shown(Broker(options.url, "", "").url("/entities")), partial(_all, options, visit), partial(_asked, visit))


def close(memory: MutableMapping[str, Any]) -> None:
    """Close the door. The subscription stays: whoever leads next has the same one, and nobody's ends by itself."""
    inbox = memory.pop("inbox", None)
    if inbox is not None:
        inbox.close()


def _door(options: Options, visit: Visit) -> Door:
    path = "/" + visit.feed
    return Door(
        options.listen_host or _own_address(options.deliver_to),
        options.listen_port,
        path,
        options.token,
        visit.spool,
        options.max_message_bytes,
        options.max_waiting,
    )


def _own_address(deliver_to: str) -> str:
    """The address of this machine that the broker is told; loopback where it is none of this machine's, as behind a proxy."""
    host = urlsplit(deliver_to).hostname or LOOPBACK
    try:
        family, _, _, _, there = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as door:
            door.bind(there)
    except OSError:
        return LOOPBACK
    return str(there[0])


def _settle(inbox: Inbox, batch: list[Path], taken: bool) -> None:
    inbox.settle(batch)  # also what was set aside: it is kept in quarantine


# ── Delivered ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _delivered(batch: list[Path], visit: Visit) -> Content:
    rows: list[dict[str, Any]] = []
    unreadable: list[Unreadable] = []
    size = 0
    for number, path in enumerate(batch, start=1):
        data = path.read_bytes()
        size += len(data)
        try:
            rows += [_remembered(row, visit) for row in _notified(data, _came_at(path))]
        except ContentError as error:
            raw = {"delivery": path.name, "body": data[:SHOWN].decode("utf-8", "replace")}
            unreadable.append(Unreadable(number, error, raw))
    return Content(rows, Layout("rows"), min(_came_at(batch[0]), visit.now), unreadable=tuple(unreadable), size=size)


def _remembered(row: dict[str, Any], visit: Visit) -> dict[str, Any]:
    """The row; of an entity that was deleted with what is known of it, for it comes with its id alone."""
    known = visit.memory.setdefault("known", {})
    if row.get(ENDED) == ENTITY_ENDED:
        last = known.pop(row["id"], {})
        return {**last, **{name: value for name, value in row.items() if value is not None or name not in last}}
    if row["id"] in known or len(known) < MOST_KNOWN:
        known[row["id"]] = {**known.get(row["id"], {}), **row}
    return row


def _notified(data: bytes, came_at: datetime) -> list[dict[str, Any]]:
    """The rows of one notification (§5.3.1). Raises ContentError."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ContentError("run.json_invalid", line=1, column=1) from error
    found = said.get("data") if isinstance(said, dict) else None
    if not isinstance(found, list) or not all(isinstance(entity, dict) for entity in found):
        raise ContentError("run.notification_invalid")
    said_at = said.get("notifiedAt") or came_at
    deleted = said.get("triggerReason") == "entityDeleted"
    return [_notified_row(entity, said_at, deleted) for entity in found]


def _notified_row(entity: dict[str, Any], said_at: Any, deleted: bool) -> dict[str, Any]:
    """What was deleted was not observed: its row is of the moment of that, whatever its attributes still say."""
    ended = ENTITY_ENDED if deleted else ended_part(entity)
    row = {"observed_at": said_at, **row_of(entity)}
    if ended:
        row |= {ENDED: ended, "observed_at": entity.get("deletedAt") or said_at}
    return row


def _came_at(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stem) / 1e9, UTC)


# ── Asked ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_time(options: Options, visit: Visit) -> bool:
    asked_at = visit.memory.get("asked_at")
    return not options.deliver_to or asked_at is None or visit.now >= asked_at + timedelta(seconds=options.query_every_s)


def _asked(visit: Visit, taken: bool) -> None:
    visit.memory["asked_at"] = visit.now


def _all(options: Options, visit: Visit) -> Content:
    return ask(options, visit, partial(_subscribe_and_ask, options, visit))


async def _subscribe_and_ask(options: Options, visit: Visit, session: Session) -> Content:
    broker = Broker(options.url, options.context, options.tenant)
    wanted = Wanted(options.entity_types, options.attributes, options.filter, options.representation == "simplified")
    if options.deliver_to:  # first, so that nothing falls between the two
        key = options.subscription_id or f"urn:ngsi-ld:Subscription:ioc:{visit.feed}"
        lifetime = timedelta(hours=options.subscription_hours)
        await keep(session, broker, Subscription(key, wanted, options.deliver_to, options.token, lifetime), visit.now)
    pages = await entities(session, broker, wanted, Paging(by=options.paging, size=options.page_size))
    rows, complete = [_remembered(row_of(row), visit) for row in pages.rows], pages.stopped is None
    return Content(rows, Layout("rows"), visit.now, size=pages.size, complete=complete, **stopped(pages))
