"""A real exporter (Debian's prometheus-node-exporter) read as rows; and answers that are none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from feeds.connectors import prometheus
from feeds.errors import FeedError
from feeds.fetching import Visit
from store import schema
from tests.feeds.test_pipeline import make
from tests.support.exporter import Exporter, exporter
from tests.support.sources import Web, body, web

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
SHOWN = """# TYPE ioc_endpoint_up gauge
ioc_endpoint_up{endpoint_id="E11-001",xa="Mường Phăng"} 1
ioc_endpoint_up{endpoint_id="E11-002",xa="Nà Tấu"} 0
# TYPE ioc_endpoint_ms gauge
ioc_endpoint_ms{endpoint_id="E11-001",xa="Mường Phăng"} 12.5
ioc_endpoint_ms{endpoint_id="E11-002",xa="Nà Tấu"} NaN
"""
FEED = """[feeds.exporter]
title = "Nguồn"
title_en = "Feed"
source = "mẫu"
connector = "prometheus"
kind = "endpoint_status"
url = "URL"
metrics = ["ioc_endpoint_*"]
wide = true
every_s = 15
late_after_s = 60
stale_after_s = 600
[feeds.exporter.columns]
state = "ioc_endpoint_up"
latency_ms = "ioc_endpoint_ms"
"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    with exporter(tmp_path_factory.mktemp("exporter")) as running:
        yield running


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


def rows(url: str, *metrics: str, **options: Any) -> list[dict[str, Any]]:
    visit = Visit(NOW, time.monotonic() + 5, Path())
    (fetched,) = prometheus.fetch(prometheus.Options(url=url, metrics=list(metrics), **options), visit)
    data = fetched.read().data
    assert isinstance(data, list)
    return data


def test_samples_are_rows_with_their_labels_as_columns(system: Exporter) -> None:
    system.show(SHOWN)
    assert rows(system.url, "ioc_endpoint_up") == [
        {"endpoint_id": "E11-001", "xa": "Mường Phăng", "metric": "ioc_endpoint_up", "value": 1, "observed_at": NOW},
        {"endpoint_id": "E11-002", "xa": "Nà Tấu", "metric": "ioc_endpoint_up", "value": 0, "observed_at": NOW},
    ]
    (load,) = rows(system.url, "node_load1")
    assert load["value"] >= 0


def test_names_and_labels_choose(system: Exporter) -> None:
    system.show(SHOWN)
    chosen = rows(system.url, "ioc_*", labels={"endpoint_id": "*-002"})
    assert {row["metric"]: row["value"] for row in chosen} == {"ioc_endpoint_up": 0, "ioc_endpoint_ms": None}


def test_wide_rows_have_the_metrics_as_columns(system: Exporter) -> None:
    system.show(SHOWN)
    assert {row["endpoint_id"]: (row["ioc_endpoint_up"], row["ioc_endpoint_ms"]) for row in rows(system.url, "ioc_*", wide=True)} == {
        "E11-001": (1, 12.5),
        "E11-002": (0, None),
    }


def test_a_metric_that_is_not_there_is_said_with_those_that_are(system: Exporter) -> None:
    with pytest.raises(FeedError) as caught:
        rows(system.url, "no_such_metric")
    assert (caught.value.code, caught.value.values["wanted"]) == ("run.no_metric", "no_such_metric")
    assert caught.value.values["found"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text/plain; version=0.0.4", "a 1 1795230000000\n"),
        ("application/openmetrics-text; version=1.0.0", "# TYPE a gauge\na 1 1795230000\n# EOF\n"),
    ],
)
def test_a_sample_with_a_time_of_its_own_keeps_it(server: Web, kind: str, text: str) -> None:
    server.answers["/"] = body(text.encode(), kind=kind)
    (row,) = rows(server.url(), "a")
    assert row["observed_at"] == datetime.fromtimestamp(1795230000, UTC)


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("text/html", b"<html>", "run.html_instead"),
        ("text/plain", b'a{b="c 1\n', "run.metrics_invalid"),
        ("text/plain", b"a one\n", "run.metrics_invalid"),
        ("text/plain", 'a{b="ế"} 1\n'.encode("utf-16"), "run.encoding"),
        ("application/openmetrics-text", b"# TYPE a gauge\na 1\n", "run.metrics_invalid"),  # cut off: no # EOF
        ("text/plain", b"", "run.no_metric"),
    ],
)
def test_what_is_no_such_text_has_its_word(server: Web, kind: str, data: bytes, code: str) -> None:
    server.answers["/"] = body(data, kind=kind)
    with pytest.raises(FeedError) as caught:
        rows(server.url(), "a")
    assert caught.value.code == code


def test_an_exporter_feeds_the_store(province: Engine, tmp_path: Path, system: Exporter) -> None:
    system.show(SHOWN)
    (run,) = make(province, tmp_path, FEED.replace("URL", system.url)).run()
    assert (run.state, run.stored.added) == ("ok", 2), run
    s = schema.endpoint_state.c
    with province.connect() as connection:
        found = {row.endpoint_id: (row.state, row.latency_ms) for row in connection.execute(select(s.endpoint_id, s.state, s.latency_ms))}
    assert found == {"E11-001": ("up", 12.5), "E11-002": ("down", None)}
