"""When a source's next word is due, and from when its figures are late and stale."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.promises import LOCAL, Ages, Calendar, Daily, Every, Monthly, Promise, Weekly, inherited
from store.speaking import days_of, promised

TET = Calendar(days_of(["2027-02-05..2027-02-11"]), days_of(["2027-02-13"]))
MOMENTS = st.integers(1_100_000_000, 3_800_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
TIMES = st.times().map(lambda at: at.replace(microsecond=0))
GRACES = st.timedeltas(timedelta(), timedelta(days=2))
PROMISES: st.SearchStrategy[Promise] = st.one_of(
    st.builds(lambda late, more: Ages(late, late + more), st.integers(1, 10**8), st.integers(1, 10**8)),
    st.builds(Every, st.timedeltas(timedelta(seconds=1), timedelta(days=400)), grace=GRACES),
    st.builds(Daily, TIMES, st.booleans(), st.booleans(), st.sampled_from([Calendar(), TET]), grace=GRACES),
    st.builds(Weekly, st.integers(0, 6), st.none() | TIMES, grace=GRACES),
    st.builds(
        Monthly, st.sampled_from([1, 3, 12]), st.integers(1, 31), st.just(1), st.none() | TIMES, st.booleans(),
        st.sampled_from([Calendar(), TET]), grace=GRACES,
    ),
    st.builds(Monthly, st.just(12), st.integers(1, 31), st.integers(1, 12), grace=GRACES),
)  # fmt: skip


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def due(speaks: str, true_at: str, days: Calendar = TET) -> tuple[str, str]:
    """When the next word and the one after it are due, as Vietnamese clocks show it."""
    promise = promised(speaks, days=days)
    moments = (promise.due_at(local(true_at), words) for words in (1, 2))
    first, second = (f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}" for moment in moments)
    return first, second


@pytest.mark.parametrize(
    ("speaks", "true_at", "first", "second"),
    [
        ("every 60 s", "2026-11-21 10:00", "2026-11-21 10:01", "2026-11-21 10:02"),
        # a word about a day may be dated by its first moment, by the hour it was made, or by its last second
        ("daily before 17:00", "2026-11-20 00:00", "2026-11-21 17:00", "2026-11-22 17:00"),
        ("daily before 17:00", "2026-11-20 16:40", "2026-11-21 17:00", "2026-11-22 17:00"),
        ("daily before 17:00", "2026-11-20 23:59:59", "2026-11-21 17:00", "2026-11-22 17:00"),
        ("daily before 9:00 next day", "2026-11-20 00:00", "2026-11-22 09:00", "2026-11-23 09:00"),
        ("weekdays before 17:00", "2026-11-19 16:00", "2026-11-20 17:00", "2026-11-23 17:00"),
        ("weekdays before 17:00", "2026-11-20 16:00", "2026-11-23 17:00", "2026-11-24 17:00"),  # Friday → Monday
        ("weekdays before 17:00", "2026-11-22 08:00", "2026-11-23 17:00", "2026-11-24 17:00"),  # a word too many on a Sunday
        ("weekdays before 17:00", "2027-02-04 16:00", "2027-02-12 17:00", "2027-02-13 17:00"),  # Tết, and a Saturday that is worked
        ("weekdays before 9:00 next day", "2026-11-19 00:00", "2026-11-23 09:00", "2026-11-24 09:00"),  # Friday's word comes on Monday
        ("weekdays before 9:00 next day", "2026-11-21 00:00", "2026-11-24 09:00", "2026-11-25 09:00"),
        ("weekly by Friday", "2026-11-18 08:00", "2026-11-28 00:00", "2026-12-05 00:00"),
        ("weekly by Friday at 17:00", "2026-11-21 08:00", "2026-11-27 17:00", "2026-12-04 17:00"),  # Saturday: a day late, same week
        # data for October, due by 5 November, are fresh until 5 December, however its end is written, also when they came late
        ("monthly by the 5th", "2026-10-31 00:00", "2026-12-06 00:00", "2027-01-06 00:00"),
        ("monthly by the 5th", "2026-10-31 23:59:59", "2026-12-06 00:00", "2027-01-06 00:00"),
        ("monthly by the 5th", "2026-11-01 00:00", "2026-12-06 00:00", "2027-01-06 00:00"),
        ("monthly by the 5th", "2026-11-09 09:00", "2026-12-06 00:00", "2027-01-06 00:00"),
        ("monthly by the 5th", "2026-10-15 00:00", "2026-11-06 00:00", "2026-12-06 00:00"),  # half a month is no word about October
        ("monthly by the 5th, or the next working day", "2026-10-31 00:00", "2026-12-08 00:00", "2027-01-06 00:00"),  # the 5th: a Saturday
        ("monthly by the 31st", "2026-12-31 00:00", "2027-03-01 00:00", "2027-04-01 00:00"),  # 28 February
        ("monthly by the 31st", "2027-12-31 00:00", "2028-03-01 00:00", "2028-04-01 00:00"),  # 29 February
        ("monthly by the 5th", "2028-02-29 00:00", "2028-04-06 00:00", "2028-05-06 00:00"),
        ("monthly by the 5th", "2028-02-28 00:00", "2028-03-06 00:00", "2028-04-06 00:00"),  # not February's last day in a leap year
        ("quarterly by the 15th", "2026-09-30 00:00", "2027-01-16 00:00", "2027-04-16 00:00"),
        ("quarterly by the 15th", "2026-08-31 00:00", "2026-10-16 00:00", "2027-01-16 00:00"),
        ("yearly by 31 January", "2025-12-31 00:00", "2027-02-01 00:00", "2028-02-01 00:00"),
        ("yearly by 29 February", "2026-12-31 00:00", "2028-03-01 00:00", "2029-03-01 00:00"),
        ("yearly by 15 December", "2026-12-14 00:00", "2027-12-16 00:00", "2028-12-16 00:00"),
    ],
)
def test_the_next_two_words_are_due(speaks: str, true_at: str, first: str, second: str) -> None:
    assert due(speaks, true_at) == (first, second)


def test_a_weekdays_source_is_not_late_on_sunday_nor_during_tet() -> None:
    promise = promised("weekdays before 17:00", days=TET)
    assert promise.state(local("2026-11-20 15:00"), local("2026-11-22 20:00")) == "fresh"
    assert promise.state(local("2027-02-04 15:00"), local("2027-02-11 20:00")) == "fresh"
    assert promise.state(local("2027-02-04 15:00"), local("2027-02-12 17:00")) == "late"


def test_late_waits_for_the_grace_and_stale_for_one_more_word() -> None:
    promise = promised("daily before 17:00", timedelta(minutes=30))
    spoke = local("2026-11-20 16:00")
    moments = ("2026-11-21 17:29", "2026-11-21 17:30", "2026-11-22 17:29", "2026-11-22 17:30")
    assert [promise.state(spoke, local(at)) for at in moments] == ["fresh", "late", "late", "stale"]
    assert promise.due_at(spoke) == local("2026-11-21 17:00")


def test_a_source_that_never_spoke_has_no_state_but_none() -> None:
    assert promised("every 60 s").state(None, local("2026-11-21 10:00")) == "none"


@given(PROMISES, MOMENTS, st.lists(st.timedeltas(timedelta(), timedelta(days=3000)), min_size=2))
def test_without_a_word_a_figure_only_gets_worse(promise: Promise, true_at: datetime, waits: list[timedelta]) -> None:
    order = ("fresh", "late", "stale")
    states = [order.index(promise.state(true_at, true_at + wait)) for wait in sorted(waits)]
    assert states == sorted(states)
    ageing = promise.ageing(true_at)
    assert ageing.state(ageing.late_at - timedelta(microseconds=1)) == "fresh"
    assert ageing.state(ageing.late_at) == "late"
    assert ageing.state(ageing.stale_at) == "stale"


@given(PROMISES, MOMENTS, st.timedeltas(timedelta(), timedelta(days=800)))
def test_a_newer_word_never_makes_a_figure_older(promise: Promise, true_at: datetime, later: timedelta) -> None:
    for before, after in zip(vars(promise.ageing(true_at)).values(), vars(promise.ageing(true_at + later)).values(), strict=True):
        assert before <= after


@given(PROMISES, MOMENTS)
def test_the_next_word_is_due_after_the_last_one_and_before_the_one_after_it(promise: Promise, true_at: datetime) -> None:
    assert true_at < promise.due_at(true_at) < promise.due_at(true_at, 2)


@given(st.builds(Daily, st.just(time(17)), st.booleans(), st.booleans(), st.just(TET)), MOMENTS)
def test_clocks_in_viet_nam_never_shift(promise: Daily, true_at: datetime) -> None:
    assert promise.due_at(true_at).astimezone(LOCAL).time() == time(17)
    assert promise.due_at(true_at).time() == time(10)


@given(st.lists(st.tuples(PROMISES, MOMENTS), min_size=1, max_size=5), MOMENTS)
def test_a_figure_is_as_bad_as_the_worst_of_its_sources(sources: list[tuple[Promise, datetime]], at: datetime) -> None:
    order = ("fresh", "late", "stale")
    worst = max((promise.state(true_at, at) for promise, true_at in sources), key=order.index)
    assert inherited(promise.ageing(true_at) for promise, true_at in sources).state(at) == worst
