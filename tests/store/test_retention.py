"""A clock that leaps deletes nothing; one that is right lets the old go, a piece in each pass; the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, insert, select

from store import retention, runs
from store.schema import feed_heard, feed_runs
from store.transactions import reading, writing

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR_S = 3600.0


def look(engine: Engine, wall: datetime, evenly_s: float = 60.0) -> retention.Pass:
    with writing(engine) as connection:
        return retention.look(connection, wall, evenly_s)


def held(engine: Engine) -> tuple[datetime, datetime] | None:
    with reading(engine) as connection:
        return retention.held(connection)


def ran(engine: Engine, at: datetime) -> None:
    with writing(engine) as connection:
        runs.record_run(connection, feed="a", started_at=at, finished_at=at, state="ok", worker="w")


def test_a_new_store_trusts_the_clock_that_it_is_made_with(engine: Engine) -> None:
    assert look(engine, NOON) == (NOON, None)


def test_a_store_with_runs_trusts_the_newest_of_them(engine: Engine) -> None:
    ran(engine, NOON)
    assert look(engine, NOON + 500 * DAY) == (NOON, 500 * DAY)
    assert held(engine) == (NOON, NOON + 500 * DAY)


def test_what_a_wrong_clock_writes_is_not_trusted(engine: Engine) -> None:
    ran(engine, NOON)
    with writing(engine) as connection:
        retention.begin(connection, NOON + 500 * DAY)
    ran(engine, NOON + 500 * DAY)
    for _ in range(3):  # a worker that is started again and again
        with writing(engine) as connection:
            retention.begin(connection, NOON + 500 * DAY)
        assert look(engine, NOON + 500 * DAY) == (NOON, 500 * DAY)


def test_a_clock_that_is_put_right_goes_on_as_if_nothing_had_been(engine: Engine) -> None:
    look(engine, NOON)
    look(engine, NOON + 500 * DAY)
    assert look(engine, NOON + DAY / 24) == (NOON + DAY / 24, None)
    assert held(engine) is None


def test_a_clock_that_goes_back_forgets_by_what_it_says(engine: Engine) -> None:
    look(engine, NOON)
    assert look(engine, NOON - 40 * DAY) == (NOON - 40 * DAY, None)
    assert look(engine, NOON) == (NOON, None)


def test_after_a_long_rest_the_trusted_moment_follows_a_day_a_pass_once_the_clock_went_evenly_for_a_day(engine: Engine) -> None:
    look(engine, NOON)
    back = NOON + 3 * DAY
    assert look(engine, back, 23 * HOUR_S).ahead == 3 * DAY
    passes = [look(engine, back + DAY, (24 + hour) * HOUR_S) for hour in range(5)]
    assert [moment.at for moment in passes] == [NOON + days * DAY for days in (1, 2, 3, 4, 4)]
    assert all(moment.ahead is None for moment in passes)


def test_a_pass_takes_a_bounded_piece_and_the_oldest_first(engine: Engine) -> None:
    for minute in range(10):
        ran(engine, NOON + timedelta(minutes=minute))
    with writing(engine) as connection:
        connection.execute(insert(feed_heard), [{"feed": "a", "minute_ts": n * 60, "heard_at": NOON, "true_at": None} for n in range(10)])
    with writing(engine) as connection:
        assert runs.prune_runs(connection, NOON + DAY, NOON, most=4) == 4
        assert runs.prune_heard(connection, NOON, NOON, most=4) == 4
        assert connection.scalar(select(func.min(feed_runs.c.finished_at))) == NOON + timedelta(minutes=4)
        assert connection.scalar(select(func.min(feed_heard.c.minute_ts))) == 240
        assert runs.prune_runs(connection, NOON + DAY, NOON) == 5


@pytest.mark.parametrize(("days", "ahead"), [(0, False), (1, False), (2, True), (500, True)])
def test_others_may_ask_whether_a_clock_is_ahead(engine: Engine, days: int, ahead: bool) -> None:
    with reading(engine) as connection:
        assert not retention.is_ahead(connection, NOON)
    look(engine, NOON)
    with reading(engine) as connection:
        assert retention.is_ahead(connection, NOON + days * DAY) is ahead
