"""An endpoint's panel says how long it was up in 24 hours and 30 days, how much of that time is known, and nothing that it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from ioc import clock
from ioc.api.context import Context
from ioc.layouts.map import parts
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.text import Words
from ioc.views.availability import share
from store.samples import Sample, add_samples
from store.transactions import writing
from tests.ioc.test_gaps import texts


def shown(province: Engine, query: str = "") -> tuple[str, str]:
    """The words of the first endpoint's panel, and its id."""
    snapshots = Snapshots(province)
    id_ = str(snapshots.get().places.endpoints["id"].iloc[0])
    return texts(parts(Context.of(snapshots, "b"), Selection.parse(f"?endpoint={id_}{query}"))["panel"]), id_


def add(province: Engine, id_: str, ts: int, states: str) -> None:
    with writing(province) as connection:
        add_samples(connection, [Sample(ts + 30 * n, id_, state == "u", None, 30) for n, state in enumerate(states)])


def test_an_endpoint_that_nobody_has_asked_has_no_figure(province: Engine) -> None:
    said, _ = shown(province)
    assert "Sẵn sàng 24 giờ chưa có số liệu Sẵn sàng 30 ngày chưa có số liệu" in said


def test_both_windows_are_said_with_the_share_that_is_known(province: Engine) -> None:
    _, id_ = shown(province)
    now = int(clock.now().timestamp()) // 30 * 30
    add(province, id_, now - 12 * 3600, "u" * 1439 + "d")
    add(province, id_, now - 3 * 86_400, "d" * 2880)
    said, _ = shown(province)
    assert "Sẵn sàng 24 giờ 99,93 %   (có số liệu 50,0 %) Sẵn sàng 30 ngày chưa đủ số liệu   (có số liệu 5,0 %)" in said
    said, _ = shown(province, "&lang=en")
    assert "Available, 24 hours 99.93 %   (data for 50.0 %)" in said


def test_a_past_day_shows_the_windows_that_end_with_it(province: Engine) -> None:
    _, id_ = shown(province)
    day = clock.today() - timedelta(days=3)
    add(province, id_, int(clock.end_of_day(day).timestamp()) + 1 - 13 * 3600, "u" * 780 + "d" * 780 + "u" * 60)
    said, _ = shown(province, f"&as_of={day:%Y-%m-%d}")
    assert "Sẵn sàng 24 giờ 50,00 %" in said


@pytest.mark.parametrize(("filled", "said"), [(0.005, "chưa đủ"), (0.49, "chưa đủ"), (0.51, "100,00 %"), (0.9, "100,00 %")])
def test_a_window_of_which_little_is_known_has_no_share(province: Engine, filled: float, said: str) -> None:
    """filled: share of the last day that the samples fill."""
    _, id_ = shown(province)
    samples = int(filled * 2880)
    add(province, id_, int(clock.now().timestamp()) // 30 * 30 - 30 * samples, "u" * samples)
    assert f"Sẵn sàng 24 giờ {said}" in shown(province)[0]


@pytest.mark.parametrize(
    ("percent", "said"),
    [(100.0, "100,00 %"), (99.9999, "99,99 %"), (0.0, "0,00 %"), (0.0001, "< 0,01 %"), (99.93, "99,93 %"), (50.0, "50,00 %")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(percent: float, said: str) -> None:
    assert share(percent, 2, Words("vi")) == said
