"""Feeds that say the states of endpoints: what they say of devices that they hear nothing of, hear late of, or may not ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import select

from bench.faults.stage import Stage
from bench.faults.table import Line, not_done
from bench.faults.telling import said_of, wait_a_while
from store import schema
from store.transactions import reading
from tests.support.context_broker import ContextBroker, context_broker, endpoint
from tests.support.exporter import Exporter, exporter
from tests.support.mosquitto import PASSWORD, USER, Broker
from tests.support.observed import states
from tests.support.programs import wait_until
from tests.support.snmpd import AUTH_PASSWORD, PRIVACY_PASSWORD, agent
from tests.support.snmpd import USER as SNMP_USER
from tests.support.sources import body, free_port

COMMON = 'kind = "endpoint_status"\nsource = "nguồn thử"\nevery_s = 1\nlate_after_s = 30\nstale_after_s = 60\ntimeout_s = 5\nretries = 0\n'
TOKEN = "mot-chuoi-bi-mat-dai"
WITHIN_S = 60


class Devices:
    """Four feeds on one stage: a broker, an exporter, an agent and a context broker, each of a device of its own."""

    def __init__(self, stage: Stage, ends: ExitStack) -> None:
        self.stage, self._ends = stage, ends
        for name in ("mqtt", "exporter", "agent"):
            (stage.home / name).mkdir()
        self._broker = Broker(stage.home / "mqtt")
        ends.callback(self._broker.stop)
        self._exporter_ends = ends.enter_context(ExitStack())
        self._exporter: Exporter = self._exporter_ends.enter_context(exporter(stage.home / "exporter"))
        self._exporter.show('up{endpoint_id="E11-003"} 1\n')
        self._agent_port = ends.enter_context(agent(stage.home / "agent"))
        self._context: ContextBroker = ends.enter_context(context_broker())
        self._door = free_port()
        self.asked_status = 200
        stage.server.answers["/login"] = lambda request: body(b"x", self.asked_status)(request)

    def lines(self, only: str) -> Iterator[Line]:
        """One line for each fault whose name contains `only`."""
        faults: dict[str, Callable[[str], Line]] = {
            "a retained MQTT message of last week": self.retained,
            "a Prometheus exporter that is killed": self.killed,
            "a wrong SNMP password": self.wrong_password,
            "a probed page that asks for a password": self.locked,
            "an NGSI-LD entity that is deleted": self.deleted,
        }
        chosen = [fault for fault in faults if only in fault]
        if not chosen:
            return
        self._broker.publish("ioc/a", self._said(1), retain=True)
        last_week = datetime.now(UTC) - timedelta(days=7)
        self._broker.publish("ioc/b", self._said(2, observed_at=last_week.isoformat()), retain=True)
        self._context.put(endpoint(5))
        self._declare(AUTH_PASSWORD)
        self.stage.start()
        every = {"E11-003", "E11-004", "E11-005", "E11-006"}
        wait_until(lambda: every <= self._now("up"), WITHIN_S, lambda: f"{self._states()} {self.stage.said}")
        for fault in chosen:
            try:
                yield faults[fault](fault)
            except AssertionError as error:
                yield not_done(fault, "devices", error)

    def retained(self, fault: str) -> Line:
        """One without a time of its own says nothing; one with a time is of that time; a message that is not kept is of now."""
        began = self._begin()
        wait_until(lambda: "Received SUBSCRIBE" in self._broker.log, WITHIN_S)
        self._broker.publish("ioc/a", self._said(7, state="down"))
        wait_until(lambda: "E11-002" in self._states(), WITHIN_S, lambda: self.stage.said)
        wait_a_while(self.stage)
        with reading(self.stage.engine) as connection:
            at = connection.scalar(select(schema.endpoint_state.c.observed_at).where(schema.endpoint_state.c.endpoint_id == "E11-002"))
        old = at is not None and datetime.now(UTC) - at > timedelta(days=6)
        right = old and "E11-001" not in self._states() and self._states().get("E11-007") == "down"
        seen = f"without a time: {self._states().get('E11-001', 'not taken')}; with one: of {at:%d/%m/%Y}" if at else "nothing"
        return self._line(fault, "MQTT", seen, "of its own time, or not at all; never now", right, began)

    def killed(self, fault: str) -> Line:
        return self._told(fault, "exporter", "E11-003", "run.no_connection", self._exporter_ends.close)

    def wrong_password(self, fault: str) -> Line:
        return self._told(fault, "agent", "E11-004", "run.probe_denied", lambda: self._declare("not-this-one"))

    def locked(self, fault: str) -> Line:
        def lock() -> None:
            self.asked_status = 401

        return self._told(fault, "page", "E11-006", "run.probe_denied", lock)

    def deleted(self, fault: str) -> Line:
        began = self._begin()
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        entity = {"id": endpoint(5)["id"], "type": "Endpoint", "deletedAt": now}
        sent = {"type": "Notification", "notifiedAt": now, "data": [entity]}
        self._context.entities[""].clear()
        httpx.post(f"http://127.0.0.1:{self._door}/entities/{TOKEN}", content=json.dumps(sent), trust_env=False).raise_for_status()
        wait_until(lambda: "E11-005" not in self._now("up"), WITHIN_S, lambda: self.stage.said)
        state = self._states()["E11-005"]
        return self._line(fault, "NGSI-LD", f"the device is {state}", "unknown; the deletion confirms nothing", state == "unknown", began)

    def _told(self, fault: str, feed: str, device: str, code: str, break_it: Callable[[], None]) -> Line:
        """The feed fails, says why, and its device is unknown."""
        began, last = self._begin(), self.stage.last_run()
        break_it()
        run = self.stage.wait_for_run(feed, last, lambda run: run.state == "failed")
        said, codes = said_of(self.stage, run)
        state = self._states()[device]
        right = code in codes and state == "unknown"
        return self._line(fault, feed, f"{said}; the device is {state}", "the feed fails; the device is unknown", right, began)

    def _begin(self) -> float:
        return self.stage.asked_at[-1]

    def _line(self, fault: str, feed: str, seen: str, expected: str, right: bool, began: float) -> Line:
        return Line(fault, feed, seen, None, True, True, self.stage.longest_wait_s(began), expected, right)

    def _states(self) -> dict[str, str]:
        return states(self.stage.engine)

    def _now(self, state: str) -> set[str]:
        return {key for key, is_ in self._states().items() if is_ == state}

    def _said(self, number: int, **more: str) -> str:
        return json.dumps({"endpoint_id": f"E11-00{number}", "state": "up", **more})

    def _declare(self, snmp_password: str) -> None:
        def feed(key: str, connector: str, more: str) -> str:
            return f'[feeds.{key}]\ntitle = "{key}"\ntitle_en = "{key}"\nconnector = "{connector}"\n{COMMON}{more}\n'

        url, port = self._broker.url, self._door
        address = f"snmp:127.0.0.1:{self._agent_port}"
        secrets = f'user = "{SNMP_USER}"\nauth_password = "{snmp_password}"\nprivacy_password = "{PRIVACY_PASSWORD}"'
        door = f'deliver_to = "http://127.0.0.1:{port}/entities"\nlisten_host = "127.0.0.1"\nlisten_port = {port}\ntoken = "{TOKEN}"\n'
        door += 'entity_types = ["Endpoint"]\ncolumns = { endpoint_id = "code" }'
        metrics = 'metrics = ["up"]\nstates = { up = "=1", down = "=0" }\ncolumns = { state = "value" }'
        probed = "spread_s = 0\nanswer_timeout_s = 1\ntargets ="
        self.stage.declare(
            feed("mqtt", "mqtt", f'url = "{url}"\ntopics = ["ioc/#"]\nusername = "{USER}"\npassword = "{PASSWORD}"')
            + feed("exporter", "prometheus", f'url = "{self._exporter.url}"\n{metrics}')
            + feed("agent", "snmp", f'{probed} {{ "E11-004" = "{address}" }}\nversion = "3"\n{secrets}')
            + feed("page", "http_probe", f'{probed} {{ "E11-006" = "{self.stage.server.url("/login")}" }}')
            + feed(
                "entities",
                "ngsi_ld",
                f'url = "{self._context.url}"\n{door}',
            )
        )
