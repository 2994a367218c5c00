"""What a feed says of systems that it hears nothing of: unknown, or what is declared; never what they were as if they were still so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from store import schema
from tests.feeds.test_pipeline import make
from tests.support.sources import Web, body, web

FEED = """[feeds.exporter]
title = "Nguồn"
title_en = "Feed"
source = "mẫu"
connector = "CONNECTOR"
kind = "endpoint_status"
url = "URL"
OPTIONS
every_s = 15
late_after_s = 60
stale_after_s = 600
retries = 0
"""
METRICS = 'metrics = ["up"]\nstates = {up = "=1", down = "=0"}\nWHEN'
COLUMNS = '[feeds.exporter.columns]\nendpoint_id = "instance"\nstate = "value"\n'
BOTH = 'up{instance="E11-001"} 1\nup{instance="E11-002"} 0\n'


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


def states(engine: Engine) -> dict[str, str]:
    s = schema.endpoint_state.c
    with engine.connect() as connection:
        return {row.endpoint_id: row.state for row in connection.execute(select(s.endpoint_id, s.state))}


def look(province: Engine, tmp_path: Path, server: Web, text: str | None, *, when: str = "", connector: str = "prometheus") -> str:
    """One run of a feed that finds this; None: nobody answers."""
    server.answers["/"] = body((text or "").encode(), kind="text/plain; version=0.0.4")
    url = server.url() if text is not None else "http://127.0.0.1:9/"
    options = METRICS.replace("WHEN", when)
    told = FEED.replace("CONNECTOR", connector).replace("URL", url).replace("OPTIONS", options) + COLUMNS
    (run,) = make(province, tmp_path, told).run()
    return run.state


def test_thresholds_say_the_states(province: Engine, tmp_path: Path, server: Web) -> None:
    assert look(province, tmp_path, server, BOTH + 'up{instance="E11-003"} NaN\n') == "ok"
    assert states(province) == {"E11-001": "up", "E11-002": "down", "E11-003": "unknown"}


def test_a_number_that_no_threshold_has_turns_its_row_away(province: Engine, tmp_path: Path, server: Web) -> None:
    assert look(province, tmp_path, server, BOTH + 'up{instance="E11-003"} 7\n') == "partial"
    assert states(province) == {"E11-001": "up", "E11-002": "down"}


@pytest.mark.parametrize("text", [None, "", "<html>lỗi</html>", "other 1\n"], ids=["killed", "empty", "page", "no such metric"])
def test_a_killed_exporter_leaves_nobody_up(province: Engine, tmp_path: Path, server: Web, text: str | None) -> None:
    look(province, tmp_path, server, BOTH)
    assert look(province, tmp_path, server, text) == "failed"
    assert states(province) == {"E11-001": "unknown", "E11-002": "unknown"}
    look(province, tmp_path, server, BOTH)
    assert states(province) == {"E11-001": "up", "E11-002": "down"}


@pytest.mark.parametrize(("when", "expected"), [("down", "down"), ("keep", "up"), ("unknown", "unknown")])
def test_what_a_failure_means_may_be_declared(province: Engine, tmp_path: Path, server: Web, when: str, expected: str) -> None:
    look(province, tmp_path, server, BOTH)
    look(province, tmp_path, server, None, when=f'when_failed = "{when}"')
    assert states(province)["E11-001"] == expected


def test_a_series_that_is_gone_is_unknown(province: Engine, tmp_path: Path, server: Web) -> None:
    look(province, tmp_path, server, BOTH)
    look(province, tmp_path, server, 'up{instance="E11-002"} 1\n')
    assert states(province) == {"E11-001": "unknown", "E11-002": "up"}


def test_another_feeds_systems_are_left_alone(province: Engine, tmp_path: Path, server: Web) -> None:
    look(province, tmp_path, server, BOTH)
    with province.begin() as connection:
        connection.execute(schema.endpoint_state.update().where(schema.endpoint_state.c.endpoint_id == "E11-001").values(feed="other"))
    look(province, tmp_path, server, None)
    assert states(province) == {"E11-001": "up", "E11-002": "unknown"}


def test_a_change_is_kept_with_its_reason(province: Engine, tmp_path: Path, server: Web) -> None:
    look(province, tmp_path, server, BOTH)
    look(province, tmp_path, server, None)
    c = schema.endpoint_changes.c
    with province.connect() as connection:
        row = connection.execute(
            select(c.previous, c.state, c.detail, c.at).where(c.endpoint_id == "E11-001").order_by(c.at.desc())
        ).first()
    assert row is not None
    assert (row.previous, row.state, row.detail) == ("up", "unknown", "no_connection")
    assert datetime.now(UTC) - row.at < timedelta(minutes=5)
