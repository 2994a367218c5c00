"""What stood in rejected rows is shown on this machine and to the declared networks; others see where a row stood, and no more."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from ioc.security.row_readers import RowReaders
from ioc.settings import Settings
from ioc.shell import ID
from store import runs
from store.engine import open_engine
from store.transactions import writing
from tests.ioc.security.conftest import running
from tests.ioc.test_feeds_page import FEED
from tests.support.pages import show_page

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
PHONE = "0912 345 678"


@pytest.fixture
def store(province_file: Path, tmp_path: Path) -> Path:
    """A province with one rejected row that holds a telephone number."""
    path = tmp_path / "ioc.db"
    shutil.copy(province_file, path)
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as connection:
        runs.register_feeds(connection, [FEED])
        run = runs.record_run(connection, feed="probe", started_at=NOW, finished_at=NOW, state="partial", worker="w")
        row = runs.Refused(17, "row.bad_number", {"value": PHONE, "field": "Dân số"}, {"Dân số": PHONE})
        runs.quarantine_rows(connection, run, feed="probe", rows=[row], stored_at=NOW, item="dan_so.csv")
    engine.dispose()
    return path


def page(url: str, **headers: str) -> str:
    with httpx.Client(base_url=url, timeout=20, headers=headers) as client:
        parts = show_page(client, "/feeds", "", triggered=f"{ID.URL}.pathname", shown=None)
        return json.dumps(parts, ensure_ascii=False)


def test_on_this_machine_a_row_is_shown_whole_and_through_an_unknown_proxy_only_where_it_stood(store: Path):
    with running(store) as server:
        assert PHONE in page(server.url)
        hidden = page(server.url, **{"X-Forwarded-For": "127.0.0.1, 10.1.2.3"})
    assert PHONE not in hidden
    assert "dan_so.csv" in hidden
    assert "IOC_ROW_READERS" in hidden


@pytest.mark.parametrize(
    ("asks", "shown"), [("10.1.2.3", True), ("10.9.2.3", False), ("127.0.0.1, 10.9.2.3", False), ("2001:db8::9", True)]
)
def test_behind_a_declared_proxy_the_address_that_asks_counts(store: Path, asks: str, shown: bool):
    with running(store, proxies="127.0.0.1", row_readers="10.1.0.0/16, 2001:db8::/32") as server:
        assert (PHONE in page(server.url, **{"X-Forwarded-For": asks})) == shown


def test_everyone_may_when_that_is_declared(store: Path):
    with running(store, row_readers="*") as server:
        assert PHONE in page(server.url, **{"X-Forwarded-For": "203.0.113.9"})


@pytest.mark.parametrize("client", [None, ("", 0), ("/run/ioc.sock", 0), ("unknown", 0)])
def test_who_cannot_be_told_may_not(client: object):
    assert not RowReaders("10.0.0.0/8").has({"type": "http", "client": client, "headers": []})


def test_an_address_that_is_none_is_refused_at_the_start():
    with pytest.raises(ValidationError, match="row_readers"):
        Settings(row_readers="10.0.0.0/99")
