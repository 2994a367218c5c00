"""What Prometheus reads at /metrics of a real server: valid text, true numbers, few series, and an answer while the store is away."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from ioc.api.context import Context
from ioc.snapshots import Snapshots
from store import runs
from store.transactions import writing

DECLARED = {
    "title_vi": "Nguồn",
    "title_en": "Feed",
    "connector": "http",
    "kind": "dossiers",
    "source": "mẫu",
    "every_s": 60,
    "late_after_s": 600,
    "stale_after_s": 3600,
    "enabled": True,
    "synthetic": True,
}


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by name and sorted labels."""
    families = text_string_to_metric_families(text)
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def read(client: httpx.Client) -> Any:
    found = samples(client.get("/metrics").raise_for_status().text)
    return lambda name, **labels: found.get((name, tuple(sorted(labels.items()))))


def run_feed(engine: Engine, key: str, state: str, at: datetime, **counts: int) -> None:
    with writing(engine) as connection:
        runs.register_feeds(connection, [{"key": key, **DECLARED}])
        if state != "failed":
            runs.feed_succeeded(connection, key, at=at, true_at=at)
        run_id = runs.record_run(
            connection, feed=key, started_at=at - timedelta(seconds=2), finished_at=at, state=state, attempts=1, worker="w", **counts
        )
        refused = [runs.Refused(number, "row.missing", {"column": "x"}, {}) for number in range(counts.get("rows_rejected", 0))]
        runs.quarantine_rows(connection, run_id, feed=key, rows=refused, stored_at=at)


def test_feeds_runs_and_rows_are_told(client: httpx.Client, province: Engine) -> None:
    now = datetime.now(UTC)
    run_feed(province, "dossiers", "failed", now - timedelta(hours=30))
    run_feed(province, "dossiers", "ok", now - timedelta(seconds=1000), rows_read=7, rows_added=6, rows_rejected=1)
    value = read(client)
    assert value("ioc_feed_runs_24h", feed="dossiers", state="ok") == 1
    assert value("ioc_feed_runs_24h", feed="dossiers", state="failed") is None, "longer ago than a day"
    assert value("ioc_feed_rows_24h", feed="dossiers", outcome="added") == 6
    assert value("ioc_quarantined_rows", feed="dossiers") == 1
    assert 1000 <= value("ioc_feed_age_seconds", feed="dossiers") < 1060
    assert value("ioc_feed_state", feed="dossiers", state="late") == 1
    assert value("ioc_feed_state", feed="dossiers", state="fresh") == 0
    assert value("ioc_feed_failing", feed="dossiers") == 0
    assert value("ioc_feed_last_run_duration_seconds", feed="dossiers") == pytest.approx(2)
    assert value("ioc_store_up") == 1
    assert value("ioc_store_size_bytes") > 100_000


def test_open_streams_and_answers_are_counted_by_route(client: httpx.Client) -> None:
    with client.stream("GET", "/api/v1/live") as stream:
        parts = stream.iter_bytes()
        next(parts)
        client.get("/api/v1/summary")
        client.get("/api/v1/summary", params={"unit": "99999"})
        client.get("/gaps")
        client.get("/a-page-that-nobody-made")
        value = read(client)
    assert value("ioc_live_streams") == 1
    count = "ioc_http_request_duration_seconds_count"
    assert value(count, route="/api/v1/summary", method="GET", status="200") == 1
    assert value(count, route="/api/v1/summary", method="GET", status="404") == 1
    assert value(count, route="page", method="GET", status="200") == value(count, route="page", method="GET", status="404") == 1


def test_what_is_asked_for_makes_no_new_series(client: httpx.Client) -> None:
    """Somebody who asks for thousands of addresses must not fill the memory of the dashboard."""
    client.get("/metrics")
    before = len([line for line in client.get("/metrics").text.splitlines() if "duration_seconds_count" in line])
    for number in range(30):
        client.get(f"/api/v1/geometry/layer{number}/{number}.json")
        client.get(f"/seite-{number}")
        client.request(f"VERB{number}", "/")
    after = len([line for line in client.get("/metrics").text.splitlines() if "duration_seconds_count" in line])
    assert after - before <= 4


def test_both_formats_of_prometheus_are_spoken(client: httpx.Client) -> None:
    plain = client.get("/metrics", headers={"Accept": "text/plain"})
    assert plain.headers["content-type"].startswith("text/plain")
    open_ = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert open_.headers["content-type"].startswith("application/openmetrics-text")
    assert {family.name for family in openmetrics(open_.text)} >= {"ioc_build", "ioc_feed_state", "ioc_http_request_duration_seconds"}


def test_a_store_that_is_away_is_a_number_too(province: Engine, tmp_path: Path) -> None:
    metrics = Context.of(Snapshots(province), "b").metrics
    province.dispose()
    shutil.move(tmp_path / "province.db", tmp_path / "elsewhere.db")
    (tmp_path / "province.db").mkdir()
    assert metrics.registry.get_sample_value("ioc_store_up") == 0
    assert metrics.registry.get_sample_value("ioc_live_streams") == 0
