"""A province with units only: every page says why it is empty and what comes next, in both languages, and nothing is invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from feeds.default.init import init_province
from ioc.api.context import Context
from ioc.gaps import read_gaps
from ioc.kpis import all_kpis
from ioc.page import render
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from store import invented_rows
from store.engine import open_engine
from store.transactions import writing


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'ioc.db'}")
    init_province(engine, "04", empty=True)
    yield engine
    engine.dispose()


def shown(engine: Engine, path: str, query: str = "") -> str:
    return str({key: str(part) for key, part in render(Context.of(Snapshots(engine), "test"), path, query).items()})


@pytest.mark.parametrize(
    ("path", "vietnamese", "english"),
    [
        ("/map", "mới chỉ có đơn vị hành chính", "administrative units only"),
        ("/gaps", "mới chỉ có đơn vị hành chính", "administrative units only"),
        ("/wall", "chưa nối nguồn số liệu nào", "no source is connected yet"),
        ("/feeds", "ioc feeds guess", "ioc feeds guess"),
        ("/entry", "Chưa có nguồn nhập tay", "manual"),
    ],
)
def test_an_empty_page_says_why_and_what_to_do(empty: Engine, path: str, vietnamese: str, english: str) -> None:
    for query, text in (("", vietnamese), ("?lang=en", english)):
        page = shown(empty, path, query)
        assert text in page
        assert "empty error" not in page


def test_the_way_on_leads_to_connecting_a_file_and_no_alert_is_called_quiet(empty: Engine) -> None:
    for path in ("/map", "/gaps"):
        assert "/connect" in shown(empty, path)
    assert "Không có cảnh báo" not in shown(empty, "/wall")
    assert "Về hôm nay" in shown(empty, "/map", "?as_of=2024-01-01")


def test_no_figure_says_anything_of_an_empty_province(empty: Engine) -> None:
    snapshot = Snapshots(empty).get()
    figures = [kpi.figure(snapshot, "04") for kpi in all_kpis()]
    assert {figure.value for figure in figures} == {None}
    assert read_gaps(Snapshots(empty), Selection()).frame.empty


def test_after_the_samples_are_removed_pages_say_the_same_and_the_past_is_as_it_was(province: Engine) -> None:
    snapshots = Snapshots(province)
    before = datetime.now(UTC)
    was = snapshots.get(None, before)
    figures = [kpi.figure(was, "11") for kpi in all_kpis()]
    with writing(province) as connection:
        invented_rows.remove(connection, datetime.now(UTC))
    assert "mới chỉ có đơn vị hành chính" in shown(province, "/map")
    assert "op-a" not in shown(province, "/map")
    then = Snapshots(province).get(None, before)
    assert (len(then.places.villages), list(then.coverage.operators["key"])) == (1440, list(was.coverage.operators["key"]))
    assert [kpi.figure(then, "11") for kpi in all_kpis()] == figures


@pytest.mark.parametrize("query", ["", "?unit=040", "?unit=01273"])
def test_what_nobody_told_is_no_zero_and_is_not_ranked(empty: Engine, query: str) -> None:
    page = shown(empty, "/map", query)
    assert "chưa có danh sách thôn, bản" in page
    assert "0 thôn" not in page
    assert "0 người" not in page
    assert "Xã thấp nhất" not in page
