"""States by thresholds on a metric: which number means what; overlaps and slips are refused where they are declared."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from feeds.kinds import endpoint_status, system_status
from feeds.thresholds import Thresholds

STATES = ("up", "degraded", "down", "unknown")
LOAD = {"up": "<80", "degraded": "80..95", "down": ">=95"}


@pytest.mark.parametrize(
    ("number", "state"), [(-5, "up"), (79.999, "up"), (80, "degraded"), (94.9, "degraded"), (95, "down"), (1e9, "down")]
)
def test_a_number_means_the_state_whose_range_has_it(number: float, state: str) -> None:
    assert Thresholds(LOAD, STATES).state_of(number) == state


def test_prometheus_own_word_for_up() -> None:
    own = Thresholds({"up": "=1", "down": "0"}, STATES)
    assert [own.state_of(number) for number in (1, 0, 0.5)] == ["up", "down", None]


@pytest.mark.parametrize(
    "declared",
    [
        {"up": "<80", "down": ">=70"},
        {"up": "<=80", "down": "80..95"},
        {"up": "=1", "down": "=1"},
        {"up": "dưới 80"},
        {"up": "95..80"},
        {"tốt": "<80"},
        {"up": "<80 %"},
        {"up": ""},
    ],
)
def test_what_cannot_be_meant_is_refused(declared: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"threshold|overlap|no state|no number"):
        Thresholds(declared, STATES)


def test_an_endpoint_is_never_degraded() -> None:
    assert system_status.Options(states=LOAD).states == LOAD
    with pytest.raises(ValidationError, match="degraded"):
        endpoint_status.Options(states=LOAD)


def options(**told: Any) -> system_status.Options:
    return system_status.Options(**told)


def test_ranges_that_only_touch_do_not_overlap() -> None:
    assert options(states={"up": "<1", "down": "1..2", "unknown": ">=2"})
