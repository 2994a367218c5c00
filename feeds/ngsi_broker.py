"""What is said to an NGSI-LD broker (ETSI GS CIM 009 §6): all entities of a type, and the subscription that this feed keeps there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from feeds.errors import ContentError, FetchError
from feeds.fetching import Layout
from feeds.paging import Pages, Paging, read_pages
from feeds.web import Answer, Session, shown

API = "/ngsi-ld/v1"
CONTEXT_RELATION = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
JSON = "application/json"


@dataclass(frozen=True)
class Broker:
    """base: its address, up to /ngsi-ld. context: address of the @context that our names are short for; tenant: empty for none."""

    base: str
    context: str
    tenant: str

    def url(self, path: str) -> str:
        return self.base.rstrip("/") + API + path

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Accept": JSON}
        if self.context:
            headers["Link"] = f"<{self.context}>; {CONTEXT_RELATION}"
        if self.tenant:
            headers["NGSILD-Tenant"] = self.tenant
        return headers


@dataclass(frozen=True)
class Wanted:
    """What the feed is about. attributes: empty for all; filter: in the broker's query language."""

    types: Sequence[str]
    attributes: Sequence[str]
    filter: str
    simplified: bool


@dataclass(frozen=True)
class Subscription:
    """The one that a feed keeps. deliver_to: where the broker posts; token: what it has to show there."""

    id: str
    wanted: Wanted
    deliver_to: str
    token: str
    lifetime: timedelta


async def entities(session: Session, broker: Broker, wanted: Wanted, paging: Paging) -> Pages:
    """All of them, page by page."""
    query = {"type": ",".join(wanted.types)}
    if wanted.attributes:
        query["attrs"] = ",".join(wanted.attributes)
    if wanted.filter:
        query["q"] = wanted.filter
    if wanted.simplified:
        query["options"] = "keyValues"
    url = broker.url("/entities") + "?" + _encoded(query)
    return await read_pages(session, url, paging, Layout("json"), broker.headers)


async def keep(session: Session, broker: Broker, subscription: Subscription, now: datetime) -> None:
    """Make the subscription when it is not there, put it right when it is another, and renew it in the second half of its life."""
    known = await _known(session, broker, subscription.id)
    body = _body(subscription, now)
    if known is None:
        try:
            await _send(session, broker, "POST", "/subscriptions", {"id": subscription.id, "type": "Subscription", **body})
        except FetchError as error:
            if error.values.get("status") != 409:  # somebody else has just made it
                raise
            await _send(session, broker, "PATCH", f"/subscriptions/{subscription.id}", body)
    elif not _is_same(known, body) or _ends_at(known) < now + subscription.lifetime / 2:
        await _send(session, broker, "PATCH", f"/subscriptions/{subscription.id}", body)


async def _known(session: Session, broker: Broker, key: str) -> dict[str, Any] | None:
    try:
        answer = await session.get(broker.url(f"/subscriptions/{key}"), headers=broker.headers)
    except FetchError as error:
        if error.values.get("status") == 404:
            return None
        raise
    return _object(answer)


async def _send(session: Session, broker: Broker, method: str, path: str, body: dict[str, Any]) -> None:
    headers = {**broker.headers, "Content-Type": JSON}
    await session.send(method, broker.url(path), headers=headers, content=json.dumps(body))


def _body(subscription: Subscription, now: datetime) -> dict[str, Any]:
    wanted = subscription.wanted
    endpoint: dict[str, Any] = {"uri": subscription.deliver_to, "accept": JSON}
    if subscription.token:
        endpoint["receiverInfo"] = [{"key": "Authorization", "value": f"Bearer {subscription.token}"}]
    notification: dict[str, Any] = {"format": "keyValues" if wanted.simplified else "normalized", "endpoint": endpoint}
    body: dict[str, Any] = {
        "entities": [{"type": name} for name in wanted.types],
        "notification": notification,
        "expiresAt": (now + subscription.lifetime).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "isActive": True,
    }
    if wanted.attributes:
        body["watchedAttributes"] = list(wanted.attributes)
        notification["attributes"] = list(wanted.attributes)
    if wanted.filter:
        body["q"] = wanted.filter
    return body


def _is_same(known: dict[str, Any], body: dict[str, Any]) -> bool:
    """Whether the broker's has what ours says; it may say more (status, lastNotification) and write defaults out or not."""
    ours, theirs = body["notification"], known.get("notification") or {}
    endpoint = theirs.get("endpoint") or {}
    return (
        [entity.get("type") for entity in known.get("entities") or []] == [entity["type"] for entity in body["entities"]]
        and (known.get("watchedAttributes") or []) == body.get("watchedAttributes", [])
        and (known.get("q") or "") == body.get("q", "")
        and theirs.get("format", "normalized") == ours["format"]
        and endpoint.get("uri") == ours["endpoint"]["uri"]
        and endpoint.get("receiverInfo", []) == ours["endpoint"].get("receiverInfo", [])
        and known.get("isActive", True) is not False
        and known.get("status") not in ("paused", "expired")
    )


def _ends_at(known: dict[str, Any]) -> datetime:
    """When it ends; one that never does is not ours and is put right."""
    try:
        ends_at = datetime.fromisoformat(str(known.get("expiresAt")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return ends_at if ends_at.tzinfo else ends_at.replace(tzinfo=UTC)


def _object(answer: Answer) -> dict[str, Any]:
    try:
        value = json.loads(answer.data)
    except ValueError as error:
        raise ContentError("run.json_invalid", line=1, column=1) from error
    if not isinstance(value, dict):
        raise ContentError("run.subscription_unreadable", url=shown(answer.url))
    return value


def _encoded(query: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(query, safe=":,")
