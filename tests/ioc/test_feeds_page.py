"""The feeds page says how old data are, what runs did and refused, and hands "run now" to the worker."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from ioc import clock
from ioc.api.context import Context
from ioc.commands import dismiss_item, request_run
from ioc.feeds_now import FeedsNow, read_feeds
from ioc.layouts.feeds import ID, page
from ioc.security.row_readers import MAY_READ
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.states import live_state
from ioc.summary import summarise
from ioc.text import TEXT, Words
from ioc.views.feeds import error_text, raw_text, short_moment
from store import runs
from store.rejected_items import items_open, note_item
from store.schema import feeds
from store.speaking import promised
from store.write import writing
from tests.ioc.test_gaps import links, texts

FEED = {
    "key": "probe",
    "title_vi": "Kiểm tra điểm cầu",
    "title_en": "Probe of endpoints",
    "connector": "tcp",
    "kind": "endpoint_status",
    "source": "thử",
    "every_s": 30,
    "late_after_s": 60,
    "stale_after_s": 600,
    "enabled": True,
    "synthetic": True,
}
OTHER = FEED | {"key": "dossiers", "title_vi": "Hồ sơ", "title_en": "Dossiers", "connector": "pigeon", "every_s": 7200, "synthetic": False}


@pytest.fixture
def store(province: Engine) -> Engine:
    """A province with two feeds that have never run, and no worker."""
    with writing(province) as connection:
        runs.register_feeds(connection, [FEED, OTHER])
    return province


@pytest.fixture
def shown(store: Engine):
    """(query) → the children of the page, for somebody who may read rejected rows."""
    snapshots = Snapshots(store)
    context = Context.of(snapshots, "b")

    def show(query: str = "") -> list[Any]:
        selection = Selection.parse(query)
        return page(context, selection, Words(selection.language))

    token = MAY_READ.set(True)
    yield show
    MAY_READ.reset(token)


def ran(engine: Engine, ago_s: float = 5, **columns: Any) -> int:
    at = clock.now() - timedelta(seconds=ago_s)
    given = {"feed": "probe", "started_at": at - timedelta(seconds=1.5), "finished_at": at, "state": "ok", "worker": "w"} | columns
    with writing(engine) as connection:
        run_id = runs.record_run(connection, **given)
        if given["state"] != "failed":
            runs.feed_succeeded(connection, given["feed"], at=at, true_at=at)
    return run_id


def beat(engine: Engine, ago_s: float) -> None:
    at = clock.now() - timedelta(seconds=ago_s)
    with writing(engine) as connection:
        runs.beat(connection, "w", host="h", pid=1, leader=True, started_at=at, at=at)


def parts_of(component: Any, kind: str) -> list[Any]:
    """Every component of one type, in order."""
    if isinstance(component, list | tuple):
        return [found for part in component for found in parts_of(part, kind)]
    own = [component] if type(component).__name__ == kind else []
    return own + parts_of(getattr(component, "children", None) or [], kind)


def ages(component: Any) -> list[dict[str, Any]]:
    properties = [span.to_plotly_json()["props"] for span in parts_of(component, "Span")]
    return [given for given in properties if given.get("className") == "age"]


# ── The state of a feed ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("ago_s", "state"), [(5, "fresh"), (100, "late"), (1000, "stale")])
def test_a_feed_ages_by_the_time_of_its_data(store, shown, ago_s, state):
    ran(store, ago_s)
    age = ages(shown())[1]  # by key: dossiers, probe
    assert age["data-state"] == state
    moments = [datetime.fromisoformat(age[f"data-{key}-at"]) for key in ("true", "late", "stale")]
    assert [(at - moments[0]).total_seconds() for at in moments[1:]] == [60, 600]
    assert age[f"data-word-{state}"] == {"fresh": "mới", "late": "chậm", "stale": "quá cũ"}[state]


def promising(engine: Engine, **columns: Any) -> None:
    with writing(engine) as connection:
        runs.register_feeds(connection, [FEED | columns, OTHER])


def test_a_promise_is_said_with_when_its_next_word_is_due(store, shown):
    promising(store, speaks="monthly by the 5th", grace_s=60)
    with writing(store) as connection:
        runs.feed_succeeded(connection, "probe", at=clock.now(), true_at=datetime(2026, 10, 31, tzinfo=clock.ZONE))
    assert "hằng tháng, chậm nhất ngày 5" in texts(shown())
    assert "monthly by day 5" in texts(shown("lang=en"))
    told = "trễ hạn từ" if clock.now() > datetime(2026, 12, 6, 0, 1, tzinfo=clock.ZONE) else "kỳ tới: hạn"
    assert f"{told} hết ngày 05/12/2026" in texts(shown())


def test_a_feed_whose_word_is_overdue_says_since_when(store, shown):
    promising(store, speaks="daily before 17:00", grace_s=0)
    with writing(store) as connection:
        runs.feed_succeeded(connection, "probe", at=clock.now(), true_at=datetime(2026, 3, 10, tzinfo=clock.ZONE))
    assert "trễ hạn từ 11/03/2026 17:00:00" in texts(shown())
    assert "late since 11 Mar 2026 17:00:00" in texts(shown("lang=en"))
    assert ages(shown())[1]["data-state"] == "stale"


def test_a_source_whose_clock_is_ahead_is_not_young_for_ever_and_marked(store, shown):
    with writing(store) as connection:
        long_ago = clock.now() - timedelta(minutes=5)
        runs.feed_succeeded(connection, "probe", at=long_ago, true_at=long_ago + timedelta(days=900, hours=1))
    assert ages(shown())[1]["data-state"] == "late"
    assert "nguồn ghi giờ ở tương lai (900 ngày so với máy chủ)" in texts(shown())


def test_a_figure_ages_by_the_promise_of_its_source(store):
    promising(store, kind="coverage", source="mô phỏng", speaks="monthly by the 5th")
    snapshot = Snapshots(store).get()
    figure = next(figure for figure in summarise(snapshot, None).figures if figure.key == "villages_4g_pct")
    assert figure.ageing is not None
    assert figure.ageing.late_at == promised("monthly by the 5th").late_at(figure.ageing.true_at)


def test_a_feed_that_never_ran_has_no_data_and_says_so(shown):
    words = texts(shown())
    assert "chưa chạy lần nào" in words
    assert {age["data-state"] for age in ages(shown())} == {"none"}
    assert "Chưa có lần chạy nào được ghi." in words


def test_a_feed_no_longer_declared_is_kept_without_a_button(store, shown):
    ran(store)
    with writing(store) as connection:
        runs.register_feeds(connection, [OTHER])
    found = shown()
    assert "không còn khai báo" in texts(found)
    assert [button.disabled for button in parts_of(found, "Button")] == [False, True]
    assert {age["data-state"] for age in ages(found)} == {"none", "ended"}


def test_the_last_run_is_the_last_success_when_equal_runs_were_not_written_down(store):
    ran(store, 300)
    later = clock.now() - timedelta(seconds=3)
    with writing(store) as connection:
        runs.feed_succeeded(connection, "probe", at=later, true_at=later)
    now = read_feeds(store)
    assert now.last_run_at(now.feeds.loc["probe"]) == later
    assert now.last_run_at(now.feeds.loc["dossiers"]) is None


def test_a_failed_run_says_why_in_the_viewers_language(store, shown):
    ran(store, state="failed", error_code="run.http_server_error", error_args={"url": "http://127.0.0.1:1/x", "status": 500}, attempts=3)
    assert "http://127.0.0.1:1/x đang lỗi (mã 500)" in texts(shown())
    english = texts(shown("lang=en"))
    assert "http://127.0.0.1:1/x has a fault (status 500)" in english
    assert "after 3 attempts" in english


def test_a_run_says_what_it_changed_or_left_out_of_what_it_read(store, shown):
    ran(store, rows_read=3, notes=[{"code": "note.invisible", "count": 1200, "values": {}}])
    assert "1.200 ô có ký tự không nhìn thấy" in texts(shown())
    assert "1,200 cells with characters that cannot be seen" in texts(shown("lang=en"))


def test_counts_of_a_run_leave_out_what_is_zero(store, shown):
    ran(store, rows_read=1440, rows_changed=115, rows_unchanged=1325)
    assert "đọc 1.440 dòng · đổi 115 · như cũ 1.325" in texts(shown())


def test_a_connector_without_a_word_is_named_by_its_key(shown):
    assert "thử · pigeon · mỗi 2 giờ" in texts(shown())
    assert "thử · kiểm tra kết nối · mỗi 30 giây · Dữ liệu mô phỏng" in texts(shown())


# ── Runs and rows set aside ──────────────────────────────────────────────────────────────────────────────────────────────


def test_set_aside_rows_show_their_number_reason_and_content(store, shown):
    run_id = ran(store, state="partial", rows_read=3, rows_rejected=1, item="tệp.csv")
    refused = [runs.Refused(4, "row.unknown_endpoint", {"value": "E11-999"}, {"mã": "E11-999", "trạng thái": None})]
    with writing(store) as connection:
        runs.quarantine_rows(connection, run_id, feed="probe", item="tệp.csv", rows=refused, stored_at=clock.now())
    words = texts(shown("feed=probe"))
    assert "Không có điểm cầu mã E11-999" in words
    assert "mã: E11-999 · trạng thái: " in words
    assert "tệp.csv" in words
    assert "Không có dòng nào bị loại." in texts(shown("feed=dossiers"))


def test_a_chosen_feed_shows_its_own_last_20_runs(store, shown):
    for i in range(25):
        ran(store, 100 - i, item=f"lần-{i:02d}")
    ran(store, feed="dossiers", item="khác")
    chosen = texts(shown("feed=probe"))
    assert "20 lần chạy gần nhất · Kiểm tra điểm cầu" in chosen
    assert "lần-24" in chosen
    assert "lần-04" not in chosen
    assert "khác" not in chosen
    assert "khác" in texts(shown())


def test_choosing_a_feed_is_a_link_and_choosing_it_again_lets_go(shown):
    assert "/feeds?feed=probe" in links(shown())
    assert "/feeds" in links(shown("feed=probe"))


def test_an_unknown_feed_says_so_and_offers_all(shown):
    found = shown("feed=gone&lang=en")
    assert "There is no feed with key “gone”" in texts(found)
    assert "/feeds?lang=en" in links(found)


@pytest.mark.parametrize(("raw", "text"), [({"a": 1, "b": None}, "a: 1 · b: "), (["x", 2], "x · 2"), ("dòng", "dòng"), (None, "")])
def test_what_stood_in_a_row_is_one_line(raw, text):
    assert raw_text(raw) == text


def test_a_refused_cell_is_named_with_its_sheet():
    values = {"column": "4G", "value": "?", "cell": "C7", "sheet": "Thôn bản"}
    assert error_text("row.negative", values, Words("vi")).endswith(" (ô C7 của trang tính 'Thôn bản')")
    assert error_text("run.sheet_is_chart", {"sheet": "T"}, Words("en")) == "Sheet 'T' is a chart, no table"


def test_an_error_without_values_is_still_a_sentence():
    assert error_text("run.empty", None, Words("vi")) == "Không có dòng dữ liệu nào"
    assert error_text(None, None, Words("vi")) == ""
    assert error_text(float("nan"), None, Words("vi")) == ""


# ── The worker, and "run now" ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ago_s", "words", "advice"),
    [(1, "đang chạy", False), (30, "im lặng từ", True), (None, "chưa chạy lần nào", True)],
)
def test_the_worker_is_described_and_a_silent_one_with_what_to_do(store, shown, ago_s, words, advice):
    if ago_s is not None:
        beat(store, ago_s)
    line = texts(shown()[0])
    assert words in line
    assert ("ioc worker" in line) is advice


def test_open_pages_hear_when_the_worker_falls_silent(store):
    assert live_state(Snapshots(store))["layers"]["worker"] == "none"
    beat(store, 30)
    assert live_state(Snapshots(store))["layers"]["worker"] == "silent"
    beat(store, 0)
    assert live_state(Snapshots(store))["layers"]["worker"] == "ok"


def test_run_now_reaches_the_worker_and_shows_until_it_is_taken(store, shown):
    at = datetime(2026, 11, 21, 7, 51, 3, tzinfo=UTC)
    beat(store, 1)
    assert request_run(store, "probe", at)
    assert "đã yêu cầu lúc 14:51:03" in texts(shown())
    with writing(store) as connection:
        assert runs.take_requests(connection) == ["probe"]
    assert "đã yêu cầu" not in texts(shown())


def test_run_now_waits_for_a_silent_worker_in_words(store, shown):
    request_run(store, "probe", clock.now())
    assert "đang chờ tiến trình thu thập" in texts(shown())


def test_a_feed_that_is_not_declared_cannot_be_run(store):
    with writing(store) as connection:
        connection.execute(update(feeds).where(feeds.c.key == "probe").values(enabled=False))
    assert request_run(store, "probe", clock.now()) is False
    assert request_run(store, "no-such-feed", clock.now()) is False
    with store.connect() as connection:
        assert set(connection.scalars(select(feeds.c.run_requested_at))) == {None}


def press(client, feed: str, query: str = "") -> Any:
    """What a browser sends when the button of a feed is pressed."""
    changed = json.dumps(ID.run(feed), separators=(",", ":"), sort_keys=True) + ".n_clicks"
    body = {
        "output": json.dumps({"feed": ["MATCH"], "type": ID.ASKED}, separators=(",", ":")) + ".children",
        "outputs": {"id": ID.asked(feed), "property": "children"},
        "inputs": [{"id": ID.run(feed), "property": "n_clicks", "value": 1}],
        "state": [{"id": "url", "property": "search", "value": query}],
        "changedPropIds": [changed],
        "parsedChangedPropsIds": [changed],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["response"].values()
    return found["children"]


def test_the_button_writes_the_wish_through_a_real_server(store, client):
    assert press(client, "probe").startswith("đã yêu cầu lúc ")
    assert press(client, "probe", "?lang=en").startswith("asked for at ")
    assert press(client, "gone") == "không còn khai báo"
    with writing(store) as connection:
        assert runs.take_requests(connection) == ["probe"]


# ── When there is nothing ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_store_without_feeds_says_where_they_come_from(province):
    snapshots = Snapshots(province)
    found = page(Context.of(snapshots, "b"), Selection(), Words("vi"))
    assert "Chưa có nguồn nào" in texts(found)
    assert "ioc worker" in texts(found)


def test_times_of_today_are_a_clock_and_others_have_their_day(store):
    now: FeedsNow = read_feeds(store)
    assert len(short_moment(now.at, now, Words("vi"))) == len("14:51:03")
    assert short_moment(datetime(2026, 4, 30, 10, tzinfo=UTC), now, Words("vi")) == "30/04/2026 17:00:00"


# ── What is still rejected ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rejected_file_stays_on_the_page_though_its_feed_runs_every_two_seconds(store, shown):
    at = clock.now() - timedelta(minutes=1)
    about = {"content_hash": "a", "rows_read": 8, "rows_rejected": 8, "error_code": "run.all_rejected", "error_args": {"rows": 8}}
    with writing(store) as connection:
        note_item(connection, "dossiers", "xa-1.xlsx", "failed", at=at, **about)
        for second in range(40):
            run = {"started_at": at, "finished_at": at + timedelta(seconds=second), "state": "ok", "worker": "w"}
            runs.record_run(connection, feed="dossiers", item=f"{second}.csv", **run)
    for query in ("", "feed=dossiers", "lang=en"):
        said = texts(shown(query))
        assert "xa-1.xlsx" in said
        assert TEXT.text("en" if "en" in query else "vi", "feeds.rejected") in said
    assert "xa-1.xlsx" not in texts(shown("feed=probe"))
    with store.connect() as connection:
        item = int(items_open(connection)["id"].iloc[0])
    assert dismiss_item(store, item, clock.now())
    assert "xa-1.xlsx" not in texts(shown())
