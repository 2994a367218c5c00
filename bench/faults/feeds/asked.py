"""Another system's database that is asked with SQL, and a broker that sends messages."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.faults.feeds.common import BAD, COMMON, Counted
from tests.support.mosquitto import PASSWORD, USER, Broker
from tests.support.processes import wait_for


class Database(Counted):
    """A SQLite file of somebody else's."""

    def __init__(self, path: Path) -> None:
        super().__init__("sql", "Q", "SQL")
        self._path = path
        self._columns = list(self._rows(1, observed_at="")[0])
        self.faults = {
            "connection refused": lambda v: self._take_away(),
            "table gone": lambda v: self._do("ALTER TABLE ho_so RENAME TO ho_so_cu"),
            "renamed column": lambda v: self._do("ALTER TABLE ho_so RENAME COLUMN received TO so_tiep_nhan"),
            "bad row in the middle": lambda v: self._fill(v, BAD),
            "a timestamp in the future": lambda v: self._fill(v, ahead=timedelta(days=400)),
        }
        self.passes = {"bad row in the middle": self._without(BAD)}

    @property
    def _away(self) -> Path:
        return self._path.with_suffix(".away")

    def _take_away(self) -> None:
        self._path.rename(self._away)

    def toml(self) -> str:
        return (
            f'[feeds.{self.key}]\ntitle = "SQL"\ntitle_en = "SQL"\nconnector = "sql"\nkind = "dossiers"\n'
            f'url = "sqlite:///{self._path}"\nquery = "SELECT * FROM ho_so"\n{COMMON}'
        )

    def begin(self) -> None:
        self._fill(1)

    def good(self, version: int) -> None:
        self._fill(version)

    def cure(self, version: int) -> None:
        if self._away.exists():
            self._away.rename(self._path)
        self._fill(version)

    def _fill(self, version: int, bad: int = 0, ahead: timedelta = timedelta()) -> None:
        rows = self._rows(version, bad, observed_at=(datetime.now(UTC) + ahead).isoformat())
        self._do("DROP TABLE IF EXISTS ho_so_cu", "DROP TABLE IF EXISTS ho_so", f"CREATE TABLE ho_so ({', '.join(self._columns)})")
        with closing(sqlite3.connect(self._path)) as connection, connection:
            names = ", ".join(f":{name}" for name in self._columns)
            connection.executemany(f"INSERT INTO ho_so VALUES ({names})", rows)

    def _do(self, *statements: str) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)


class Messages(Counted):
    """A Mosquitto broker; every message is one list of counts."""

    def __init__(self, folder: Path) -> None:
        super().__init__("mqtt", "M", "MQTT")
        folder.mkdir()
        self.broker = Broker(folder)
        self.faults = {
            "truncated JSON": lambda v: self._send(self._list(v)[:-20]),
            "renamed column": lambda v: self._send(self._list(v).replace(b'"received"', b'"so_tiep_nhan"')),
            "bad row in the middle": lambda v: self._send(self._list(v, BAD)),
            "same message twice": lambda v: self._send(self._list(v - 1), self._list(v - 1)),
            "a message too large": lambda v: self._send(b" " * 500_000),
            "connection refused": lambda v: self.broker.stop(),
        }
        self.passes = {"bad row in the middle": self._without(BAD)}

    def toml(self) -> str:
        return (
            f'[feeds.{self.key}]\ntitle = "MQTT"\ntitle_en = "MQTT"\nconnector = "mqtt"\nkind = "dossiers"\n'
            f'url = "{self.broker.url}"\ntopics = ["ioc/ho-so"]\nusername = "{USER}"\npassword = "{PASSWORD}"\n{COMMON}'
        )

    def begin(self) -> None:
        """A broker keeps messages only for sessions that it knows."""
        wait_for(lambda: "Received SUBSCRIBE" in self.broker.log, 60)
        self.good(1)

    def good(self, version: int) -> None:
        self._send(self._list(version))

    def cure(self, version: int) -> None:
        if self.broker.process.poll() is not None:
            self.broker.start()
        self.good(version)

    def _send(self, *payloads: bytes) -> None:
        self.broker.publish("ioc/ho-so", *payloads)

    def _list(self, version: int, bad: int = 0) -> bytes:
        return json.dumps(self._rows(version, bad), ensure_ascii=False).encode()
