"""A small context broker that holds to the letter of NGSI-LD (ETSI GS CIM 009): entities, queries in pages, subscriptions, deliveries.

No broker that somebody else wrote can be had as a Python, Node or Debian package. So this one is strict instead: what the standard does
not allow is answered with 400 and the reason, and `refused` keeps it.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.sources import free_port

Entity = dict[str, Any]
CONTEXT = re.compile(r'<(\S+)>; rel="http://www\.w3\.org/ns/json-ld#context"; type="application/ld\+json"')
MEMBERS = {  # of a subscription, §5.2.12
    "id",
    "type",
    "subscriptionName",
    "description",
    "entities",
    "watchedAttributes",
    "timeInterval",
    "q",
    "geoQ",
    "csf",
    "isActive",
    "notification",
    "expiresAt",
    "throttling",
}
MOST_IN_A_PAGE = 1000


class Refusal(Exception):
    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail


@dataclass
class ContextBroker:
    """entities, subscriptions: by tenant ("" for none), then id. delivered: status of each delivery, 0 when nobody answered."""

    port: int
    entities: dict[str, dict[str, Entity]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    page_limit: int = MOST_IN_A_PAGE

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, entity: Entity, tenant: str = "", *, deliver: bool = True) -> None:
        """Somebody writes an entity; whoever subscribed is told, once: a broker does not repeat."""
        self.entities.setdefault(tenant, {})[entity["id"]] = entity
        for subscription in list(self.subscriptions.get(tenant, {}).values()) if deliver else []:
            if _concerns(subscription, entity):
                self.delivered.append(_deliver(subscription, entity, tenant))

    def query(self, tenant: str, query: dict[str, list[str]]) -> tuple[list[Entity], dict[str, str]]:
        """§5.7.2 and §6.4.3.2: a type, attributes or a filter must be named."""
        if not {"type", "attrs", "q", "geoQ"} & set(query):
            raise Refusal(400, "BadRequestData", "too broad: type, attrs, q or geoQ is missing")
        limit, offset = int(query.get("limit", ["20"])[0]), int(query.get("offset", ["0"])[0])
        if not 0 < limit <= MOST_IN_A_PAGE or offset < 0:
            raise Refusal(400, "BadRequestData", "limit or offset out of range")
        types = query.get("type", [""])[0].split(",")
        attributes = query["attrs"][0].split(",") if "attrs" in query else []
        found = [entity for _, entity in sorted(self.entities.get(tenant, {}).items()) if entity["type"] in types]
        found = [_only(entity, attributes) for entity in found if not attributes or set(attributes) & set(entity)]
        limit = min(limit, self.page_limit)
        page = found[offset : offset + limit]
        headers = {"NGSILD-Results-Count": str(len(found))} if query.get("count") == ["true"] else {}
        if offset + limit < len(found):
            more = urlencode({**{key: values[0] for key, values in query.items()}, "limit": limit, "offset": offset + limit})
            headers["Link"] = f'</ngsi-ld/v1/entities?{more}>; rel="next"; type="application/ld+json"'
        return [simplified(entity) for entity in page] if "keyValues" in query.get("options", [""])[0] else page, headers

    def subscribe(self, tenant: str, body: dict[str, Any]) -> str:
        kept = self.subscriptions.setdefault(tenant, {})
        key = body.get("id") or f"urn:ngsi-ld:Subscription:{len(kept)}"
        if body.get("type") != "Subscription" or not key.startswith("urn:"):
            raise Refusal(400, "BadRequestData", "type must be Subscription and id a URI")
        if key in kept:
            raise Refusal(409, "AlreadyExists", key)
        _check_subscription(body)
        kept[key] = body | {"id": key}
        return key

    def change(self, tenant: str, key: str, body: dict[str, Any]) -> None:
        known = self.subscription(tenant, key)
        if {"id", "type"} & set(body) and (body.get("id", key), body.get("type", "Subscription")) != (key, "Subscription"):
            raise Refusal(400, "BadRequestData", "id and type cannot change")
        _check_subscription(known | body)
        known |= body

    def subscription(self, tenant: str, key: str) -> dict[str, Any]:
        try:
            return self.subscriptions[tenant][key]
        except KeyError:
            raise Refusal(404, "ResourceNotFound", key) from None


def _check_subscription(body: dict[str, Any]) -> None:
    """§5.2.12, §5.2.14, §5.2.15."""
    unknown = set(body) - MEMBERS
    endpoint = (body.get("notification") or {}).get("endpoint") or {}
    rules = {
        f"unknown members {unknown}": not unknown,
        "entities or watchedAttributes is missing": "entities" in body or "watchedAttributes" in body,
        "an entity selector needs a type": all("type" in entity for entity in body.get("entities", [])),
        "watchedAttributes is empty": body.get("watchedAttributes", ["x"]) != [],
        "endpoint.uri is no http address": str(endpoint.get("uri", "")).startswith(("http://", "https://")),
        "endpoint.accept": endpoint.get("accept", "application/json")
        in ("application/json", "application/ld+json", "application/geo+json"),
        "receiverInfo is a list of key and value": all(set(pair) == {"key", "value"} for pair in endpoint.get("receiverInfo", [])),
        "format": body.get("notification", {}).get("format", "normalized") in ("normalized", "concise", "keyValues", "simplified"),
        "expiresAt is no time in the future": "expiresAt" not in body or _time(body["expiresAt"]) > datetime.now(UTC),
        "isActive": isinstance(body.get("isActive", True), bool),
    }
    for reason, holds in rules.items():
        if not holds:
            raise Refusal(400, "BadRequestData", reason)


def _time(text: str) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", text):  # §4.6.3: UTC, with Z
        raise Refusal(400, "BadRequestData", f"{text} is no DateTime")
    return datetime.fromisoformat(text)


def _concerns(subscription: dict[str, Any], entity: Entity) -> bool:
    types = [selector["type"] for selector in subscription.get("entities", [])]
    alive = "expiresAt" not in subscription or _time(subscription["expiresAt"]) > datetime.now(UTC)
    watched = subscription.get("watchedAttributes")
    return alive and subscription.get("isActive", True) and entity["type"] in types and (not watched or bool(set(watched) & set(entity)))


def _only(entity: Entity, attributes: list[str]) -> Entity:
    return {key: value for key, value in entity.items() if not attributes or key in ("id", "type", *attributes)}


def simplified(entity: Entity) -> Entity:
    """§4.5.4: an attribute is its value."""
    return {key: _value(said) for key, said in entity.items()}


def _value(said: Any) -> Any:
    if not isinstance(said, dict):
        return said
    if "languageMap" in said:
        return {"languageMap": said["languageMap"]}
    return said.get("value", said.get("object", said))


def _deliver(subscription: dict[str, Any], entity: Entity, tenant: str) -> int:
    """§6.3.8 and §5.8.6: one POST; its status."""
    wanted = subscription["notification"]
    entity = _only(entity, wanted.get("attributes", []))
    notification = {
        "id": f"urn:ngsi-ld:Notification:{datetime.now(UTC).timestamp()}",
        "type": "Notification",
        "subscriptionId": subscription["id"],
        "notifiedAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "data": [simplified(entity) if wanted.get("format") == "keyValues" else entity],
    }
    headers = {"Content-Type": "application/json", **({"NGSILD-Tenant": tenant} if tenant else {})}
    headers |= {pair["key"]: pair["value"] for pair in wanted["endpoint"].get("receiverInfo", [])}
    where = urlsplit(wanted["endpoint"]["uri"])
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=5)
    try:
        connection.request("POST", where.path, json.dumps(notification).encode(), headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    broker: ContextBroker

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.broker.asked.append((method, self.path, dict(self.headers)))
        try:
            status, headers, said = self._do(method, body)
        except Refusal as refusal:
            if refusal.status == 400:
                self.broker.refused.append(refusal.detail)
            problem = {"type": f"https://uri.etsi.org/ngsi-ld/errors/{refusal.kind}", "title": refusal.kind, "detail": refusal.detail}
            status, headers, said = refusal.status, {"Content-Type": "application/problem+json"}, problem
        data = b"" if said is None else json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _do(self, method: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        if "application/json" not in self.headers.get("Accept", "*/*").replace("*/*", "application/json"):
            raise Refusal(406, "InvalidRequest", "Accept")
        if self.headers.get("Link") and not CONTEXT.fullmatch(self.headers["Link"]):
            raise Refusal(400, "BadRequestData", "Link names no @context as §6.3.5 wants it")
        tenant = self.headers.get("NGSILD-Tenant", "")
        where = urlsplit(self.path)
        said = self._body(body) if method != "GET" else {}
        if method == "GET" and where.path == "/ngsi-ld/v1/entities":
            page, headers = self.broker.query(tenant, parse_qs(where.query))
            return 200, headers, page
        if method == "POST" and where.path == "/ngsi-ld/v1/subscriptions":
            return 201, {"Location": f"/ngsi-ld/v1/subscriptions/{self.broker.subscribe(tenant, said)}"}, None
        if not where.path.startswith("/ngsi-ld/v1/subscriptions/"):
            raise Refusal(404, "ResourceNotFound", where.path)
        key = where.path.rsplit("/", 1)[1]
        if method == "GET":
            known = self.broker.subscription(tenant, key)
            return 200, {}, known | {"status": "active" if known.get("isActive", True) else "paused"}
        self.broker.change(tenant, key, said)
        return 204, {}, None

    def _body(self, body: bytes) -> Any:
        kind = self.headers.get("Content-Type", "").split(";")[0]
        if kind not in ("application/json", "application/ld+json", "application/merge-patch+json"):
            raise Refusal(415, "InvalidRequest", kind)
        said = json.loads(body)
        if not isinstance(said, dict) or (kind == "application/ld+json") != ("@context" in said):
            raise Refusal(400, "BadRequestData", "@context belongs into application/ld+json, and only there (§6.3.5)")
        return said

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def context_broker() -> Iterator[ContextBroker]:
    """A running broker on a free port of loopback."""
    broker = ContextBroker(free_port())
    handler = type("Handler", (_Handler,), {"broker": broker})
    server = ThreadingHTTPServer(("127.0.0.1", broker.port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield broker
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def endpoint(number: int, state: str = "up", at: str | None = None) -> Entity:
    """An endpoint of the tests' province with its state. at: when it was so, now if not said."""
    said = {"type": "Property", "value": state, "observedAt": at or datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    code = {"type": "Property", "value": f"E11-00{number}"}
    return {"id": f"urn:ngsi-ld:Endpoint:{number:03d}", "type": "Endpoint", "state": said, "code": code}
