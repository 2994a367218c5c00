"""Promises as people write them, in both languages."""

from __future__ import annotations

import math
from datetime import date, time, timedelta
from functools import partial
from types import SimpleNamespace

import pytest

from store.catalogue import STORE_TEXT, Catalogue
from store.promises import ALWAYS, Ages, Calendar, Daily, Every, Monthly, Promise, Weekly
from store.speaking import FORMS, NotUnderstoodError, calendar_of, calendar_text, days_of, in_words, promised, registered_promise, span

FIVE = time(17)


@pytest.mark.parametrize(
    ("texts", "promise"),
    [
        (("every 60 s", "Every  60 seconds", "mỗi 60 giây", "mỗi 1 phút", "every minute"), Every(timedelta(seconds=60))),
        (("every 1.5 h", "mỗi 1,5 giờ", "mỗi 90 phút"), Every(timedelta(minutes=90))),
        (("daily before 17:00", "hằng ngày trước 17:00", "Hàng ngày trước 17h", "mỗi ngày trước 17 giờ", "daily by 17h00"), Daily(FIVE)),
        (("daily before 17:00 of the next day", "hằng ngày trước 17:00 hôm sau"), Daily(FIVE, next_day=True)),
        (("weekdays before 17:00", "ngày làm việc trước 17:00", "mỗi ngày làm việc trước 17:00"), Daily(FIVE, working=True)),
        (("weekly by Friday", "hằng tuần chậm nhất thứ Sáu", "hằng tuần trước thứ 6"), Weekly(4)),
        (("weekly by Sunday at 17:00", "hằng tuần trước Chủ nhật lúc 17:00"), Weekly(6, FIVE)),
        (("monthly by the 5th", "hằng tháng trước ngày 5", "hàng tháng chậm nhất ngày 05", "monthly by day 5"), Monthly(1, 5)),
        (("monthly by the 5th at 17:00", "hằng tháng chậm nhất ngày 5 lúc 17:00"), Monthly(1, 5, at=FIVE)),
        (
            ("monthly by the 5th, or the next working day", "hằng tháng chậm nhất ngày 5, hoặc ngày làm việc kế tiếp"),
            Monthly(1, 5, next_working=True),
        ),
        (("quarterly by the 15th", "hằng quý trước ngày 15"), Monthly(3, 15)),
        (("yearly by 31 January", "yearly by January 31st", "hằng năm trước ngày 31/1", "hằng năm chậm nhất 31 tháng 1"), Monthly(12, 31)),
        (("yearly by 15 Dec", "hằng năm trước ngày 15/12"), Monthly(12, 15, 12)),
    ],
)
def test_the_same_promise_in_both_languages(texts: tuple[str, ...], promise: Promise) -> None:
    assert [promised(text) for text in texts] == [promise] * len(texts)


@pytest.mark.parametrize("text", [half.strip() for form in FORMS for half in form.split("|")])
def test_every_form_that_is_offered_is_understood(text: str) -> None:
    assert promised(text).said()[0].startswith("promise.")


def test_decomposed_letters_are_the_same_words() -> None:
    import unicodedata

    assert promised(unicodedata.normalize("NFD", "hằng tháng trước ngày 5")) == Monthly(1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "soon", "every", "every 0 s", "every 99999999 days", "every fortnight", "daily", "daily before 25:00",
        "daily before 17:75",
        "monthly by the 0th", "monthly by the 32nd", "yearly by 30 February", "yearly by 31/4", "yearly by 5 Smarch", "weekly by Caturday",
        "hằng tháng", "monthly", "every -5 s", "every ٣ s x", "daily before 17:00 maybe", "mỗi", "x" * 5000,
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(NotUnderstoodError) as refused:
        promised(text)
    assert refused.value.args == (text,)


@pytest.mark.parametrize(("text", "seconds"), [("30 min", 1800), ("2 giờ", 7200), ("1 ngày", 86_400), ("45s", 45)])
def test_spans(text: str, seconds: int) -> None:
    assert span(text).total_seconds() == seconds


def test_days_off_are_single_days_and_ranges() -> None:
    assert days_of(["2027-04-30", "2027-02-05..2027-02-07"]) == {
        date(2027, 4, 30), date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 7),
    }  # fmt: skip


@pytest.mark.parametrize("text", ["Tết", "2027-02-30", "2027-02-07..2027-02-05", "2027-01-01..2099-01-01", "2027-01-01.."])
def test_a_bad_day_off_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        days_of([text])


@pytest.mark.parametrize("days", [ALWAYS, Calendar(days_of(["2027-02-05..2027-02-06"]), days_of(["2027-02-13"]))])
def test_a_calendar_survives_the_store(days: Calendar) -> None:
    assert calendar_of(calendar_text(days)) == days


def test_a_feed_of_the_store_keeps_its_promise_or_its_ages() -> None:
    def registered(speaks: str | None, grace_s: float | None, days: str | None) -> Promise:
        return registered_promise(SimpleNamespace(speaks=speaks, grace_s=grace_s, calendar=days, late_after_s=30, stale_after_s=60))

    spoken = registered("weekdays before 17:00", 60.0, "2027-02-05")
    assert spoken == Daily(FIVE, working=True, calendar=Calendar(days_of(["2027-02-05"])), grace=timedelta(minutes=1))
    assert registered(None, None, None) == Ages(30, 60)
    assert registered("every 60 s", math.nan, None) == Every(timedelta(minutes=1))
    assert registered("once in a blue moon", 0, "") == Ages(30, 60)


@pytest.mark.parametrize(
    ("said", "vi", "en"),
    [
        ("every 300 s", "mỗi 5 phút", "every 5 min"),
        ("daily before 9:00 next day", "hằng ngày, trước 09:00 hôm sau", "daily before 09:00 of the next day"),
        ("weekly by Friday at 17:00", "hằng tuần, chậm nhất thứ Sáu lúc 17:00", "weekly by Friday at 17:00"),
        (
            "monthly by the 5th, or the next working day",
            "hằng tháng, chậm nhất ngày 5 hoặc ngày làm việc kế tiếp",
            "monthly by day 5 or the next working day",
        ),
    ],
)
def test_a_promise_is_said_in_both_languages(said: str, vi: str, en: str) -> None:
    text = Catalogue(STORE_TEXT)
    assert [in_words(promised(said), partial(text.text, language)) for language in ("vi", "en")] == [vi, en]


def test_every_form_has_its_words() -> None:
    text = Catalogue(STORE_TEXT)
    for promise in [Ages(7, 8), Ages(86_400, 90_000), *(promised(form.split("|")[0]) for form in FORMS)]:
        for language in ("vi", "en"):
            said = in_words(promise, partial(text.text, language))
            assert "promise." not in said
            assert "{" not in said
