"""The store's own record of feeds: what is declared, what ran, what was refused, who works; the same on both databases."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Table, select

from store import runs
from store.runs import DECLARED, Refused
from store.schema import feed_heard, feed_runs, feeds, quarantine, versions, workers
from store.transactions import writing
from store.write import Written

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=7)


def _feed(key: str, **changes: Any) -> dict[str, Any]:
    texts = {"title_vi": "Vùng phủ sóng", "title_en": "Coverage", "connector": "folder", "kind": "coverage", "source": "Nhà mạng mẫu A"}
    numbers = {"every_s": 60, "late_after_s": 300, "stale_after_s": 3600, "enabled": True, "synthetic": True}
    return {"key": key} | texts | numbers | changes


def _rows(engine: Engine, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*(table.c[name] for name in columns)).order_by(*table.primary_key))]


def _version(engine: Engine, layer: str) -> int:
    return dict(_rows(engine, versions, "layer", "version")).get(layer, 0)


def _register(engine: Engine, *declared: dict[str, Any]) -> Written:
    with writing(engine) as connection:
        return runs.register_feeds(connection, declared, NOON)


def _record(engine: Engine, feed: str = "a", finished_at: datetime = NOON, **columns: Any) -> int:
    with writing(engine) as connection:
        return runs.record_run(connection, feed=feed, started_at=finished_at, finished_at=finished_at, state="ok", worker="w", **columns)


# ── Feeds ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_declared_feeds_are_stored_and_declaring_them_again_changes_nothing(engine: Engine) -> None:
    assert _register(engine, _feed("a"), _feed("b")) == Written(2, 0, 0)
    version = _version(engine, "feeds")
    assert _register(engine, _feed("a"), _feed("b")) == Written(0, 0, 2)
    assert _rows(engine, feeds, *DECLARED) == [tuple(_feed(key).values()) for key in "ab"]
    assert _version(engine, "feeds") == version


def test_a_feed_that_is_no_longer_declared_is_kept_and_not_enabled(engine: Engine) -> None:
    _register(engine, _feed("a"), _feed("b"))
    version = _version(engine, "feeds")
    assert _register(engine, _feed("b")) == Written(0, 1, 1)
    assert _rows(engine, feeds, "key", "enabled") == [("a", False), ("b", True)]
    assert _version(engine, "feeds") > version
    assert _register(engine, _feed("b")) == Written(0, 0, 1)
    assert _register(engine) == Written(0, 1, 0)
    assert _register(engine, _feed("a"), _feed("b")) == Written(0, 2, 0)


def test_declaring_a_feed_again_keeps_what_it_has_been_through(engine: Engine) -> None:
    _register(engine, _feed("a"))
    with writing(engine) as connection:
        runs.feed_succeeded(connection, "a", at=LATER, true_at=NOON)
        runs.feeds_due(connection, {"a": LATER})
        assert runs.request_run(connection, "a", LATER)
    _register(engine, _feed("a", title_vi="Khác"))
    assert _rows(engine, feeds, "title_vi", "last_ok_at", "true_at", "next_run_at", "run_requested_at") == [
        ("Khác", LATER, NOON, LATER, LATER)
    ]


@pytest.mark.parametrize(
    ("first", "second", "newest"),
    [(NOON, LATER, LATER), (LATER, NOON, LATER), (NOON, None, NOON), (None, NOON, NOON), (None, None, None)],
)
def test_last_months_file_does_not_turn_back_what_a_feed_is_true_of(engine: Engine, first: Any, second: Any, newest: Any) -> None:
    _register(engine, _feed("a"), _feed("b"))
    with writing(engine) as connection:
        runs.feed_succeeded(connection, "a", at=LATER, true_at=first)
        runs.feed_succeeded(connection, "a", at=LATER, true_at=second)
    assert _rows(engine, feeds, "last_ok_at", "true_at") == [(LATER, newest), (None, None)]


def test_a_source_whose_clock_is_ahead_is_true_of_no_more_than_now_and_flagged(engine: Engine) -> None:
    _register(engine, _feed("a"), _feed("b"))
    with writing(engine) as connection:
        runs.feed_succeeded(connection, "a", at=NOON, true_at=NOON + timedelta(days=3650))
        runs.feed_succeeded(connection, "b", at=NOON, true_at=NOON + timedelta(minutes=2))
    assert _rows(engine, feeds, "true_at", "ahead_s") == [(NOON, 3650 * 86_400), (NOON, None)]
    with writing(engine) as connection:
        runs.feed_succeeded(connection, "a", at=LATER, true_at=None)  # an idle look says nothing about the clock
    assert _rows(engine, feeds, "ahead_s")[0] == (3650 * 86_400,)
    with writing(engine) as connection:
        runs.feed_succeeded(connection, "a", at=LATER, true_at=LATER)
    assert _rows(engine, feeds, "true_at", "ahead_s")[0] == (LATER, None)


def test_a_feed_keeps_what_its_source_promises(engine: Engine) -> None:
    promised = {"speaks": "weekdays before 17:00", "grace_s": 60, "calendar": "2027-02-05"}
    _register(engine, _feed("a", **promised), _feed("b"))
    assert _rows(engine, feeds, "speaks", "grace_s", "calendar") == [("weekdays before 17:00", 60, "2027-02-05"), (None, None, None)]
    _register(engine, _feed("a"), _feed("b"))
    assert _rows(engine, feeds, "speaks", "grace_s", "calendar") == [(None, None, None)] * 2


def test_next_runs_are_noted_without_waking_anybody(engine: Engine) -> None:
    _register(engine, _feed("a"), _feed("b"))
    version = _version(engine, "all")
    with writing(engine) as connection:
        runs.feeds_due(connection, {"a": NOON, "b": LATER})
        runs.feeds_due(connection, {"b": None})
        runs.feeds_due(connection, {})
    assert _rows(engine, feeds, "next_run_at") == [(NOON,), (None,)]
    assert _version(engine, "all") == version


# ── Run now ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_requests_are_taken_once_in_the_order_of_asking(engine: Engine) -> None:
    _register(engine, _feed("a"), _feed("b"), _feed("c"))
    with writing(engine) as connection:
        runs.request_run(connection, "c", NOON)
        runs.request_run(connection, "a", LATER)
    version = _version(engine, "feeds")
    with writing(engine) as connection:
        assert runs.take_requests(connection) == ["c", "a"]
    assert _version(engine, "feeds") == version + 1
    with writing(engine) as connection:
        assert runs.take_requests(connection) == []
    assert _version(engine, "feeds") == version + 1


def test_a_request_wakes_the_worker(engine: Engine) -> None:
    _register(engine, _feed("a"))
    version = _version(engine, "feeds")
    with writing(engine) as connection:
        runs.request_run(connection, "a", NOON)
    assert _version(engine, "feeds") == version + 1


def test_a_feed_that_is_unknown_or_not_enabled_cannot_be_asked_for(engine: Engine) -> None:
    _register(engine, _feed("off", enabled=False))
    with writing(engine) as connection:
        assert not runs.request_run(connection, "off", NOON)
        assert not runs.request_run(connection, "nobody", NOON)
        assert runs.take_requests(connection) == []


# ── Runs and what they refused ───────────────────────────────────────────────────────────────────────────────────────────────


def test_runs_are_numbered_and_the_layer_feeds_rises(engine: Engine) -> None:
    first, second = _record(engine), _record(engine, rows_added=3, error_code="run.x", error_args={"url": "http://x", "at": NOON})
    assert second > first
    assert _rows(engine, feed_runs, "id", "attempts", "rows_added", "error_code", "error_args") == [
        (first, 1, 0, None, None),
        (second, 1, 3, "run.x", {"url": "http://x", "at": str(NOON)}),
    ]
    assert _version(engine, "feeds") == 2


def test_a_run_keeps_what_was_changed_and_left_out_and_nothing_where_nothing_was(engine: Engine) -> None:
    notes = [{"code": "note.invisible", "count": 2, "values": {"sheet": "T1\x00"}}]
    _record(engine, notes=notes)
    _record(engine, notes=None)
    assert _rows(engine, feed_runs, "notes") == [([{"code": "note.invisible", "count": 2, "values": {"sheet": "T1\ufffd"}}],), (None,)]


def test_an_absent_error_is_null_in_the_store(engine: Engine) -> None:
    _record(engine, error_code=None, error_args=None, item=None)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM feed_runs WHERE error_args IS NULL AND item IS NULL").scalar() == 1


def test_a_run_that_is_rolled_back_is_not_there(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        assert runs.record_run(connection, feed="a", started_at=NOON, finished_at=NOON, state="ok", worker="w") / 0
    assert _rows(engine, feed_runs, "id") == []
    assert _version(engine, "feeds") == 0


DIRTY = {"tên": "Điện Biên\x00", "số": math.nan, "vô cùng": math.inf, "ngày": NOON, 7: [None, 1.5, True], "sâu": {"x": (math.nan, "\t")}}
CLEAN = {"tên": "Điện Biên\ufffd", "số": None, "vô cùng": None, "ngày": str(NOON), "7": [None, 1.5, True], "sâu": {"x": [None, "\t"]}}


@pytest.mark.parametrize(("raw", "kept"), [(DIRTY, CLEAN), (["a", 1], ["a", 1]), ("một dòng", "một dòng"), (None, None)])
def test_refused_rows_are_kept_whatever_is_in_them(engine: Engine, raw: object, kept: object) -> None:
    run = _record(engine)
    refused = [Refused(2, "row.missing", {"column": "thôn"}, raw), Refused(9, "row.unknown", {}, raw)]
    with writing(engine) as connection:
        assert runs.quarantine_rows(connection, run, feed="a", rows=refused, stored_at=NOON, item="tháng 10.xlsx") == 2
    assert _rows(engine, quarantine, "run_id", "feed", "item", "row_number", "reason_code", "reason_args", "raw", "stored_at") == [
        (run, "a", "tháng 10.xlsx", 2, "row.missing", {"column": "thôn"}, kept, NOON),
        (run, "a", "tháng 10.xlsx", 9, "row.unknown", {}, kept, NOON),
    ]


def test_no_refused_rows_are_fine(engine: Engine) -> None:
    with writing(engine) as connection:
        assert runs.quarantine_rows(connection, 1, feed="a", rows=[], stored_at=NOON) == 0


# ── Forgetting ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


YEARS = timedelta(days=800)


def test_old_runs_are_thinned_to_one_an_hour_with_what_they_refused_but_never_a_feeds_last(engine: Engine) -> None:
    minutes = (0, 20, 40, 60, 80)
    of_a = [_record(engine, "a", NOON + timedelta(minutes=m)) for m in minutes]
    of_b = _record(engine, "b", NOON)
    with writing(engine) as connection:
        for run in (*of_a, of_b):
            runs.quarantine_rows(connection, run, feed="x", rows=[Refused(1, "row.x", {}, {})], stored_at=NOON)
    with writing(engine) as connection:
        assert runs.prune_runs(connection, NOON + timedelta(minutes=70), NOON - YEARS) == 2
        assert runs.prune_runs(connection, NOON + timedelta(minutes=70), NOON - YEARS) == 0
    kept = [of_a[2], of_a[3], of_a[4], of_b]
    assert sorted(_rows(engine, feed_runs, "id")) == [(run,) for run in kept]
    assert sorted(_rows(engine, quarantine, "run_id")) == [(run,) for run in kept]


def test_runs_older_still_are_forgotten_but_never_a_feeds_last(engine: Engine) -> None:
    _record(engine, "a", NOON)
    last = [_record(engine, "a", LATER), _record(engine, "b", NOON)]
    with writing(engine) as connection:
        assert runs.prune_runs(connection, NOON + YEARS, NOON + YEARS) == 1
    assert sorted(_rows(engine, feed_runs, "id")) == [(run,) for run in last]


def test_ids_of_forgotten_runs_are_not_given_again_to_a_feed_that_still_has_one(engine: Engine) -> None:
    _record(engine, "a", NOON)
    last = _record(engine, "a", LATER)
    with writing(engine) as connection:
        runs.prune_runs(connection, NOON + YEARS, NOON + YEARS)
    assert _record(engine, "a", LATER) > last


def _succeed(engine: Engine, *minutes: float) -> None:
    with writing(engine) as connection:
        for at in (NOON + timedelta(minutes=m) for m in minutes):
            runs.feed_succeeded(connection, "a", at=at, true_at=at - timedelta(seconds=5))


def test_how_far_a_feed_was_heard_is_remembered_by_the_minute(engine: Engine) -> None:
    _succeed(engine, 0, 0.5, 1.25)
    ends = [NOON + timedelta(minutes=m) for m in (0.5, 1.25)]
    assert _rows(engine, feed_heard, "heard_at", "true_at") == [(end, end - timedelta(seconds=5)) for end in ends]


def test_what_was_heard_long_ago_is_thinned_to_the_hour_and_then_forgotten(engine: Engine) -> None:
    _succeed(engine, 0, 20, 40, 60, 80, 130)
    with writing(engine) as connection:
        assert runs.prune_heard(connection, NOON + timedelta(minutes=125), NOON - YEARS) == 3
        assert runs.prune_heard(connection, NOON + timedelta(minutes=125), NOON - YEARS) == 0
    assert _rows(engine, feed_heard, "heard_at") == [(NOON + timedelta(minutes=m),) for m in (40, 80, 130)]
    with writing(engine) as connection:
        assert runs.prune_heard(connection, NOON + YEARS, NOON + timedelta(minutes=90)) == 2


# ── Workers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _beat(engine: Engine, at: datetime, leader: bool = True, pid: int = 7) -> None:
    with writing(engine) as connection:
        runs.beat(connection, "w", host="h", pid=pid, leader=leader, started_at=NOON, at=at)


def test_a_beat_moves_the_time_and_wakes_nobody(engine: Engine) -> None:
    _beat(engine, NOON)
    version = _version(engine, "all")
    _beat(engine, LATER)
    assert _rows(engine, workers, "name", "host", "pid", "leader", "started_at", "beat_at") == [("w", "h", 7, True, NOON, LATER)]
    assert _version(engine, "all") == version


@pytest.mark.parametrize("change", [{"leader": False}, {"pid": 8}])
def test_a_worker_whose_part_changes_wakes_watchers(engine: Engine, change: dict[str, Any]) -> None:
    _beat(engine, NOON)
    _beat(engine, LATER, **change)
    assert _version(engine, "workers") == 2
    assert _rows(engine, workers, "beat_at") == [(LATER,)]


def test_silent_workers_are_forgotten(engine: Engine) -> None:
    _beat(engine, NOON)
    with writing(engine) as connection:
        assert runs.prune_workers(connection, before=NOON) == 0
        assert runs.prune_workers(connection, before=LATER) == 1
    assert _rows(engine, workers, "name") == []
