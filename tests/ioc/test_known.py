"""A screen of the past is shown as it was known then, to the byte, whatever came in since; and the page says so, with the way back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import pytest
import shapely
from openpyxl import load_workbook
from sqlalchemy import Engine, delete, select, update

from feeds.boundaries import import_boundaries
from feeds.config import load
from feeds.default.init import init_province
from feeds.pipeline import Pipeline
from feeds.worker import register
from ioc import clock, page
from ioc.api.context import Context
from ioc.feeds_now import read_feeds
from ioc.selection import Selection
from ioc.snapshots import NothingKnownError, Snapshots
from store.engine import open_engine
from store.schema import centres, coverage, endpoint_state, villages
from store.transactions import reading, writing
from tests.ioc.conftest import served

COMMON = 'connector = "folder"\nsettle_s = 0.01\nafter = "leave"\ntitle_en = "x"\nevery_s = 10\nlate_after_s = LATE\nstale_after_s = 9999\n'
FEEDS = f"""[feeds.report]
kind = "coverage"
folder = "report"
operator = "op-a"
technologies = ["4g", "5g"]
title = "Báo cáo"
source = "Sở"
{COMMON}
[feeds.report.columns]
village_id = "ma"
observed_at = "ngay"
[feeds.mcu]
kind = "endpoint_status"
folder = "mcu"
title = "MCU"
source = "MCU"
{COMMON}
[feeds.counts]
kind = "dossiers"
folder = "counts"
title = "Một cửa"
source = "Một cửa"
{COMMON}"""
COUNT_COLUMNS = "centre_id,period,observed_at,received,in_progress,due,on_time,overdue,online"
SOON = timedelta(minutes=10)


class Town:
    """A province whose systems drop files."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        init_province(engine, "11", today=clock.today())
        for place in ("report", "mcu", "counts"):
            (folder / place).mkdir()
        with reading(engine) as connection:
            self.villages = list(connection.scalars(select(villages.c.id).order_by(villages.c.id).limit(4)))
            self.centres = list(connection.scalars(select(centres.c.id).order_by(centres.c.id).limit(2)))
        with writing(engine) as connection:  # nobody else speaks about these
            connection.execute(delete(coverage).where(coverage.c.village_id.in_(self.villages)))
        self.declare(late_after_s=600)

    def declare(self, late_after_s: int) -> None:
        file = self.folder / "feeds.toml"
        file.write_text(FEEDS.replace("LATE", str(late_after_s)), encoding="utf-8")
        self.feeds = load(file, {})
        register(self.engine, self.feeds)

    def drop(self, feed: str, at: datetime, *lines: str) -> None:
        """A file that comes in at a moment."""
        place = self.folder / feed
        path = place / f"{len(list(place.iterdir()))}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        before = datetime.now(UTC).timestamp() - 60
        os.utime(path, (before, before))
        (run,) = Pipeline(self.engine, self.feeds[feed], "w", now=lambda: at).run()
        assert run.good, run

    def report(self, at: datetime, day: str, **statuses: str) -> None:
        self.drop("report", at, "ma,ngay,4g,5g", *(f"{self.villages[int(n[1:])]},{day},{status},có" for n, status in statuses.items()))

    def states(self, at: datetime, **states: str) -> None:
        said_at = (at - timedelta(seconds=3)).isoformat()
        rows = (f"E11-00{n[1:]},{state},{said_at}" for n, state in states.items())
        self.drop("mcu", at, "endpoint_id,state,observed_at", *rows)

    def counts(self, at: datetime, on_time: int) -> None:
        month = f"{clock.local(at):%Y-%m}"
        said_at = (at - timedelta(seconds=3)).isoformat()
        self.drop("counts", at, COUNT_COLUMNS, *(f"{id_},{month},{said_at},100,10,90,{on_time},5,50" for id_ in self.centres))

    def first_day(self) -> None:
        at = clock.now()
        self.report(at, "2026-10-31", _0="không", _1="có", _2="yếu")
        self.states(at, _1="up", _2="up", _3="down")
        self.counts(at, 80)

    def what_came_later(self) -> None:
        """A correction, a late file, a loss, a closing, a deletion, new outlines and a stricter promise."""
        at = clock.now() + SOON
        self.report(at, "2026-10-31", _0="có", _1="không", _2="yếu", _3="có")
        self.report(at, "2025-12-31", _2="có")
        self.states(at, _1="down", _2="up", _3="up")
        self.counts(at, 20)
        with writing(self.engine) as connection:
            connection.execute(update(centres).where(centres.c.id == self.centres[0]).values(valid_to=date(2026, 1, 1), stored_at=at))
            connection.execute(delete(villages).where(villages.c.id == self.villages[1]))
            connection.execute(delete(coverage).where(coverage.c.village_id == self.villages[2]))
            connection.execute(delete(endpoint_state).where(endpoint_state.c.endpoint_id == "E11-002"))
        self._redraw()
        self.declare(late_after_s=1)

    def _redraw(self) -> None:
        outlines = Snapshots(self.engine).outlines(Snapshots(self.engine).get())
        commune = outlines[outlines["level"] == "commune"].iloc[[0]]
        shape = shapely.buffer(commune.geometry.to_numpy(), -0.005)
        file = self.folder / "xa.geojson"
        gpd.GeoDataFrame(
            {"ma_xa": commune["code"].to_numpy(), "ten_xa": commune["full_name"].to_numpy()}, geometry=shape, crs=4326
        ).to_file(file)
        import_boundaries(self.engine, file, layer=None, level="commune", valid_from=date(2025, 7, 1), source="thử", licence="thử")


@pytest.fixture
def town(store_url: str, tmp_path: Path) -> Iterator[Town]:
    engine = open_engine(store_url)
    try:
        yield Town(engine, tmp_path)
    finally:
        engine.dispose()


SCREENS = ("/api/v1/summary", "/api/v1/summary?unit=03127", "/api/v1/map", "/api/v1/values?tech=4g", "/api/v1/values?tech=5g&op=op-a")


def read(client: httpx.Client, url: str, known_at: str | None = None) -> bytes:
    answer = client.get(url, params=httpx.URL(url).params.merge({"known_at": known_at} if known_at else {}))
    return answer.raise_for_status().content


def without_states(body: bytes) -> bytes:
    """Values of the past carry the endpoints' states; those of now come by the live stream."""
    return body.partition(b',"endpoints":{')[0].removesuffix(b"}") + b"}"


def test_the_screen_of_the_past_is_shown_to_the_byte_as_it_was_known(town: Town, store_url: str) -> None:
    town.first_day()
    with served(town.engine, store_url) as client:
        live = client.get("/api/v1/state").json()
        then = {url: read(client, url) for url in SCREENS}
        known_at = client.get("/api/v1/summary").json()["at"]
        listed, feeds = read(client, "/export/gaps.csv?tech=4g&op=op-a"), read_feeds(town.engine)
        town.what_came_later()
        local = clock.written(datetime.fromisoformat(known_at))
        for url, body in then.items():
            moment = json.loads(body).get("at", known_at)
            again, now = read(client, url, moment), read(client, url)
            assert (without_states(again) if "values" in url else again) == body, url
            assert now != body, f"nothing came in that changes {url}"
        assert client.get("/api/v1/values", params={"known_at": known_at}).json()["endpoints"] == live["endpoints"]
        assert read(client, f"/export/gaps.csv?tech=4g&op=op-a&known={local}") == listed
        assert read(client, "/export/gaps.csv?tech=4g&op=op-a") != listed
    at = datetime.fromisoformat(known_at)
    as_known, now = read_feeds(town.engine, None, at), read_feeds(town.engine)
    columns = ["title_vi", "late_after_s", "enabled", "true_at", "last_ok_at"]
    assert as_known.feeds[columns].equals(feeds.feeds[columns])
    assert [as_known.state(feed) for _, feed in as_known.feeds.iterrows()] == [feeds.state(feed) for _, feed in feeds.feeds.iterrows()]
    assert as_known.runs.equals(feeds.runs)
    assert not now.feeds[columns].equals(feeds.feeds[columns])
    assert len(now.runs) > len(as_known.runs) == 3


# ── The two times together, and moments that are none ────────────────────────────────────────────────────────────────────────


def context_of(engine: Engine) -> Context:
    return Context.of(Snapshots(engine), "b")


def days_ago(days: float) -> datetime:
    return clock.now() - timedelta(days=days)


def test_a_day_is_shown_as_far_as_was_known_and_never_after_that(snapshots: Snapshots) -> None:
    at = clock.now()
    assert snapshots.get(date(2022, 4, 30), at).as_of == date(2022, 4, 30)
    assert snapshots.get(date(2022, 4, 30), at).at == clock.end_of_day(date(2022, 4, 30))
    for day in (clock.local(at).date(), date(2099, 1, 1), None):
        found = snapshots.get(day, at)
        assert (found.as_of, found.at, found.known_at, found.is_now) == (None, at, at, False)
    assert snapshots.get(None, at + timedelta(days=9)).is_now
    assert snapshots.get().is_now


def test_before_the_store_knew_anything_it_says_so(snapshots: Snapshots, client: httpx.Client) -> None:
    with pytest.raises(NothingKnownError):
        snapshots.get(None, days_ago(3650))
    for url in ("/api/v1/summary", "/api/v1/map", "/api/v1/values"):
        answer = client.get(url, params={"known_at": "2016-11-20T08:00"})
        assert (answer.status_code, answer.json()["detail"]["code"]) == (404, "known.nothing")
        assert "08:00 ngày 20/11/2016" in answer.json()["detail"]["message"]
    assert client.get("/export/gaps.csv?known=2016-11-20T08:00").status_code == 404


@pytest.mark.parametrize(
    "known_at", ["2099-01-01T00:00", "2099-01-01T00:00:00Z", "0001-01-01T00:00", "9999-12-31T23:59", "nay", "2026-13-01T08:00"]
)
def test_a_moment_that_is_none_is_refused_by_the_api(client: httpx.Client, known_at: str) -> None:
    for url in ("/api/v1/summary", "/api/v1/map", "/api/v1/values"):
        assert client.get(url, params={"known_at": known_at}).status_code == 422
    for url in ("/export/gaps.csv", "/export/gaps.xlsx", "/export/map.html"):
        answer = client.get(url, params={"known": known_at})
        assert (answer.status_code, answer.json()["detail"]["code"]) == (422, "known.refused")


@pytest.mark.parametrize("as_of", ["2099-01-01", "9999-12-31", "0001-01-01", "1899-12-31"])
def test_a_day_that_has_not_been_is_refused_with_a_sentence(client: httpx.Client, as_of: str) -> None:
    for url in ("/api/v1/summary", "/api/v1/map", "/api/v1/values", "/export/gaps.csv", "/export/gaps.xlsx", "/export/map.html"):
        answer = client.get(url, params={"as_of": as_of})
        detail = answer.json()["detail"]
        assert (answer.status_code, detail["code"]) == (422, "as_of.refused")
        assert f"“{as_of}” không phải là một ngày đã qua hoặc hôm nay." in detail["message"]
    series = client.get("/api/v1/series", params={"as_of": as_of, "unit": "03127"})
    assert (series.status_code, series.json()["detail"]["code"]) == (422, "as_of.refused")


@pytest.mark.parametrize("path", ["/map", "/gaps", "/wall"])
def test_a_page_of_a_day_that_has_not_been_says_so(snapshots: Snapshots, path: str) -> None:
    bar = shown(page.render(Context.of(snapshots, "b"), path, "?as_of=2099-01-01")["known"])
    assert "“2099-01-01” không phải là một ngày đã qua hoặc hôm nay" in bar


def test_a_moment_without_an_offset_is_viet_nams(client: httpx.Client) -> None:
    at = clock.local(clock.now())
    there = client.get("/api/v1/summary", params={"known_at": at.replace(tzinfo=None).isoformat()}).json()
    here = client.get("/api/v1/summary", params={"known_at": at.isoformat()}).json()
    assert there == here
    assert datetime.fromisoformat(there["at"]) == at


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-20T08:00", datetime(2026, 11, 20, 1, tzinfo=UTC)),
        ("2026-11-20T08:00:30", datetime(2026, 11, 20, 1, 0, 30, tzinfo=UTC)),
        ("2026-11-20T01:00Z", datetime(2026, 11, 20, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_from_the_address_and_written_back(written: str, at: datetime) -> None:
    selection = Selection.parse(f"known={written}&as_of=2026-11-19")
    assert (selection.known_at, selection.misread) == (at, None)
    assert Selection.parse(selection.query()) == selection
    assert "known=2026-11-20T08:00" in selection.query()


@pytest.mark.parametrize("written", ["2026-11-20", "hôm qua", "2099-01-01T08:00", "9999-12-31T23:59", "0001-01-01T00:00", "T", "x" * 200])
def test_what_is_no_moment_of_the_past_is_remembered_as_written(written: str) -> None:
    selection = Selection.parse(f"known={written}")
    assert selection.known_at is None
    assert selection.misread == written[:40]
    assert selection.query() == ""


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def shown(part: Any) -> str:
    return str(part)


@pytest.mark.parametrize("path", ["/map", "/wall", "/gaps", "/feeds"])
def test_every_page_of_the_past_says_so_and_leads_back(province: Engine, path: str) -> None:
    at = clock.now() - timedelta(seconds=1)
    bar = shown(page.render(context_of(province), path, f"?tech=5g&known={clock.written(at)}")["known"])
    assert f"Màn hình như đã biết lúc {clock.local(at):%H:%M %d/%m/%Y}" in bar
    assert f"href='{path}?tech=5g'" in bar
    assert page.render(context_of(province), path, "?tech=5g")["known"] == []


@pytest.mark.parametrize("path", ["/map", "/wall", "/gaps", "/feeds"])
def test_a_page_of_a_moment_before_the_store_says_so_and_leads_back(province: Engine, path: str) -> None:
    parts = page.render(context_of(province), path, "?known=2016-11-20T08:00")
    assert parts.keys() >= set(page.PARTS)
    said = shown(parts)
    assert "Lúc 08:00 ngày 20/11/2016, kho chưa có số liệu nào." in said
    assert f"href='{path}'" in said


def test_a_page_of_no_moment_shows_now_and_says_so(province: Engine) -> None:
    parts = page.render(context_of(province), "/map", "?known=2099-01-01T08:00&lang=en")
    assert "“2099-01-01T08:00” is no moment that has passed" in shown(parts["known"])
    assert "data-true-at" in shown(parts["panel"])


def test_ages_of_the_past_stand_still_and_new_data_leave_it_alone(province: Engine) -> None:
    query = f"?known={clock.written(clock.now())}"
    assert "data-true-at" not in shown(page.render(context_of(province), "/map", query))
    assert page.render(context_of(province), "/map", query, live=True) == {}
    assert page.render(context_of(province), "/map", "", live=True) != {}


def test_nothing_can_be_run_on_a_page_of_the_past(province: Engine) -> None:
    register(province, {})
    now, then = (
        shown(page.render(context_of(province), "/feeds", query)["page"]) for query in ("", f"?known={clock.written(clock.now())}")
    )
    assert "worker-line" in now
    assert "worker-line" not in then


def test_a_list_taken_away_says_of_which_moment_it_is(client: httpx.Client, tmp_path: Path) -> None:
    at = clock.now()
    answer = client.get(f"/export/gaps.xlsx?known={clock.written(at)}").raise_for_status()
    assert f"known-{clock.local(at):%Y-%m-%dT%H%M}.xlsx" in answer.headers["content-disposition"]
    (tmp_path / "list.xlsx").write_bytes(answer.content)
    cells = [[cell.value for cell in row] for row in load_workbook(tmp_path / "list.xlsx").active["A1:B20"]]
    assert ["Như đã biết lúc", f"{clock.local(at):%H:%M %d/%m/%Y}"] in cells
    document = client.get(f"/export/map.html?known={clock.written(at)}").text
    assert "Màn hình như đã biết lúc" in document
