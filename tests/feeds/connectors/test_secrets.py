"""No password or key of a feed is in a log, a run, a page or on the command line, whatever fails and whoever words it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, select

from feeds.config import load
from feeds.connectors import snmp
from feeds.connectors.http import Options
from feeds.secret_options import in_address, secrets_of
from store.hidden import hide, without_secrets
from store.schema import feed_runs
from tests.feeds.conftest import fill
from tests.support.programs import Program, run, wait_until
from tests.support.sources import Web, free_port, web

SECRET = "Mật/khẩu-9x7"
PLAIN, QUOTED = "Mat-khau-9x7", "M%E1%BA%ADt%2Fkh%E1%BA%A9u-9x7"
HEAD = 'title = "N"\ntitle_en = "N"\nsource = "Sở"\nevery_s = 1\nlate_after_s = 30\nstale_after_s = 60\nretries = 0\ntimeout_s = 3\n'
# {port} answers with what it was asked; {closed} is a port where nobody listens.
ECHO = 'connector = "http"\nurl = "http://127.0.0.1:{port}/echo"\n'
FEEDS = {
    "user-info": ("villages", 'connector = "http"\nurl = "http://an:{quoted}@127.0.0.1:{port}/echo"'),
    "user-info-closed": ("villages", 'connector = "http"\nurl = "http://an:{quoted}@127.0.0.1:{closed}/"'),
    "query": ("villages", 'connector = "http"\nurl = "http://127.0.0.1:{port}/echo?token={quoted}"'),
    "key": ("villages", ECHO + 'api_key = "{plain}"'),
    "header": ("villages", ECHO + 'headers = {{ Authorization = "Bearer {plain}" }}'),
    "bad-header": ("villages", ECHO + 'headers = {{ Authorization = "Bearer {secret}" }}'),
    "bad-header-line": ("villages", ECHO + 'api_key = "{plain}\\n"'),
    "proxy": ("villages", 'connector = "http"\nurl = "http://192.0.2.1/"\nproxy = "http://an:{quoted}@127.0.0.1:{closed}"'),
    "login": (
        "villages",
        ECHO + 'oauth2 = {{ token_url = "http://127.0.0.1:{port}/echo", client_id = "ioc", client_secret = "{secret}" }}',
    ),
    "database": ("villages", 'connector = "sql"\nurl = "postgresql://an:{quoted}@127.0.0.1:{closed}/thon"\nquery = "SELECT 1"'),
    "mariadb": ("villages", 'connector = "sql"\nurl = "mariadb://an:{quoted}@127.0.0.1:{closed}/thon"\nquery = "SELECT 1"'),
    "broker": (
        "endpoint_status",
        'connector = "mqtt"\nurl = "mqtt://127.0.0.1:{closed}"\ntopics = ["a"]\nusername = "an"\npassword = "{secret}"',
    ),
}
PARTS = (SECRET, QUOTED, PLAIN, "khẩu-9x7", "khau-9x7", "9x7")


def echo(handler: BaseHTTPRequestHandler) -> None:
    """A server that says everything that it was told, with an error."""
    said = f"{handler.path} {dict(handler.headers)}".encode()
    handler.send_response_only(500, "Broken " + handler.path)
    handler.send_header("Content-Length", str(len(said)))
    handler.end_headers()
    handler.wfile.write(said)


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        served.answers["/echo"] = echo
        yield served


def test_nothing_that_is_written_holds_a_secret(
    engine: Engine, store_url: str, tmp_path: Path, server: Web, start: Callable[[], Program]
) -> None:
    fill(engine)
    told = {"secret": SECRET, "quoted": QUOTED, "plain": PLAIN, "port": server.port, "closed": free_port()}
    declared = [f'[feeds.{key}]\nkind = "{kind}"\n{HEAD}{options.format(**told)}\n' for key, (kind, options) in FEEDS.items()]
    (tmp_path / "feeds.toml").write_text("\n".join(declared), encoding="utf-8")
    worker = start()

    def failed() -> set[str]:
        with engine.connect() as connection:
            return set(connection.scalars(select(feed_runs.c.feed).where(feed_runs.c.state == "failed")))

    wait_until(lambda: failed() >= FEEDS.keys(), 40, lambda: f"no failed run of {FEEDS.keys() - failed()}:\n{worker.output}")
    worker.end()
    with engine.connect() as connection:
        runs = json.dumps([dict(row) for row in connection.execute(select(feed_runs)).mappings()], default=str, ensure_ascii=False)
    environment = {"IOC_STORE": store_url, "IOC_HOME": str(tmp_path)}
    doctor = run(["doctor", "--json"], environment, tmp_path)
    tries = [run(["feeds", "try", key], environment, tmp_path) for key in ("bad-header", "login", "database")]
    shown = "\n".join([runs, worker.output, doctor.stdout, *(f"{tried.stdout}{tried.stderr}" for tried in tries)])
    assert [part for part in PARTS if part in shown] == []


@pytest.mark.parametrize(
    "line",
    [
        f'url = "ftp://an:{SECRET}@10.1.1.1/"',
        f'api_key = ["{SECRET}"]',
        f'url = "http://10.1.1.1/"\nproxy = "socks9://an:{SECRET}@x"',
    ],
)
def test_a_mistake_in_the_feeds_file_is_shown_without_its_secret(tmp_path: Path, line: str) -> None:
    (tmp_path / "feeds.toml").write_text(f'[feeds.a]\nkind = "villages"\nconnector = "http"\n{HEAD}{line}\n', encoding="utf-8")
    checked = run(["feeds", "check", str(tmp_path / "feeds.toml")], {"IOC_HOME": str(tmp_path)}, tmp_path)
    assert checked.returncode == 1
    assert [part for part in PARTS if part in checked.stdout + checked.stderr] == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (Options(url="http://h/?a=1&access_token=xyz&page=2"), {"xyz"}),
        (Options(url="http://h/", headers={"Accept": "text/csv", "X-Api-Key": "k1"}), {"k1"}),
        (Options(url="http://h/", headers={"Authorization": "Basic QTpC"}), {"Basic QTpC", "QTpC"}),
        (Options(url="http://h/", query={"signature": "s1", "day": "today"}), {"s1"}),
        (Options(url="http://h/", api_key="k", api_key_name="token"), {"k"}),
        (snmp.Options(community="public"), set()),
        (snmp.Options(community="noc-7"), {"noc-7"}),
    ],
)  # fmt: skip
def test_what_is_secret_in_options(options: BaseModel, found: set[str]) -> None:
    assert set(secrets_of(options)) == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("mariadb://ss:1/x@10.1.1.1/a", ["1/x"]),
        ("postgresql://an:p@ss?word@h/db", ["p@ss?word"]),
        ("http://h/a@b", []),
        ("an:pass@h", []),
        ("http://[::1", []),
    ],
)
def test_the_password_of_an_address_is_found_whatever_is_in_it(address: str, found: list[str]) -> None:
    assert list(in_address(address)) == found


def test_short_words_are_left_in_texts() -> None:
    hide(["", "a", "1/x", "thật-bí-mật/1"])
    assert without_secrets("a 1/x thật-bí-mật/1 th%E1%BA%ADt-b%C3%AD-m%E1%BA%ADt%2F1") == "a 1/x … …"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('url = "http://h/?ma=${MA}"', None),
        ('url = "http://h/"\nheaders = { X-Ma = "${MA}" }', "MA"),
        ('url = "http://h/"\nquery = { ma = "${MA}" }', "MA"),
        ('url = "http://h/?ma=${SO_TOKEN}"', "SO_TOKEN"),
    ],
)
def test_what_the_file_leaves_to_the_environment_is_hidden_by_its_name_or_its_place(tmp_path: Path, line: str, name: str | None) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(f'[feeds.a]\nkind = "villages"\nconnector = "http"\n{HEAD}{line}\n', encoding="utf-8")
    environment = {"MA": f"ma {uuid4()}", "SO_TOKEN": f"token {uuid4()}"}
    load(path, environment)
    assert [key for key, value in environment.items() if without_secrets(value) != value] == ([] if name is None else [name])
